/** The foot of the form: starts it, says how it is written elsewhere, and what has become of what was started. */

import { Clipboard } from '@jupyterlab/apputils';
import * as React from 'react';

import { onPage } from '../advice';
import type { CommandText } from '../models';
import { statusWord } from '../status';
import type { Workbench } from '../workbench';
import { type Examined, stageOf } from './draft';

interface FootProps {
  bench: Workbench;
  examined: Examined;
  text: CommandText | null;
  /** Whether that is about what is filled in now. */
  isCurrent: boolean;
  wrong: number;
  launch: string;
  busy: boolean;
  onStart: () => void;
}

export function Foot(props: FootProps): JSX.Element {
  const { bench, text, isCurrent, wrong, launch, busy, onStart } = props;
  const { trans } = bench;
  const [copied, setCopied] = React.useState('');
  const copy = (what: string, words: string) => {
    Clipboard.copyToSystem(words);
    setCopied(what);
  };
  React.useEffect(() => setCopied(''), [text]);
  return (
    <div className="jp-aifactory-formfoot">
      <div className="jp-aifactory-buttons">
        <button
          type="button"
          className="jp-aifactory-button jp-aifactory-start"
          disabled={busy}
          // The second click of a double click may come when the first has started its run already.
          onClick={event => event.detail < 2 && onStart()}
        >
          {text && text.variants > 1 ? trans.__('Run %1 variants', text.variants) : trans.__('Run')}
        </button>
        <button
          type="button"
          className="jp-aifactory-button"
          disabled={!text || !isCurrent}
          onClick={() => text && copy(trans.__('Copied the command.'), text.command)}
        >
          {trans.__('Copy as command')}
        </button>
        <button
          type="button"
          className="jp-aifactory-button"
          disabled={!text || !isCurrent}
          onClick={() => text && copy(trans.__('Copied the Python code.'), text.python)}
        >
          {trans.__('Copy as Python')}
        </button>
        <span role="status">{copied || tally(props)}</span>
      </div>
      <code className="jp-aifactory-command" aria-label={trans.__('The command of this form')}>
        {text?.command ?? (wrong ? trans.__('What is wrong has to be put right first.') : '…')}
      </code>
      {launch && <Started bench={bench} name={launch} />}
    </div>
  );
}

/** How much work this is, as far as the server has said. */
function tally({ examined, text, bench }: FootProps): string {
  const { trans } = bench;
  const replays = examined.request.command === 'replay';
  const changed = [...examined.changed].filter(key => examined.stages.includes(stageOf(key))).length;
  const values = replays
    ? trans.__('Each window runs the line operate')
    : changed
      ? trans._n('%1 value changed', '%1 values changed', changed)
      : trans.__('no value changed');
  if (!text) {
    return values;
  }
  const { variants, notebooks } = text;
  if (notebooks === null) {
    return trans.__('%1; each segment is run', values);
  }
  return variants > 1
    ? trans.__('%1; %2 variants, at most %3 notebooks', values, variants, notebooks)
    : trans._n('%2; at most %1 notebook', '%2; at most %1 notebooks', notebooks, values);
}

/** What has become of what was started. */
function Started({ bench, name }: { bench: Workbench; name: string }): JSX.Element | null {
  const { model, trans, commands } = bench;
  const launch = model.factory?.launches.find(each => each.launch === name);
  const run = model.factory?.runs.find(each => each.run === launch?.run);
  if (!launch) {
    return null;
  }
  if (launch.status === 'failed' && !launch.run) {
    return (
      <p className="jp-aifactory-problem" role="alert">
        {trans.__('It did not start: %1', onPage(launch.message, trans))}
      </p>
    );
  }
  return (
    <p className="jp-aifactory-launch" role="status">
      {run
        ? trans.__('Run %1: %2.', run.run, statusWord(run.status, trans))
        : trans.__('Started; the run begins in a moment.')}{' '}
      {run && (
        <button
          type="button"
          className="jp-aifactory-button"
          onClick={() =>
            void commands.execute('aifactory:open-line', {
              pipeline: run.pipeline,
              line: run.line,
              run: run.run
            })
          }
        >
          {trans.__('Open line')}
        </button>
      )}
    </p>
  );
}
