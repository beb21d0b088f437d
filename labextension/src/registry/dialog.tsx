/** Promotions and rollbacks: what would change is shown before it is done. */

import * as React from 'react';

import type { FormProps } from '../dialogbody';
import type { Launch, ModelHistory } from '../models';
import type { Workbench } from '../workbench';
import { Differences, useComparison } from './compare';
import { type Answer, ask } from './question';
import { isInTheWay, waysOf } from './traffic';

const ALIASES = ['champion', 'challenger', 'shadow'];

/** A change of an alias; without a version the champion goes back. */
interface Change extends Answer {
  version: number | null;
  alias: string;
  /** How it comes to answer as a champion; empty where there is one way only. */
  policy: string;
  steps: string;
}

/** Asks until the server has taken the change, or the user has let it be. */
export function changeAlias(
  bench: Workbench,
  history: ModelHistory,
  version: number | null
): Promise<Launch | null> {
  const { trans } = bench;
  const { product, deployment } = history;
  const ways = version === null ? [] : waysOf(history, version);
  const own = deployment?.policy ?? '';
  return ask<Change>(bench, {
    title:
      version === null
        ? trans.__('Roll the champion of %1 back?', product)
        : trans.__('Promote version %1 of %2?', version, product),
    accept: version === null ? trans.__('Roll back') : trans.__('Promote'),
    first: {
      version,
      alias: 'champion',
      policy: ways.includes(own) ? own : (ways[0] ?? ''),
      steps: (deployment?.steps ?? []).join(', '),
      reason: ''
    },
    form: props => <ChangeForm {...props} bench={bench} history={history} ways={ways} />,
    send: answer => send(bench, product, answer)
  });
}

function send({ model }: Workbench, product: string, change: Change): Promise<Launch> {
  const { version, alias, policy, steps, reason } = change;
  if (version === null) {
    return model.api.rollBack(product, reason);
  }
  if (alias === 'champion' && policy && policy !== 'direct') {
    return model.api.changeRollout(product, { change: 'start', version, policy, steps }, reason);
  }
  return model.api.promote(product, version, alias, reason, alias === 'champion' && !!policy);
}

interface ChangeProps extends FormProps<Change> {
  bench: Workbench;
  history: ModelHistory;
  ways: string[];
}

function ChangeForm({ bench, history, ways, answer: change, onChange }: ChangeProps): JSX.Element {
  const { trans } = bench;
  const id = React.useId();
  const now = history.aliases[change.alias];
  const goesTo = history.rollout ? undefined : (history.previous ?? undefined);
  const right = change.version ?? goesTo;
  const left = now === undefined || now === right ? history.aliases.champion : now;
  const { comparison, problem: unread } = useComparison(bench, history.product, left, right);
  const chooses = change.alias === 'champion' && ways.length > 1;
  return (
    <>
      {change.version !== null && (
        <div className="jp-aifactory-choices">
          <label htmlFor={`${id}-alias`}>{trans.__('It becomes')}</label>
          <select
            id={`${id}-alias`}
            value={change.alias}
            onChange={event => onChange({ alias: event.target.value })}
          >
            {ALIASES.map(alias => (
              <option key={alias} value={alias}>
                {alias}
              </option>
            ))}
          </select>
          {chooses && (
            <>
              <label htmlFor={`${id}-policy`}>{trans.__('by way of')}</label>
              <select
                id={`${id}-policy`}
                value={change.policy}
                onChange={event => onChange({ policy: event.target.value })}
              >
                {ways.map(way => (
                  <option key={way} value={way}>
                    {way === history.deployment?.policy ? trans.__('%1 (as the pipeline says)', way) : way}
                  </option>
                ))}
              </select>
            </>
          )}
          {chooses && change.policy === 'canary' && (
            <>
              <label htmlFor={`${id}-steps`}>{trans.__('Percent of the traffic, step by step')}</label>
              <input
                id={`${id}-steps`}
                value={change.steps}
                onChange={event => onChange({ steps: event.target.value })}
              />
            </>
          )}
        </div>
      )}
      <p>{whatHappens(bench, history, change, now, goesTo)}</p>
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
    </>
  );
}

/** What a change does, in words. */
function whatHappens(
  bench: Workbench,
  history: ModelHistory,
  { version, alias, policy }: Change,
  now: number | undefined,
  goesTo: number | undefined
): string {
  const { trans } = bench;
  if (version === null) {
    return whatRollbackDoes(bench, history, goesTo);
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
  if (now === undefined) {
    return trans.__('Version %1 becomes champion, once it is verified to load.', version);
  }
  const { rollout } = history;
  if (rollout && isInTheWay(history, version)) {
    return trans.__(
      'Rollout %1 of version %2 is under way: promote or abort that one first.',
      rollout.rollout,
      rollout.candidate
    );
  }
  if (rollout && policy === 'direct') {
    return trans.__(
      'Rollout %1 ends: version %2 takes the place of version %3 and answers all requests.',
      rollout.rollout,
      version,
      now
    );
  }
  return whatPolicyDoes(bench, policy, version, now);
}

function whatRollbackDoes(
  { trans }: Workbench,
  { rollout, aliases }: ModelHistory,
  goesTo: number | undefined
): string {
  if (rollout) {
    return trans.__(
      'Rollout %1 ends: version %2, the champion, answers all requests again. Once more goes back to the champion before it.',
      rollout.rollout,
      rollout.champion
    );
  }
  return trans.__(
    'The champion goes back from version %1 to version %2, once that one is verified to be as it was. What is scored from then on is scored by it.',
    aliases.champion ?? '',
    goesTo ?? ''
  );
}

/** What each way of coming to answer means. */
function whatPolicyDoes({ trans }: Workbench, policy: string, version: number, now: number): string {
  switch (policy) {
    case 'canary':
      return trans.__(
        'A rollout begins: version %1 answers a share of the traffic that grows while its guards hold, and goes back by itself when one is broken. Version %2 stays the champion until then.',
        version,
        now
      );
    case 'blue-green':
      return trans.__(
        'Version %1 answers the last requests again, unseen. If it fails none of them, it takes the place of version %2; otherwise an incident says why not.',
        version,
        now
      );
    case 'shadow':
      return trans.__(
        'A rollout begins: version %1 answers behind version %2, and only for the record, until you promote or abort it.',
        version,
        now
      );
    case 'bandit':
      return trans.__(
        'A rollout begins: each version answers as much as the labels say that it is the best, until one is shown to be.',
        version,
        now
      );
    default:
      return trans.__(
        'Version %1 takes the place of version %2 at once, once it is verified to load. What is scored from then on is scored by it.',
        version,
        now
      );
  }
}
