/** Listens to the server's events over a socket of its own, because the shared one does not tell when it was connected
 * again: what happened between is lost, and the whole state has to be read then. */

import { FACTORY_EVENTS, type FactoryEvent } from './models';

const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;

export interface EventsOptions {
  url: string;
  WebSocket: typeof WebSocket;
  onConnected: () => void;
  onEvent: (event: FactoryEvent) => void;
  onLost: () => void;
}

export class FactoryEvents {
  constructor(private readonly options: EventsOptions) {
    this.connect();
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  private connect(): void {
    const { url, WebSocket: Socket, onConnected, onEvent } = this.options;
    const socket = (this.socket = new Socket(url));
    socket.onopen = () => {
      this.wait = FIRST_WAIT;
      onConnected();
    };
    socket.onmessage = ({ data }) => {
      const event = JSON.parse(data);
      if (event.schema_id === FACTORY_EVENTS) {
        onEvent(event);
      }
    };
    socket.onclose = () => this.again();
  }

  private again(): void {
    if (this.disposed) {
      return;
    }
    this.options.onLost();
    this.timer = setTimeout(() => this.connect(), this.wait);
    this.wait = Math.min(LONGEST_WAIT, this.wait * 2);
  }

  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wait = FIRST_WAIT;
  private disposed = false;
}
