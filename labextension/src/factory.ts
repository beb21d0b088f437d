/** What the browser knows of the factory: reads the whole state on each connection, applies events, and reads again now
 * and then while somebody is looking, which also tells the server to go on watching the ledger. */

import { PromiseDelegate, Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { type ISignal, Signal } from '@lumino/signaling';

import { messageOf } from './advice';
import { ApiError, FactoryApi } from './api';
import { FactoryEvents } from './events';
import type { Factory, FactoryEvent, Launch } from './models';
import { applyEvent, needsReading } from './state';

const SAFETY_SECONDS = 30;
/** While nothing but the status bar is in sight; the server goes on watching for 90 seconds after a reading. */
const RESTING_SECONDS = 60;
/** Timers may be a moment early. */
const SLACK = 1000;
const VIEWS = '.jp-aifactory-panel, .jp-aifactory-content';

export interface IFactoryModel extends IDisposable {
  readonly api: FactoryApi;
  /** The factory as it is known, null before the first answer. */
  readonly factory: Factory | null;
  /** Why the factory could not be read, '' when it could. */
  readonly problem: string;
  /** Whether the server has no half of the factory at all. */
  readonly missing: boolean;
  /** Whether events arrive. */
  readonly connected: boolean;
  /** The factory, the problem or the connection has changed. */
  readonly changed: ISignal<IFactoryModel, void>;
  /** The state has changed from one to another. */
  readonly moved: ISignal<IFactoryModel, { before: Factory | null; after: Factory }>;
  /** An event has arrived (line views follow their run with it). */
  readonly happened: ISignal<IFactoryModel, FactoryEvent>;
  /** The events were connected: what was missed has to be read. */
  readonly reconnected: ISignal<IFactoryModel, void>;
  /** The moment on the server's clock, in milliseconds. */
  now(): number;
  /** Settled once the application stands: nothing is asked of the server before. */
  readonly started: Promise<void>;
  /** Settled once the factory has been read, or could not be. */
  readonly known: Promise<void>;
  /** Begin to read and to listen. */
  start(): void;
  /** Read the whole factory now. */
  refresh(): Promise<void>;
  /** Show a launch that has just been started, before the server tells of it. */
  addLaunch(launch: Launch): void;
}

export const IFactoryModel = new Token<IFactoryModel>(
  'aifactory-nb:IFactoryModel',
  'What the browser knows of the AI factory, kept up to date.'
);

export class FactoryModel implements IFactoryModel {
  constructor(readonly api = new FactoryApi()) {
    this.poll = new Poll({
      auto: false,
      factory: () => this.read(),
      frequency: { interval: SAFETY_SECONDS * 1000, backoff: true, max: 300 * 1000 },
      standby: () => this.rests(),
      name: 'aifactory-nb:factory'
    });
  }

  get factory(): Factory | null {
    return this._factory;
  }

  get problem(): string {
    return this._problem;
  }

  get missing(): boolean {
    return this._missing;
  }

  get connected(): boolean {
    return this._connected;
  }

  get started(): Promise<void> {
    return this.begun.promise;
  }

  get known(): Promise<void> {
    return this.first.promise;
  }

  get isDisposed(): boolean {
    return this.poll.isDisposed;
  }

  now(): number {
    return Date.now() + this.ahead;
  }

  start(): void {
    if (this.events || this.isDisposed) {
      return;
    }
    this.events = new FactoryEvents({
      url: this.api.eventsUrl,
      WebSocket: this.api.settings.WebSocket,
      onConnected: () => this.onConnected(),
      onEvent: event => this.onEvent(event),
      onLost: () => this.onLost()
    });
    document.addEventListener('visibilitychange', this.onVisibility);
    this.begun.resolve();
    void this.poll.start();
    void this.readNow();
  }

  async refresh(): Promise<void> {
    await this.readNow();
    await this.poll.tick.catch(() => undefined);
  }

  addLaunch(launch: Launch): void {
    if (this._factory) {
      this.onEvent({ runs: [], stages: [], removed: [], refresh: [], launches: [launch], at: '' });
    }
  }

  dispose(): void {
    document.removeEventListener('visibilitychange', this.onVisibility);
    this.events?.dispose();
    this.poll.dispose();
    Signal.clearData(this);
  }

  private async read(): Promise<void> {
    const meanwhile: FactoryEvent[] = (this.meanwhile = []);
    this.asked = false;
    this.readAt = Date.now();
    try {
      const answer = await this.api.factory();
      this.ahead = (Date.parse(answer.now) || Date.now()) - Date.now();
      this._problem = answer.problem;
      this._missing = false;
      // What happened while the answer was on its way may not be in it.
      this.show(meanwhile.reduce(applyEvent, answer));
    } catch (error) {
      this._problem = messageOf(error);
      this._missing = error instanceof ApiError && error.status === 404;
      this._changed.emit();
      throw error;
    } finally {
      this.meanwhile = null;
      this.first.resolve();
    }
  }

  private readNow(): Promise<void> {
    this.asked = true;
    return this.poll.refresh();
  }

  /** Whether a turn of the poll is left out: nobody sees the page, or no more of the factory than the status bar. */
  private rests(): boolean {
    if (document.hidden || this.asked) {
      return document.hidden;
    }
    const isSeen = [...document.querySelectorAll(VIEWS)].some(node => node.checkVisibility());
    return !isSeen && Date.now() - this.readAt < RESTING_SECONDS * 1000 - SLACK;
  }

  private show(factory: Factory): void {
    const before = this._factory;
    this._factory = factory;
    this._changed.emit();
    this._moved.emit({ before, after: factory });
  }

  private onEvent(event: FactoryEvent): void {
    this.meanwhile?.push(event);
    if (this._factory) {
      this.show(applyEvent(this._factory, event));
    }
    this._happened.emit(event);
    if (needsReading(event)) {
      void this.readNow();
    }
  }

  private onConnected(): void {
    this._connected = true;
    this._changed.emit();
    void this.readNow();
    this._reconnected.emit();
  }

  private onLost(): void {
    if (this._connected) {
      this._connected = false;
      this._changed.emit();
    }
  }

  private onVisibility = (): void => {
    if (document.visibilityState === 'visible') {
      void this.readNow();
    }
  };

  private readonly poll: Poll;
  private events: FactoryEvents | null = null;
  private readonly begun = new PromiseDelegate<void>();
  private readonly first = new PromiseDelegate<void>();
  private asked = false;
  private readAt = 0;
  private meanwhile: FactoryEvent[] | null = null;
  private ahead = 0;
  private _factory: Factory | null = null;
  private _problem = '';
  private _missing = false;
  private _connected = false;
  private readonly _changed = new Signal<IFactoryModel, void>(this);
  private readonly _moved = new Signal<IFactoryModel, { before: Factory | null; after: Factory }>(this);
  private readonly _happened = new Signal<IFactoryModel, FactoryEvent>(this);
  private readonly _reconnected = new Signal<IFactoryModel, void>(this);

  get changed(): ISignal<IFactoryModel, void> {
    return this._changed;
  }

  get moved(): ISignal<IFactoryModel, { before: Factory | null; after: Factory }> {
    return this._moved;
  }

  get happened(): ISignal<IFactoryModel, FactoryEvent> {
    return this._happened;
  }

  get reconnected(): ISignal<IFactoryModel, void> {
    return this._reconnected;
  }
}
