/** What a rollout says: who answers how much, which step it is at, how a version may come to answer. Knows nothing of the page. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Guard, ModelHistory, Rollout } from '../models';
import { figure } from '../moments';

/** A share as a percentage: 0.05 is 5 %. */
export function percentText(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

/** The share of the version that is on its way. */
export function shareOf({ shares, candidate }: Rollout): number {
  return shares.find(({ version }) => version === candidate)?.share ?? 0;
}

/** A rollout in a few words: which version answers how much. */
export function rolloutText(rollout: Rollout, trans: TranslationBundle): string {
  const { policy, candidate } = rollout;
  const share = shareOf(rollout);
  return policy === 'shadow' && !share
    ? trans.__('shadow: v%1 answers behind it', candidate)
    : trans.__('%1: v%2 answers %3', policy, candidate, percentText(share));
}

export interface Step {
  percent: number;
  state: 'done' | 'now' | 'next';
}

/** The steps of a canary, and where it is. */
export function stepsOf(rollout: Rollout): Step[] {
  const now = 100 * shareOf(rollout);
  return rollout.steps.map(percent => ({
    percent,
    state: Math.abs(percent - now) < 1e-6 ? 'now' : percent < now ? 'done' : 'next'
  }));
}

/** How a version may become the champion; nothing where the pipeline's way is the only one. */
export function waysOf(history: ModelHistory, version: number): string[] {
  const { deployment, aliases, rollout } = history;
  const isFirst = aliases.champion === undefined || aliases.champion === version;
  if (!deployment || isFirst || isInTheWay(history, version)) {
    return [];
  }
  if (rollout?.shares.some(each => each.version === version)) {
    return ['direct'];
  }
  return rollout?.policy === 'bandit' ? ['bandit'] : deployment.choices;
}

/** Whether a rollout of another version is in the way. */
export function isInTheWay({ rollout }: ModelHistory, version: number): boolean {
  return !!rollout && rollout.policy !== 'bandit' && !rollout.shares.some(each => each.version === version);
}

/** What a guard has found beside what it allows. */
export function guardText({ value, limit }: Guard, trans: TranslationBundle): [string, string] {
  const sign = value !== null && value > 0 ? '+' : '';
  return [value === null ? '–' : sign + figure(value), trans.__('at most %1', figure(limit))];
}
