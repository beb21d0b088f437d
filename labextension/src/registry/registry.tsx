/** The registry view: the versions of a product, which of them served when, who chose them and why. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import { messageOf } from '../advice';
import type { IFactoryModel } from '../factory';
import { factoryIcon } from '../icons';
import { whenEnded } from '../launches';
import type { Factory, Launch, ModelHistory } from '../models';
import { Empty } from '../panel/parts';
import type { Workbench } from '../workbench';
import { Differences, useComparison } from './compare';
import { changeAlias } from './dialog';
import { firstPair } from './history';
import { newestOf, type Outcome, outcomeOf } from './outcome';
import { OpenRollout, Rollouts } from './rollout';
import { Events, Versions } from './versions';

interface ViewProps {
  bench: Workbench;
  history: ModelHistory;
  /** Read the history again; null when it cannot be read. */
  onAgain: () => Promise<ModelHistory | null>;
}

/** What came of the last change, or that it is at work. */
interface News extends Outcome {
  /** The command that carries it out. */
  command: string;
  /** The newest entries of the history that it tells of; it is shown until there are others. */
  newest?: string;
}

function Registry({ bench, history, onAgain }: ViewProps): JSX.Element {
  const { model, trans } = bench;
  const [pair, setPair] = React.useState(() => firstPair(history));
  const [busy, setBusy] = React.useState(false);
  const [news, setNews] = React.useState<News | null>(null);
  const { product, metric, lower_is_better: lower, aliases, rollout } = history;
  React.useEffect(() => setPair(before => before ?? firstPair(history)), [history]);

  const carryOut = async (asked: Promise<Launch | null>) => {
    const launch = await asked;
    if (!launch) {
      return;
    }
    model.addLaunch(launch);
    setBusy(true);
    const { command } = launch;
    setNews({ text: trans.__('It is being carried out…'), wrong: false, command });
    try {
      const ended = await whenEnded(model.api, launch);
      const after = await onAgain();
      const newest = after && ended.status !== 'failed' ? newestOf(after) : undefined;
      setNews({ ...outcomeOf(ended, after, trans), command, newest });
    } catch (error) {
      setNews({ text: messageOf(error), wrong: true, command });
      void onAgain();
    }
    setBusy(false);
    void model.refresh();
  };
  const isTrue = news && (!news.newest || news.newest === newestOf(history));

  return (
    <div className="jp-aifactory-form jp-aifactory-registry">
      <div className="jp-aifactory-formhead">
        <h2>{product}</h2>
        <p>
          {Object.entries(aliases).map(([alias, version]) => (
            <span key={alias} className="jp-aifactory-alias">
              {trans.__('%1: version %2', alias, version)}
            </span>
          ))}
          {metric &&
            (lower
              ? trans.__('Judged by %1, lower is better.', metric)
              : trans.__('Judged by %1, higher is better.', metric))}
        </p>
        <button
          type="button"
          className="jp-aifactory-button"
          disabled={busy || (history.previous === null && !rollout)}
          title={
            rollout
              ? trans.__('End the rollout: the champion answers all requests again')
              : history.previous !== null
                ? trans.__('Make the version before it the champion again')
                : trans.__('There is no champion before this one')
          }
          onClick={() => void carryOut(changeAlias(bench, history, null))}
        >
          {trans.__('Roll back…')}
        </button>
      </div>
      {news && isTrue && (
        <p
          title={news.command}
          className={news.wrong ? 'jp-aifactory-problem' : 'jp-aifactory-news'}
          role={news.wrong ? 'alert' : 'status'}
        >
          {news.text}
        </p>
      )}
      {rollout && (
        <OpenRollout
          bench={bench}
          product={product}
          rollout={rollout}
          busy={busy}
          onChange={asked => void carryOut(asked)}
        />
      )}
      <section>
        <h3>{trans.__('Versions')}</h3>
        {history.versions.length > 1 && (
          <p className="jp-aifactory-when">
            {trans.__('Each was measured on rows that it held out itself: Compare tells which is better.')}
          </p>
        )}
        {history.versions.length ? (
          <Versions
            bench={bench}
            history={history}
            busy={busy}
            onPromote={version => void carryOut(changeAlias(bench, history, version))}
            onCompare={version => setPair(before => against(version, before, aliases.champion))}
          />
        ) : (
          <Empty>{trans.__('No version yet. The stage register of a build line makes the first one.')}</Empty>
        )}
      </section>
      {pair && <Compare bench={bench} history={history} pair={pair} onPair={setPair} />}
      {history.rollouts.length > 0 && (
        <section>
          <h3>{trans.__('Rollouts')}</h3>
          <Rollouts bench={bench} history={history} />
        </section>
      )}
      {history.events.length > 0 && (
        <section>
          <h3>{trans.__('How the aliases moved')}</h3>
          <Events bench={bench} history={history} />
        </section>
      )}
    </div>
  );
}

