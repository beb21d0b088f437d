import { fileIcon, redoIcon, stopIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';

import { onPage } from '../advice';
import type { Launch, Run } from '../models';
import { duration, localTime, secondsBetween, share } from '../moments';
import { beginsRun } from '../state';
import { atWork, statusWord } from '../status';
import type { Workbench } from '../workbench';
import { Empty, Glyph, IconButton, Progress, useNow } from './parts';

/** Without a sign for this long, the row says so: "is it stuck?". */
const SILENT_SECONDS = 20;

/** Runs at work, then the newest that have ended, each with what was started and has no run. */
export function Runs({ bench }: { bench: Workbench }): JSX.Element {
  const { model, trans } = bench;
  const factory = model.factory;
  const now = useNow(() => model.now(), !!factory?.runs.some(run => run.status === 'running'));
  const launches = (factory?.launches ?? []).filter(
    launch => beginsRun(launch) && !launch.run && launch.status !== 'ended'
  );
  const failed = launches.filter(launch => launch.status === 'failed');
  const starting = launches.filter(launch => launch.status !== 'failed');
  const working = (factory?.runs ?? []).filter(run => atWork(run.status));
  const ended = (factory?.runs ?? []).filter(run => !atWork(run.status));
  const launchRow = (launch: Launch) => (
    <li key={launch.launch}>
      <LaunchRow launch={launch} trans={trans} />
    </li>
  );
  const runRow = (run: Run) => (
    <li key={run.run}>
      <RunRow bench={bench} run={run} now={now} />
    </li>
  );
  const past = [
    ...failed.map(launch => ({ at: launch.started_at, row: launchRow(launch) })),
    ...ended.map(run => ({ at: run.ended_at ?? run.started_at, row: runRow(run) }))
  ].sort((one, other) => other.at.localeCompare(one.at));
  if (!factory?.runs.length && !launches.length) {
    return <Empty>{trans.__('No run yet. Start one with the run button of a pipeline.')}</Empty>;
  }
  return (
    <ul className="jp-aifactory-rows" aria-label={trans.__('Runs')}>
      {starting.map(launchRow)}
      {working.map(runRow)}
      {past.map(({ row }) => row)}
    </ul>
  );
}

function LaunchRow({ launch, trans }: { launch: Launch; trans: TranslationBundle }): JSX.Element {
  return (
    <div className="jp-aifactory-run">
      <div className="jp-aifactory-row">
        <span className="jp-aifactory-main">
          <Glyph status={launch.status === 'failed' ? 'failed' : 'starting'} trans={trans} />
          <span className="jp-aifactory-name" title={launch.command}>
            {launch.pipeline || launch.command}
          </span>
          <span className="jp-aifactory-aside">
            {launch.status === 'failed' ? trans.__('did not start') : trans.__('starting')}
          </span>
        </span>
      </div>
      {launch.message && <pre className="jp-aifactory-problem">{onPage(launch.message, trans)}</pre>}
    </div>
  );
}

function RunRow({ bench, run, now }: { bench: Workbench; run: Run; now: number }): JSX.Element {
  const { trans, commands } = bench;
  const working = run.status === 'running';
  return (
    <div className="jp-aifactory-run">
      <div className="jp-aifactory-row">
        <button
          type="button"
          className="jp-aifactory-main"
          title={trans.__(
            '%1, started %2 by %3 on %4',
            run.run,
            localTime(run.started_at),
            run.owner,
            run.host
          )}
          onClick={() =>
            void commands.execute('aifactory:open-line', {
              pipeline: run.pipeline,
              line: run.line,
              run: run.run
            })
          }
        >
          <Glyph status={run.status} trans={trans} />
          <span className="jp-aifactory-name">{run.pipeline}</span>
          <span className="jp-aifactory-aside">
            {working ? trans.__('%1 of %2', run.done, run.stages) : statusWord(run.status, trans)}
          </span>
        </button>
        {run.can_cancel && (
          <IconButton
            icon={stopIcon}
            label={trans.__('Cancel %1', run.run)}
            onClick={() => void commands.execute('aifactory:cancel', { run: run.run })}
          />
        )}
        {run.can_resume && (
          <IconButton
            icon={redoIcon}
            label={trans.__('Resume %1', run.run)}
            onClick={() => void commands.execute('aifactory:resume', { run: run.run })}
          />
        )}
        {run.report && (
          <IconButton
            icon={fileIcon}
            label={trans.__('Open the report of %1', run.run)}
            onClick={() => void commands.execute('aifactory:open-file', { path: run.report })}
          />
        )}
      </div>
      <p className="jp-aifactory-detail">
        {[run.kind, localTime(run.started_at), duration(secondsBetween(run.started_at, run.ended_at))]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {working && (
        <>
          <Progress
            value={share(run.done, run.stages, run.stages_at_work)}
            label={trans.__('Share of %1 that is done', run.run)}
          />
          <p className="jp-aifactory-detail">{atWorkText(run, now, trans)}</p>
        </>
      )}
      {!working && run.message && (
        <p className="jp-aifactory-problem jp-aifactory-short" title={onPage(run.message, trans)}>
          {onPage(run.message, trans)}
        </p>
      )}
    </div>
  );
}

/** What a run does now, how long it will still take, and whether it has been silent for long. */
export function atWorkText(run: Run, now: number, trans: TranslationBundle): string {
  const [first, ...others] = run.stages_at_work;
  const parts: string[] = [];
  if (first) {
    const place = [first.stage, first.window, first.branch].filter(Boolean).join(' ');
    parts.push(first.cells ? trans.__('%1: cell %2 of %3', place, first.cell, first.cells) : place);
  }
  if (others.length) {
    parts.push(trans._n('and %1 stage more', 'and %1 stages more', others.length));
  }
  const left = run.expected_end ? -(secondsBetween(run.expected_end, now) ?? 0) : null;
  if (left !== null) {
    parts.push(left > 0 ? trans.__('about %1 left', duration(left)) : trans.__('longer than expected'));
  }
  const silent = secondsBetween(run.last_event, now);
  if (silent !== null && silent > SILENT_SECONDS) {
    parts.push(trans.__('no sign for %1', duration(silent)));
  }
  return parts.join(' · ');
}
