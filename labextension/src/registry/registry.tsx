/** The registry view: the versions of a product, which of them served when, who chose them and why. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import type { IFactoryModel } from '../factory';
import { factoryIcon } from '../icons';
import { whenEnded } from '../launches';
import type { AliasEvent, Factory, ModelHistory, ModelVersion } from '../models';
import { figure, localTime, periodText } from '../moments';
import { Empty } from '../panel/parts';
import type { Workbench } from '../workbench';
import { Differences, useComparison } from './compare';
import { changeAlias } from './dialog';
import { barsOf, chosenBy, firstPair, metricNames, serviceSpan, type Span } from './history';
import { type Column, Table } from './table';

/** So many metrics stand in the table; all stand in the comparison. */
const METRICS = 3;
/** So many times of service stand in a row, newest first. */
const PERIODS = 2;
const ROW = 64;

interface ViewProps {
  bench: Workbench;
  history: ModelHistory;
  onAgain: () => void;
}

function Registry({ bench, history, onAgain }: ViewProps): JSX.Element {
  const { model, trans } = bench;
  const [pair, setPair] = React.useState(() => firstPair(history));
  const [busy, setBusy] = React.useState(false);
  const [news, setNews] = React.useState<{ text: string; wrong: boolean } | null>(null);
  const { product, metric, lower_is_better: lower, aliases, rollout } = history;
  React.useEffect(() => setPair(before => before ?? firstPair(history)), [history]);

  const change = async (version: number | null) => {
    const launch = await changeAlias(bench, history, version);
    if (!launch) {
      return;
    }
    model.addLaunch(launch);
    setBusy(true);
    setNews({ text: trans.__('%1 is at work.', launch.command), wrong: false });
    try {
      const ended = await whenEnded(model.api, launch);
      setNews(
        ended.status === 'failed'
          ? { text: trans.__('Nothing was changed: %1', ended.message), wrong: true }
          : { text: trans.__('Done: %1', ended.output || ended.command), wrong: false }
      );
    } catch (error) {
      setNews({ text: error instanceof Error ? error.message : String(error), wrong: true });
    }
    setBusy(false);
    onAgain();
    void model.refresh();
  };

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
        {rollout && <Rollout rollout={rollout} bench={bench} />}
        <button
          type="button"
          className="jp-aifactory-button"
          disabled={busy || !history.can_roll_back}
          title={
            history.can_roll_back
              ? trans.__('Make the version before it the champion again')
              : trans.__('There is no champion before this one')
          }
          onClick={() => void change(null)}
        >
          {trans.__('Roll back…')}
        </button>
      </div>
      {news && (
        <p
          className={news.wrong ? 'jp-aifactory-problem' : 'jp-aifactory-news'}
          role={news.wrong ? 'alert' : 'status'}
        >
          {news.text}
        </p>
      )}
      <section>
        <h3>{trans.__('Versions')}</h3>
        {history.versions.length ? (
          <Versions
            bench={bench}
            history={history}
            busy={busy}
            onPromote={version => void change(version)}
            onCompare={version => setPair(before => against(version, before, aliases.champion))}
          />
        ) : (
          <Empty>{trans.__('No version yet. The stage register of a build line makes the first one.')}</Empty>
        )}
      </section>
      {pair && <Compare bench={bench} history={history} pair={pair} onPair={setPair} />}
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

function Rollout(props: { rollout: Record<string, unknown>; bench: Workbench }): JSX.Element {
  const { rollout, bench } = props;
  return (
    <p className="jp-aifactory-warning">
      {bench.trans.__(
        'A rollout is at work since %1: version %2 beside the champion %3. %4',
        localTime(String(rollout.at ?? '')),
        String(rollout.candidate ?? ''),
        String(rollout.champion ?? ''),
        String(rollout.reason ?? '')
      )}
    </p>
  );
}

function Versions(props: {
  bench: Workbench;
  history: ModelHistory;
  busy: boolean;
  onPromote: (version: number) => void;
  onCompare: (version: number) => void;
}): JSX.Element {
  const { bench, history, busy, onPromote, onCompare } = props;
  const { trans, model, commands } = bench;
  const { versions, events, aliases, metric } = history;
  const span = serviceSpan(versions, model.now());
  const columns: Column<ModelVersion>[] = [
    {
      name: 'version',
      head: trans.__('Version'),
      cell: ({ version, aliases: named }) => (
        <>
          <strong>{version}</strong>{' '}
          {named.map(alias => (
            <span key={alias} className="jp-aifactory-alias">
              {alias}
            </span>
          ))}
        </>
      )
    },
    {
      name: 'actions',
      head: trans.__('Do'),
      cell: ({ version }) => (
        <span className="jp-aifactory-links">
          <button
            type="button"
            className="jp-aifactory-button"
            aria-label={trans.__('Compare version %1', version)}
            onClick={() => onCompare(version)}
          >
            {trans.__('Compare')}
          </button>
          {version !== aliases.champion && (
            <button
              type="button"
              className="jp-aifactory-button"
              disabled={busy}
              aria-label={trans.__('Promote version %1…', version)}
              onClick={() => onPromote(version)}
            >
              {trans.__('Promote…')}
            </button>
          )}
        </span>
      )
    },
    ...metricNames(history)
      .slice(0, METRICS)
      .map(name => ({
        name: `metric ${name}`,
        head: (
          <>
            {name}
            {name === metric && <span className="jp-aifactory-when">{trans.__('decides')}</span>}
          </>
        ),
        number: true,
        cell: ({ metrics }: ModelVersion) => figure(metrics[name] ?? null)
      })),
    {
      name: 'served',
      head: span
        ? trans.__(
            'Champion, %1',
            periodText(new Date(span.from).toISOString(), new Date(span.to).toISOString())
          )
        : trans.__('Champion'),
      cell: version => <Service version={version} span={span} bench={bench} />
    },
    {
      name: 'why',
      head: trans.__('Chosen by'),
      cell: version => <Chosen event={chosenBy(version, events)} bench={bench} />
    },
    {
      name: 'trained',
      head: trans.__('Trained on'),
      cell: version => <TrainedOn version={version} bench={bench} />
    },
    {
      name: 'from',
      head: trans.__('From'),
      cell: ({ run, card }) => (
        <span className="jp-aifactory-links">
          {run && <RunLink run={run} bench={bench} history={history} />}
          {card && (
            <button
              type="button"
              className="jp-aifactory-link"
              onClick={() => void commands.execute('aifactory:open-file', { path: card, what: 'card' })}
            >
              {trans.__('card')}
            </button>
          )}
        </span>
      )
    }
  ];
  return (
    <Table
      rows={versions}
      columns={columns}
      label={trans.__('Versions of %1, newest first', history.product)}
      height={ROW}
      name={({ version }) => version}
    />
  );
}

function TrainedOn({ version, bench }: { version: ModelVersion; bench: Workbench }): JSX.Element {
  const { trans } = bench;
  const { trained, rows, features } = version;
  const days = trained.map(moment => (moment ?? '').slice(0, 10));
  const much = rows === null ? '' : trans.__('%1 rows', figure(rows));
  const wide = features === null ? '' : trans.__('%1 features', figure(features));
  return (
    <>
      {days[0] && days[1] && (
        <span className="jp-aifactory-when">{trans.__('%1 to %2', days[0], days[1])}</span>
      )}
      <span className="jp-aifactory-when">{[much, wide].filter(Boolean).join(' · ')}</span>
    </>
  );
}

function Service(props: { version: ModelVersion; span: Span | null; bench: Workbench }): JSX.Element {
  const { version, span, bench } = props;
  const { trans } = bench;
  if (!span || !version.served.length) {
    return <span>{trans.__('never')}</span>;
  }
  const periods = version.served
    .map(([from, to]) => (to ? periodText(from, to) : trans.__('since %1', localTime(from))))
    .reverse();
  return (
    <>
      <svg className="jp-aifactory-service" viewBox="0 0 200 8" preserveAspectRatio="none" aria-hidden="true">
        <rect className="jp-aifactory-track" x="0" y="3" width="200" height="2" />
        {barsOf(version, span).map(({ from, to }) => (
          <rect
            key={from}
            x={Math.min(197, from * 200)}
            y="0"
            width={Math.max(3, (to - from) * 200)}
            height="8"
          />
        ))}
      </svg>
      {periods.slice(0, PERIODS).map(period => (
        <span key={period} className="jp-aifactory-when">
          {period}
        </span>
      ))}
      {periods.length > PERIODS && (
        <span className="jp-aifactory-when" title={periods.join('\n')}>
          {trans._n('and %1 time before', 'and %1 times before', periods.length - PERIODS)}
        </span>
      )}
    </>
  );
}

function Chosen({ event, bench }: { event: AliasEvent | undefined; bench: Workbench }): JSX.Element | null {
  return event ? (
    <span className="jp-aifactory-reason" title={event.reason}>
      {bench.trans.__('%1: %2', event.actor, event.reason)}
    </span>
  ) : null;
}

function RunLink(props: { run: string; bench: Workbench; history: ModelHistory }): JSX.Element {
  const { run, bench, history } = props;
  const known = bench.model.factory?.runs.find(each => each.run === run);
  return (
    <button
      type="button"
      className="jp-aifactory-link"
      onClick={() =>
        void bench.commands.execute('aifactory:open-line', {
          pipeline: known?.pipeline ?? history.pipeline,
          ...(known ? { line: known.line } : {}),
          run
        })
      }
    >
      {run}
    </button>
  );
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

function Events({ bench, history }: { bench: Workbench; history: ModelHistory }): JSX.Element {
  const { trans } = bench;
  const version = (number: number | null) => (number === null ? '–' : trans.__('version %1', number));
  const columns: Column<AliasEvent>[] = [
    { name: 'at', head: trans.__('When'), cell: ({ at }) => localTime(at) },
    { name: 'alias', head: trans.__('Alias'), cell: ({ alias }) => alias },
    {
      name: 'move',
      head: trans.__('From, to'),
      cell: ({ from_version, to_version }) => trans.__('%1 → %2', version(from_version), version(to_version))
    },
    { name: 'actor', head: trans.__('By'), cell: ({ actor }) => actor },
    { name: 'reason', head: trans.__('Why'), cell: ({ reason }) => <span title={reason}>{reason}</span> },
    {
      name: 'run',
      head: trans.__('Run that made it'),
      cell: ({ run }) => (run ? <RunLink run={run} bench={bench} history={history} /> : null)
    }
  ];
  return (
    <Table
      rows={history.events}
      columns={columns}
      label={trans.__('Moves of the aliases of %1, newest first', history.product)}
      height={ROW}
      name={event => `${event.at} ${event.alias}`}
    />
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
      return <Registry bench={this.bench} history={this.history} onAgain={() => void this.read()} />;
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

  private async read(): Promise<void> {
    this.stale = false;
    try {
      this.history = await this.bench.model.api.model(this.product);
      this.problem = '';
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.update();
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
  widget.title.closable = true;
  widget.toolbar.hide();
  return widget;
}

/** One view for each product. */
export function registryId(product: string): string {
  return `aifactory-registry-${product}`;
}
