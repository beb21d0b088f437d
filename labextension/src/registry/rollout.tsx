/** The rollout that is under way: who answers how much, what the guards say, and what can be done; and what became of all others. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Guard, Launch, ModelHistory, Rollout, RolloutVerdict } from '../models';
import { localTime } from '../moments';
import type { Workbench } from '../workbench';
import { type Answer, ask, problemText } from './question';
import { type Column, Table } from './table';
import { guardText, percentText, shareOf, stepsOf } from './traffic';

/** Answers come in without an event of the ledger: while the view is in sight, the guards are asked again. */
const LOOK_EVERY = 15_000;
const ROW = 44;

interface RolloutProps {
  bench: Workbench;
  product: string;
  rollout: Rollout;
  busy: boolean;
  onChange: (asked: Promise<Launch | null>) => void;
}

export function OpenRollout({ bench, product, rollout, busy, onChange }: RolloutProps): JSX.Element {
  const { trans } = bench;
  const { node, verdict, problem, look } = useVerdict(bench, product, rollout);
  const { candidate, champion } = rollout;
  const action = (label: string, question: () => Promise<Launch | null>) => (
    <button
      type="button"
      className="jp-aifactory-button"
      disabled={busy}
      onClick={() => onChange(question())}
    >
      {label}
    </button>
  );
  return (
    <section ref={node} className="jp-aifactory-rollout">
      <h3>
        {trans.__('Rollout %1: version %2 beside the champion %3', rollout.rollout, candidate, champion)}
      </h3>
      <p className="jp-aifactory-help">{whatPolicyIs(rollout, trans)}</p>
      <Traffic rollout={rollout} trans={trans} />
      <p className="jp-aifactory-help">
        {trans.__('Since %1, by %2: %3', localTime(rollout.at), rollout.actor, rollout.reason)}
      </p>
      <div aria-live="polite">
        {problem && <p className="jp-aifactory-problem">{problem}</p>}
        {verdict && <Verdict verdict={verdict} trans={trans} />}
        {!verdict && !problem && <p>{trans.__('Asking the guards…')}</p>}
      </div>
      <div className="jp-aifactory-buttons">
        {action(rollout.next === null ? trans.__('Change its share…') : trans.__('Next step…'), () =>
          step(bench, product, rollout)
        )}
        {action(trans.__('Promote…'), () => promote(bench, product, rollout))}
        {action(trans.__('Abort…'), () => abort(bench, product, rollout))}
        <button type="button" className="jp-aifactory-button" onClick={look}>
          {trans.__('Ask the guards again')}
        </button>
      </div>
    </section>
  );
}

/** What the guards say: asked when the rollout changes, and again while the view is in sight. */
function useVerdict({ model }: Workbench, product: string, { rollout, at }: Rollout) {
  const node = React.useRef<HTMLElement>(null);
  const [verdict, setVerdict] = React.useState<RolloutVerdict | null>(null);
  const [problem, setProblem] = React.useState('');
  const look = React.useCallback(() => {
    model.api.rollout(product).then(
      found => {
        setVerdict(found);
        setProblem('');
      },
      error => setProblem(problemText(error))
    );
  }, [product, rollout, at]);
  React.useEffect(() => {
    look();
    const timer = setInterval(
      () => node.current?.offsetParent && document.visibilityState === 'visible' && look(),
      LOOK_EVERY
    );
    return () => clearInterval(timer);
  }, [look]);
  return { node, verdict, problem, look };
}

function whatPolicyIs(rollout: Rollout, trans: TranslationBundle): string {
  const { policy, candidate, champion } = rollout;
  switch (policy) {
    case 'canary':
      return trans.__(
        'Canary: version %1 answers more step by step while the guards hold, and goes back by itself when one is broken.',
        candidate
      );
    case 'shadow':
      return shareOf(rollout)
        ? trans.__(
            'Shadow: version %1 answers behind version %2 for the record, and the share that a person has given it. A person promotes it.',
            candidate,
            champion
          )
        : trans.__(
            'Shadow: version %1 answers behind version %2, only for the record. A person promotes it.',
            candidate,
            champion
          );
    case 'bandit':
      return trans.__(
        'Bandit: each version answers as much as the labels say that it is the best; it ends when one is.'
      );
    default:
      return trans.__(
        'Blue-green: version %1 is checked on the last requests before it answers any.',
        candidate
      );
  }
}

