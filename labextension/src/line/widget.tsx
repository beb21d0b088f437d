/** The line view as a widget of the main area. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import { MenuSvg, ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { type ISignal, Signal } from '@lumino/signaling';

import { lineIcon } from '../icons';
import { Seen } from '../panel/parts';
import type { Workbench } from '../workbench';
import { actionsOf } from './actions';
import { LineFollower, type LinePlace } from './follow';
import { LineView } from './view';

export class LineContent extends ReactWidget {
  constructor(
    private readonly bench: Workbench,
    place: LinePlace
  ) {
    super();
    this.addClass('jp-aifactory-content');
    this.follower = new LineFollower(bench.model, place, false);
    this.follower.changed.connect(this.onChanged, this);
    this.title.icon = lineIcon;
    this.name();
  }

  get place(): LinePlace {
    return this.follower.place;
  }

  /** Look at another run, window or branch, and at one node of it. */
  lookAt(place: LinePlace, select = ''): void {
    this.selected = select;
    this.follower.place = place;
    this.name();
    this._lookAtChanged.emit();
  }

  /** Another place is looked at: what is restored after a reload has changed. */
  get lookAtChanged(): ISignal<this, void> {
    return this._lookAtChanged;
  }

  dispose(): void {
    this.follower.dispose();
    super.dispose();
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.follower.watched = this.isVisible;
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.follower.watched = true;
    this.update();
  }

  protected onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.follower.watched = false;
    this.update();
  }

  protected render(): JSX.Element {
    const { graph, problem } = this.follower;
    return (
      <Seen.Provider value={this.isVisible}>
        <LineView
          bench={this.bench}
          place={this.place}
          graph={graph}
          problem={problem}
          selected={this.selected}
          onPlace={place => this.lookAt(place, this.selected)}
          onSelect={id => this.select(id)}
          onOpen={id => this.open(id)}
          onMenu={(id, x, y) => this.menu(id, x, y)}
          onAgain={() => void this.follower.read()}
        />
      </Seen.Provider>
    );
  }

  private onChanged(): void {
    if (this.isVisible) {
      this.update();
    }
  }

  private name(): void {
    const { pipeline, line } = this.place;
    this.title.label = this.bench.trans.__('%1: %2', pipeline, line);
    this.title.caption = this.bench.trans.__('The %2 line of %1', pipeline, line);
  }

  private select(id: string): void {
    this.selected = id;
    this.update();
  }

  private open(id: string): void {
    const node = this.follower.graph?.nodes.find(each => each.id === id);
    this.select(id);
    if (node?.kind === 'stage' && node.notebook) {
      void this.bench.commands.execute('aifactory:open-notebook', {
        path: node.notebook,
        failedCell: node.failed_cell,
        beside: this.parent?.id ?? ''
      });
    }
  }

  private menu(id: string, x: number, y: number): void {
    const graph = this.follower.graph;
    const node = graph?.nodes.find(each => each.id === id);
    if (!graph || !node) {
      return;
    }
    const menu = new MenuSvg({ commands: this.bench.commands });
    actionsOf(node, graph).forEach((group, index) => {
      if (index && group.length) {
        menu.addItem({ type: 'separator' });
      }
      group.forEach(item => menu.addItem(item));
    });
    const before = document.activeElement as HTMLElement | null;
    menu.aboutToClose.connect(() => {
      // A menu closes before it executes the item that was chosen.
      setTimeout(() => {
        menu.dispose();
        if (document.activeElement === document.body) {
          before?.focus();
        }
      });
    });
    menu.open(x, y);
  }

  private readonly follower: LineFollower;
  private readonly _lookAtChanged = new Signal<this, void>(this);
  private selected = '';
}

/** The line view of a place. */
export function createLineView(bench: Workbench, place: LinePlace): MainAreaWidget<LineContent> {
  const content = new LineContent(bench, place);
  const widget = new MainAreaWidget({ content });
  widget.id = lineViewId(place.pipeline);
  widget.title.closable = true;
  widget.toolbar.hide();
  return widget;
}

/** One view for each pipeline: its line and run are chosen in it. */
export function lineViewId(pipeline: string): string {
  return `aifactory-line-${pipeline}`;
}
