/** Tells when a run that was at work here has ended, with what to do next. */

import { Notification } from '@jupyterlab/apputils';

import { onPage } from './advice';
import { failureText } from './launches';
import type { Run } from './models';
import { duration, secondsBetween } from './moments';
import { endedRuns, failedLaunches } from './state';
import { statusWord, wentWrong } from './status';
import type { Workbench } from './workbench';

/** How long an end stands over the page, in milliseconds; it stays behind the bell. */
const SHOWN = { success: 6_000, error: 20_000 };

/** Which ends are told. */
export type Told = 'all' | 'problems' | 'none';

export function notifyOfEnds(bench: Workbench, told: () => Told): void {
  const { model, trans } = bench;
  model.moved.connect((_, { before, after }) => {
    const wish = told();
    for (const run of wish === 'none' ? [] : endedRuns(before, after)) {
      if (wish === 'all' || wentWrong(run.status)) {
        tell(bench, run);
      }
    }
    for (const launch of failedLaunches(before, after)) {
      Notification.error(failureText(launch, trans), { autoClose: false });
    }
  });
}

function tell({ trans, commands }: Workbench, run: Run): void {
  const wrong = wentWrong(run.status);
  const text = trans.__(
    '%1: %2 after %3. %4',
    run.pipeline,
    statusWord(run.status, trans),
    duration(secondsBetween(run.started_at, run.ended_at)),
    wrong ? onPage(run.message, trans) : ''
  );
  const open = {
    label: trans.__('Open'),
    caption: trans.__('Show the line of this run'),
    callback: () => {
      void commands.execute('aifactory:open-line', { pipeline: run.pipeline, line: run.line, run: run.run });
    }
  };
  const next = run.can_resume
    ? {
        label: trans.__('Resume'),
        callback: () => void commands.execute('aifactory:resume', { run: run.run })
      }
    : run.report
      ? {
          label: trans.__('Report'),
          callback: () => void commands.execute('aifactory:open-file', { path: run.report })
        }
      : null;
  const kind = wrong ? 'error' : 'success';
  Notification.emit(text.trim(), kind, {
    autoClose: SHOWN[kind],
    actions: next ? [open, next] : [open]
  });
}
