/** Promotions and rollbacks: what would change is shown, a reason is asked for, then it is done. */

import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import * as React from 'react';

import { ApiError } from '../api';
import type { Launch, ModelHistory } from '../models';
import type { Workbench } from '../workbench';
import { Differences, useComparison } from './compare';

const ALIASES = ['champion', 'challenger', 'shadow'];

/** A change of an alias; without a version the champion goes back. */
export interface Change {
  version: number | null;
  alias: string;
  reason: string;
}

/** Asks until the server has taken the change, or the user has let it be. */
export async function changeAlias(
  bench: Workbench,
  history: ModelHistory,
  version: number | null
): Promise<Launch | null> {
  const { model, trans } = bench;
  const { product } = history;
  let change: Change = { version, alias: 'champion', reason: '' };
  let problem = '';
  for (;;) {
    const body = new ChangeBody(bench, history, change, problem);
    const dialog = new Dialog<Change>({
      title:
        version === null
          ? trans.__('Roll the champion of %1 back?', product)
          : trans.__('Promote version %1 of %2?', version, product),
      body,
      buttons: [
        Dialog.cancelButton(),
        Dialog.warnButton({ label: version === null ? trans.__('Roll back') : trans.__('Promote') })
      ],
      focusNodeSelector: 'textarea'
    });
    dialog.addClass('jp-aifactory-wide');
    const answer = await dialog.launch();
    if (!answer.button.accept) {
      return null;
    }
    change = answer.value ?? change;
    if (!change.reason.trim()) {
      problem = trans.__('Say why: the reason is kept in the audit trail.');
      continue;
    }
    try {
      return version === null
        ? await model.api.rollBack(product, change.reason)
        : await model.api.promote(product, version, change.alias, change.reason);
    } catch (error) {
      const fields = error instanceof ApiError ? Object.entries(error.errors) : [];
      problem = fields.length
        ? fields.map(([name, text]) => `${name} ${text}`).join('; ')
        : error instanceof Error
          ? error.message
          : String(error);
    }
  }
}

class ChangeBody extends ReactWidget implements Dialog.IBodyWidget<Change> {
  constructor(
    private readonly bench: Workbench,
    private readonly history: ModelHistory,
    private change: Change,
    private readonly problem: string
  ) {
    super();
    this.addClass('jp-aifactory-dialog');
  }

  getValue(): Change {
    return this.change;
  }

  protected render(): JSX.Element {
    return (
      <ChangeForm
        bench={this.bench}
        history={this.history}
        change={this.change}
        problem={this.problem}
        onChange={change => {
          this.change = change;
          this.update();
        }}
      />
    );
  }
}

function ChangeForm(props: {
  bench: Workbench;
  history: ModelHistory;
  change: Change;
  problem: string;
  onChange: (change: Change) => void;
}): JSX.Element {
  const { bench, history, change, problem, onChange } = props;
  const { trans } = bench;
  const id = React.useId();
  const now = history.aliases[change.alias];
  const right = change.version ?? history.previous ?? undefined;
  const left = now === undefined || now === right ? history.aliases.champion : now;
  const { comparison, problem: unread } = useComparison(bench, history.product, left, right);
  return (
    <>
      {problem && (
        <p className="jp-aifactory-problem" role="alert">
          {problem}
        </p>
      )}
      {change.version !== null && (
        <p>
          <label htmlFor={`${id}-alias`}>{trans.__('It becomes')}</label>{' '}
          <select
            id={`${id}-alias`}
            value={change.alias}
            onChange={event => onChange({ ...change, alias: event.target.value })}
          >
            {ALIASES.map(alias => (
              <option key={alias} value={alias}>
                {alias}
              </option>
            ))}
          </select>
        </p>
      )}
      <p>{whatHappens(bench, change, now, right)}</p>
      {comparison && (
        <div
          className="jp-aifactory-scrolled"
          tabIndex={0}
          role="region"
          aria-label={trans.__('What they differ in')}
        >
          <Differences comparison={comparison} trans={trans} />
        </div>
      )}
      {unread && <p className="jp-aifactory-problem">{unread}</p>}
      <label htmlFor={`${id}-reason`}>
        {trans.__('Why? It is kept in the audit trail, with your name.')}
      </label>
      <textarea
        id={`${id}-reason`}
        rows={2}
        required
        aria-invalid={!!problem && !change.reason.trim()}
        value={change.reason}
        onChange={event => onChange({ ...change, reason: event.target.value.replace(/\s*\n\s*/g, ' ') })}
      />
    </>
  );
}

/** What a change does, in words. */
function whatHappens(
  { trans }: Workbench,
  { version, alias }: Change,
  now: number | undefined,
  right: number | undefined
): string {
  if (version === null) {
    return right === undefined
      ? trans.__(
          'The champion goes back from version %1 to the one before it, once that one is verified to be as it was. What is scored from then on is scored by it.',
          now ?? ''
        )
      : trans.__(
          'The champion goes back from version %1 to version %2, once that one is verified to be as it was. What is scored from then on is scored by it.',
          now ?? '',
          right
        );
  }
  if (now === version) {
    return trans.__('Version %1 is the %2 already: nothing changes.', version, alias);
  }
  if (alias !== 'champion') {
    return now === undefined
      ? trans.__('Version %1 becomes %2. The champion stays.', version, alias)
      : trans.__(
          'Version %1 becomes %2 in the place of version %3. The champion stays.',
          version,
          alias,
          now
        );
  }
  return now === undefined
    ? trans.__('Version %1 becomes champion, once it is verified to load.', version)
    : trans.__(
        'Version %1 takes the place of version %2, once it is verified to load. Where the pipeline deploys in steps, a rollout begins, and version %2 serves until it has ended.',
        version,
        now
      );
}
