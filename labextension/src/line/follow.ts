/** Follows one line of a pipeline: reads its graph, applies events to it, and reads again when a stage has ended. */

import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';
import * as React from 'react';

import { messageOf } from '../advice';
import type { IFactoryModel } from '../factory';
import type { FactoryEvent, Line, LineGraph } from '../models';
import { Seen } from '../panel/parts';
import { applyToLine } from '../state';

/** Which line is looked at; without a run it is the newest one. */
export interface LinePlace {
  pipeline: string;
  line: Line;
  run?: string;
  window?: string;
  branch?: string;
}

/** Several stages that end together lead to one reading. */
const SETTLE = 200;

export class LineFollower implements IDisposable {
  constructor(
    private readonly model: IFactoryModel,
    private _place: LinePlace,
    private _watched = true
  ) {
    model.happened.connect(this.onEvent, this);
    model.reconnected.connect(this.readSoon, this);
    void this.read();
  }

  graph: LineGraph | null = null;
  problem = '';
  isDisposed = false;

  get place(): LinePlace {
    return this._place;
  }

  set place(place: LinePlace) {
    const { pipeline, line } = this._place;
    if (place.pipeline !== pipeline || place.line !== line) {
      this.graph = null;
    }
    this._place = place;
    this._changed.emit();
    void this.read();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** While nobody sees the line, it is not read; what was missed is read when it is seen again. */
  set watched(watched: boolean) {
    this._watched = watched;
    if (watched && this.missed) {
      void this.read();
    }
  }

  async read(): Promise<void> {
    this.missed = !this._watched;
    if (this.missed || this.isDisposed) {
      return;
    }
    const { pipeline, line, ...place } = this._place;
    const asked = ++this.asked;
    try {
      await this.model.started;
      if (!this.graph) {
        // what has changed since takes seconds to find out when code has changed: the rest is shown before
        await this.ask(asked, () => this.model.api.line(pipeline, line, { ...place, stale: 'no' }));
      }
      await this.ask(asked, () => this.model.api.line(pipeline, line, place));
    } catch (error) {
      if (asked === this.asked) {
        this.problem = messageOf(error);
      }
    }
    if (!this.isDisposed) {
      this._changed.emit();
    }
  }

  /** Show what the server answers, if nothing else has been asked since. */
  private async ask(asked: number, line: () => Promise<LineGraph>): Promise<void> {
    const meanwhile: FactoryEvent[] = (this.meanwhile = []);
    const answer = await line().finally(() => {
      this.meanwhile = this.meanwhile === meanwhile ? null : this.meanwhile;
    });
    if (asked !== this.asked || this.isDisposed) {
      return;
    }
    this.graph = answer;
    this.problem = '';
    // What happened while the answer was on its way may not be in it.
    meanwhile.forEach(event => this.apply(event));
    this._changed.emit();
  }

  dispose(): void {
    this.isDisposed = true;
    clearTimeout(this.timer);
    Signal.clearData(this);
  }

  private onEvent(_: IFactoryModel, event: FactoryEvent): void {
    if (event.refresh.includes('pipelines')) {
      this.readSoon(); // it may be another line now, or none that can be read
    }
    this.meanwhile?.push(event);
    if (this.graph) {
      this.apply(event);
      this._changed.emit();
    }
  }

  private apply(event: FactoryEvent): void {
    const { graph, readAgain } = applyToLine(this.graph!, event);
    this.graph = graph;
    if (readAgain) {
      this.readSoon();
    }
  }

  private readSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.read(), SETTLE);
  }

  private readonly _changed = new Signal<this, void>(this);
  private meanwhile: FactoryEvent[] | null = null;
  private missed = false;
  private asked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
}

/** A line that a component follows for as long as it is drawn. */
export function useLine(
  model: IFactoryModel,
  place: LinePlace
): { graph: LineGraph | null; problem: string } {
  const [, draw] = React.useReducer((count: number) => count + 1, 0);
  const follower = React.useRef<LineFollower | null>(null);
  const { pipeline, line, run, window, branch } = place;
  const seen = React.useContext(Seen);
  React.useEffect(() => {
    const following = (follower.current = new LineFollower(model, place, seen));
    following.changed.connect(draw);
    return () => following.dispose();
  }, [model, pipeline, line, run, window, branch]);
  React.useEffect(() => {
    follower.current!.watched = seen;
  }, [seen]);
  return { graph: follower.current?.graph ?? null, problem: follower.current?.problem ?? '' };
}