/** A version beside the champion; the champion beside what it was compared with. */
function against(
  version: number,
  before: [number, number] | null,
  champion: number | undefined
): [number, number] {
  const left = champion ?? before?.[0] ?? version;
  return left === version && before
    ? [version, before[0] === version ? before[1] : before[0]]
    : [left, version];
}

function Compare(props: {
  bench: Workbench;
  history: ModelHistory;
  pair: [number, number];
  onPair: (pair: [number, number]) => void;
}): JSX.Element {
  const { bench, history, pair, onPair } = props;
  const { trans } = bench;
  const [left, right] = pair;
  const id = React.useId();
  const { comparison, problem } = useComparison(bench, history.product, left, right);
  const choice = (value: number, label: string, name: string, chosen: (version: number) => void) => (
    <>
      <label htmlFor={`${id}-${name}`}>{label}</label>
      <select id={`${id}-${name}`} value={value} onChange={event => chosen(Number(event.target.value))}>
        {history.versions.map(({ version, aliases }) => (
          <option key={version} value={version}>
            {[version, ...aliases].join(' ')}
          </option>
        ))}
      </select>
    </>
  );
  return (
    <section>
      <h3>{trans.__('What differs')}</h3>
      <div className="jp-aifactory-input">
        {choice(left, trans.__('Version'), 'left', version => onPair([version, right]))}
        {choice(right, trans.__('against'), 'right', version => onPair([left, version]))}
      </div>
      <div aria-live="polite">
        {left === right && <p>{trans.__('Choose two different versions.')}</p>}
        {problem && <p className="jp-aifactory-problem">{problem}</p>}
        {comparison && <Differences comparison={comparison} trans={trans} />}
      </div>
    </section>
  );
}

/** The registry view as a widget of the main area: reads when it is in sight and the product has moved. */
export class RegistryContent extends ReactWidget {
  constructor(
    private readonly bench: Workbench,
    readonly product: string
  ) {
    super();
    this.addClass('jp-aifactory-content');
    bench.model.moved.connect(this.onMoved, this);
    bench.model.reconnected.connect(this.onReconnected, this);
  }

  dispose(): void {
    this.bench.model.moved.disconnect(this.onMoved, this);
    this.bench.model.reconnected.disconnect(this.onReconnected, this);
    super.dispose();
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.readIfStale();
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.readIfStale();
  }

  protected render(): JSX.Element {
    const { trans } = this.bench;
    if (this.history) {
      return <Registry bench={this.bench} history={this.history} onAgain={() => this.read()} />;
    }
    return this.problem ? (
      <Empty problem action={{ label: trans.__('Try again'), onClick: () => void this.read() }}>
        {this.problem}
      </Empty>
    ) : (
      <Empty>{trans.__('Reading the versions of %1…', this.product)}</Empty>
    );
  }

  private onMoved(_: IFactoryModel, { before, after }: { before: Factory | null; after: Factory }): void {
    const row = (state: Factory | null) =>
      JSON.stringify(state?.models.find(({ product }) => product === this.product));
    if (row(before) !== row(after)) {
      this.onReconnected();
    }
  }

  private onReconnected(): void {
    this.stale = true;
    this.readIfStale();
  }

  private readIfStale(): void {
    if (this.stale && this.isVisible) {
      void this.read();
    }
  }

  private async read(): Promise<ModelHistory | null> {
    this.stale = false;
    try {
      this.history = await this.bench.model.api.model(this.product);
      this.problem = '';
    } catch (error) {
      this.problem = messageOf(error);
    }
    this.update();
    return this.problem ? null : this.history;
  }

  private history: ModelHistory | null = null;
  private problem = '';
  private stale = true;
}

/** The registry view of a product, for the main area. */
export function createRegistry(bench: Workbench, product: string): MainAreaWidget<RegistryContent> {
  const widget = new MainAreaWidget({ content: new RegistryContent(bench, product) });
  widget.id = registryId(product);
  widget.title.label = product;
  widget.title.icon = factoryIcon;
  widget.content.node.setAttribute('aria-label', bench.trans.__('Registry of %1', product));
  widget.title.closable = true;
  widget.toolbar.hide();
  return widget;
}

/** One view for each product. */
export function registryId(product: string): string {
  return `aifactory-registry-${product}`;
}
