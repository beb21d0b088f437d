/** The tables of the registry view: versions with when they served, and the moves of aliases. */

import * as React from 'react';

import type { AliasEvent, ModelHistory, ModelVersion } from '../models';
import { figure, localTime, periodText } from '../moments';
import type { Workbench } from '../workbench';
import { barsOf, chosenBy, metricNames, serviceSpan, type Span } from './history';
import { type Column, Table } from './table';

/** So many metrics stand in the table; all stand in the comparison. */
const METRICS = 3;
/** So many times of service stand in a row, newest first. */
const PERIODS = 2;
const ROW = 64;
/** A version has more to tell than a move of an alias. */
const VERSION_ROW = 132;

export function Versions(props: {
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
          <button
            type="button"
            className="jp-aifactory-link"
            aria-label={trans.__('Model card of version %1', version)}
            onClick={() =>
              void commands.execute('aifactory:model-card', { product: history.product, version })
            }
          >
            {trans.__('model card')}
          </button>
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
        </>
      )
    },
    ...metricNames(history)
      .slice(0, METRICS)
      .map(name => ({
        name: `metric ${name}`,
        head: (
          <>
            <Breakable name={name} />
            {name === metric && <span className="jp-aifactory-when">{trans.__('decides')}</span>}
          </>
        ),
        number: true,
        cell: ({ metrics }: ModelVersion) => figure(metrics[name] ?? null)
      })),
    {
      name: 'served',
      head: (
        <>
          {trans.__('Champion: when, by whom, why')}
          {span && (
            <span className="jp-aifactory-when">
              {periodText(new Date(span.from).toISOString(), new Date(span.to).toISOString())}
            </span>
          )}
        </>
      ),
      cell: version => (
        <div className="jp-aifactory-facts">
          <Service version={version} span={span} bench={bench} />
          <Chosen event={chosenBy(version, events)} bench={bench} />
        </div>
      )
    },
    {
      name: 'made',
      head: trans.__('Trained on, in run'),
      cell: version => (
        <div className="jp-aifactory-facts">
          <TrainedOn version={version} bench={bench} />
          {version.run && <RunLink run={version.run} bench={bench} history={history} />}
        </div>
      )
    }
  ];
  return (
    <Table
      rows={versions}
      columns={columns}
      label={trans.__('Versions of %1, newest first', history.product)}
      height={VERSION_ROW}
      name={({ version }) => version}
    />
  );
}

/** A name that may go on in the next line behind an underscore or a hyphen. */
function Breakable({ name }: { name: string }): JSX.Element {
  const [first, ...rest] = name.split(/(?<=[_-])/);
  return (
    <>
      {first}
      {rest.map((part, place) => (
        <React.Fragment key={place}>
          <wbr />
          {part}
        </React.Fragment>
      ))}
    </>
  );
}

/** A text that goes on in the next line between words alone: a date is not torn at its hyphens. */
function Whole({ text }: { text: string }): JSX.Element {
  return (
    <>
      {text.split(' ').map((word, place) => (
        <React.Fragment key={place}>
          {place > 0 && ' '}
          <span className="jp-aifactory-word">{word}</span>
        </React.Fragment>
      ))}
    </>
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
        <span className="jp-aifactory-when">
          <Whole text={trans.__('%1 to %2', days[0], days[1])} />
        </span>
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
      <Breakable name={run} />
    </button>
  );
}

export function Events({ bench, history }: { bench: Workbench; history: ModelHistory }): JSX.Element {
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