/** The shares of the traffic as a bar, and the steps of a canary. */
function Traffic({ rollout, trans }: { rollout: Rollout; trans: TranslationBundle }): JSX.Element {
  const { shares, champion } = rollout;
  const steps = stepsOf(rollout);
  return (
    <div className="jp-aifactory-traffic">
      <div className="jp-aifactory-bar" aria-hidden="true">
        {shares.map(({ version, share }) => (
          <span key={version} data-champion={version === champion} style={{ width: `${100 * share}%` }} />
        ))}
      </div>
      <ul aria-label={trans.__('Who answers how much')}>
        {shares.map(({ version, share }) => (
          <li key={version} data-champion={version === champion} style={{ flexGrow: share }}>
            {version === champion
              ? trans.__('champion v%1: %2', version, percentText(share))
              : trans.__('v%1: %2', version, percentText(share))}
          </li>
        ))}
      </ul>
      {steps.length > 0 && (
        <ol aria-label={trans.__('Steps')}>
          {steps.map(({ percent, state }) => (
            <li key={percent} data-state={state} aria-current={state === 'now' ? 'step' : undefined}>
              {percentText(percent / 100)}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

function Verdict({ verdict, trans }: { verdict: RolloutVerdict; trans: TranslationBundle }): JSX.Element {
  const { verdict: change, reason, guards } = verdict;
  const word = {
    keep: trans.__('It waits.'),
    grow: trans.__('It may grow.'),
    back: trans.__('It goes back.')
  }[change];
  return (
    <>
      <p className="jp-aifactory-verdict" data-verdict={change}>
        <strong>{word}</strong> {guards.some(({ rounds }) => rounds) ? reason : waiting(reason, trans)}
      </p>
      <h4>{trans.__('The guards now')}</h4>
      <Guards guards={guards} trans={trans} />
      <p className="jp-aifactory-help">{whoCounts(guards, trans)}</p>
    </>
  );
}

function waiting(reason: string, trans: TranslationBundle): string {
  return trans.__('%1 No service has answered with both versions yet: is one running?', reason);
}

/** Why the guard of errors is not as new as the others, or not there at all. */
function whoCounts(guards: Guard[], trans: TranslationBundle): string {
  const counted = guards.find(({ name }) => name === 'errors')?.at;
  const told = trans.__(
    'Requests that a version fails to answer leave no row in the tables: each service counts its own, sends the version back when they are too many, and writes its count down when it changes the rollout.'
  );
  return counted ? told : trans.__('%1 None has done so yet.', told);
}

function Guards({ guards, trans }: { guards: Guard[]; trans: TranslationBundle }): JSX.Element {
  const what: Record<string, string> = {
    errors: trans.__('requests that it fails to answer'),
    latency: trans.__('slow answers, more than the champion'),
    predictions: trans.__('how much more often its prediction is the higher, or the lower, of two'),
    spread: trans.__('how much more often it is the one further from the middle'),
    quality: trans.__('how much worse it is, by the labels that came in')
  };
  const words = {
    holds: trans.__('✓ shown to hold'),
    open: trans.__('… not shown yet'),
    broken: trans.__('✗ broken')
  };
  const columns: Column<Guard>[] = [
    {
      name: 'guard',
      head: trans.__('Guard'),
      cell: ({ name }) => (
        <>
          {name}
          <span className="jp-aifactory-what">{what[name]}</span>
        </>
      )
    },
    {
      name: 'state',
      head: trans.__('State'),
      cell: ({ name, rounds, state, at }) => (
        <span className="jp-aifactory-state" data-state={state}>
          {name === 'errors' && !rounds ? trans.__('the service counts') : words[state]}
          {at && <span className="jp-aifactory-when">{trans.__('as of %1', localTime(at))}</span>}
        </span>
      )
    },
    { name: 'value', head: trans.__('Value'), number: true, cell: guard => guardText(guard, trans)[0] },
    { name: 'limit', head: trans.__('Limit'), number: true, cell: guard => guardText(guard, trans)[1] },
    {
      name: 'rounds',
      head: trans.__('Rounds'),
      number: true,
      cell: ({ rounds }) => rounds.toLocaleString()
    }
  ];
  return (
    <Table
      rows={guards}
      columns={columns}
      label={trans.__('The guards now')}
      height={ROW}
      name={({ name }) => name}
    />
  );
}

interface StepAnswer extends Answer {
  percent: number;
}

function step(bench: Workbench, product: string, rollout: Rollout): Promise<Launch | null> {
  const { trans, model } = bench;
  const { candidate, rollout: number } = rollout;
  const first = rollout.next ?? shareOf(rollout);
  return ask<StepAnswer>(bench, {
    title: trans.__('Let version %1 answer another share?', candidate),
    accept: trans.__('Change'),
    first: { reason: '', percent: Number((100 * first).toPrecision(6)) },
    form: ({ answer, onChange }) => (
      <>
        <div className="jp-aifactory-choices">
          <label htmlFor="jp-aifactory-percent">{trans.__('Percent of the traffic (0 to 100)')}</label>
          <input
            id="jp-aifactory-percent"
            type="number"
            min={0}
            max={100}
            step="any"
            value={Number.isNaN(answer.percent) ? '' : answer.percent}
            onChange={event => onChange({ percent: event.target.valueAsNumber })}
          />
        </div>
        <p>{whoDecidesThen(rollout, trans)}</p>
      </>
    ),
    send: ({ percent, reason }) =>
      model.api.changeRollout(product, { change: 'step', rollout: number, percent }, reason)
  });
}

/** What becomes of a share that a person has chosen. */
function whoDecidesThen({ policy, champion }: Rollout, trans: TranslationBundle): string {
  switch (policy) {
    case 'bandit':
      return trans.__(
        'Whatever the labels say now. They go on deciding: the service shares the traffic out again as they come in.'
      );
    case 'blue-green':
      return trans.__(
        'Before it is checked. The check decides all the same: then it answers all requests, or version %1 does.',
        champion
      );
    default:
      return trans.__(
        'Whatever the guards say now. They go on watching: when one is broken, all traffic goes back to version %1.',
        champion
      );
  }
}

interface PromoteAnswer extends Answer {
  version: number;
}

function promote(bench: Workbench, product: string, rollout: Rollout): Promise<Launch | null> {
  const { trans, model } = bench;
  const { candidate, champion, rollout: number } = rollout;
  const others = rollout.shares.map(({ version }) => version).filter(version => version !== champion);
  return ask<PromoteAnswer>(bench, {
    title: trans.__('Promote the version of rollout %1?', number),
    accept: trans.__('Promote'),
    first: { reason: '', version: candidate },
    form: ({ answer, onChange }) => (
      <>
        {others.length > 1 && (
          <div className="jp-aifactory-choices">
            <label htmlFor="jp-aifactory-version">{trans.__('Version')}</label>
            <select
              id="jp-aifactory-version"
              value={answer.version}
              onChange={event => onChange({ version: Number(event.target.value) })}
            >
              {others.map(version => (
                <option key={version} value={version}>
                  {version}
                </option>
              ))}
            </select>
          </div>
        )}
        <p>
          {trans.__(
            'The rollout ends: version %1 takes the place of version %2 and answers all requests, whatever the guards say.',
            answer.version,
            champion
          )}
        </p>
      </>
    ),
    send: ({ version, reason }) =>
      model.api.changeRollout(product, { change: 'promote', rollout: number, version }, reason)
  });
}

function abort(bench: Workbench, product: string, rollout: Rollout): Promise<Launch | null> {
  const { trans, model } = bench;
  const { champion, rollout: number } = rollout;
  return ask<Answer>(bench, {
    title: trans.__('Abort rollout %1?', number),
    accept: trans.__('Abort the rollout'),
    first: { reason: '' },
    form: () => (
      <p>{trans.__('The rollout ends: version %1, the champion, answers all requests again.', champion)}</p>
    ),
    send: ({ reason }) => model.api.changeRollout(product, { change: 'abort', rollout: number }, reason)
  });
}

/** What happened to all rollouts. */
export function Rollouts({ bench, history }: { bench: Workbench; history: ModelHistory }): JSX.Element {
  const { trans } = bench;
  const words: Record<Rollout['change'], string> = {
    start: trans.__('began'),
    step: trans.__('stepped'),
    finish: trans.__('✓ promoted'),
    back: trans.__('✗ went back'),
    abort: trans.__('aborted'),
    refuse: trans.__('✗ refused')
  };
  const columns: Column<Rollout>[] = [
    {
      name: 'at',
      head: trans.__('When'),
      cell: ({ at }) => <span className="jp-aifactory-when">{localTime(at)}</span>
    },
    { name: 'rollout', head: trans.__('Rollout'), number: true, cell: ({ rollout }) => rollout },
    { name: 'version', head: trans.__('Version'), number: true, cell: ({ candidate }) => candidate },
    { name: 'policy', head: trans.__('Policy'), cell: ({ policy }) => policy },
    { name: 'change', head: trans.__('What'), cell: ({ change }) => words[change] },
    {
      name: 'shares',
      head: trans.__('Who answers then'),
      cell: ({ shares }) => shares.map(({ version, share }) => `v${version} ${percentText(share)}`).join(', ')
    },
    { name: 'actor', head: trans.__('By'), cell: ({ actor }) => actor },
    { name: 'reason', head: trans.__('Why'), cell: ({ reason }) => <span title={reason}>{reason}</span> }
  ];
  return (
    <Table
      rows={history.rollouts}
      columns={columns}
      label={trans.__('Rollouts of %1, newest first', history.product)}
      height={ROW}
      name={({ at, rollout, change }) => `${at} ${rollout} ${change}`}
    />
  );
}
