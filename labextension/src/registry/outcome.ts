/** What is true after a change, in a sentence: told by what the ledger has written down since, whatever a command has printed. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import { onPage } from '../advice';
import type { AliasEvent, Launch, ModelHistory, Rollout } from '../models';
import { percentText } from './traffic';

export interface Outcome {
  text: string;
  /** It came out otherwise than it was wanted. */
  wrong: boolean;
}

/** What came of a command that has ended, by the history that was read after it; null where that could not be read. */
export function outcomeOf(ended: Launch, after: ModelHistory | null, trans: TranslationBundle): Outcome {
  const found = after && outcomeSince(after, ended.started_at, trans);
  if (ended.status === 'failed') {
    const why = onPage(ended.message, trans);
    return {
      text: found ? trans.__('%1 But then: %2', found.text, why) : trans.__('Nothing was changed: %1', why),
      wrong: true
    };
  }
  if (!after) {
    return { text: trans.__('It is done, but the registry cannot be read again just now.'), wrong: true };
  }
  return found ?? { text: trans.__('Nothing had to be changed: it was so already.'), wrong: false };
}

/** What was changed since a moment; null when nothing was. */
export function outcomeSince(
  { rollouts, events }: ModelHistory,
  since: string,
  trans: TranslationBundle
): Outcome | null {
  const last = rollouts.find(({ at }) => at >= since);
  const moves = netMoves(events.filter(({ at }) => at >= since)).filter(move => !isTold(move, last));
  const sentences = moves.map(each => moveSentence(each, trans));
  if (last) {
    sentences.unshift(rolloutSentence(last, trans));
  }
  return sentences.length
    ? { text: sentences.join(' '), wrong: last?.change === 'back' || last?.change === 'refuse' }
    : null;
}

type Move = Pick<AliasEvent, 'alias' | 'from_version' | 'to_version'>;

/** From where to where each alias has moved in all, of moves that stand newest first. */
function netMoves(events: AliasEvent[]): Move[] {
  const net = new Map<string, Move>();
  for (const { alias, from_version, to_version } of events) {
    net.set(alias, {
      alias,
      from_version,
      to_version: net.has(alias) ? net.get(alias)!.to_version : to_version
    });
  }
  return [...net.values()].filter(({ from_version, to_version }) => from_version !== to_version);
}

/** Whether the sentence about a rollout tells of a move: of the champion, and of the others unless it has ended without its
 * version, or another version has lost its name to it. */
function isTold({ alias, from_version }: Move, rollout: Rollout | undefined): boolean {
  if (!rollout) {
    return false;
  }
  const isAlone = from_version === null || from_version === rollout.candidate;
  return alias === 'champion' || (isAlone && ['start', 'step', 'finish'].includes(rollout.change));
}

/** What the newest entries are: a sentence about them is true until there are others. */
export function newestOf({ rollouts, events }: ModelHistory): string {
  return `${rollouts[0]?.at} ${events[0]?.at}`;
}

function rolloutSentence(rollout: Rollout, trans: TranslationBundle): string {
  const { change, policy, candidate, champion, reason, rollout: number } = rollout;
  switch (change) {
    case 'start':
      return trans.__('Rollout %1 has begun. %2', number, sharesSentence(rollout, trans));
    case 'step':
      return sharesSentence(rollout, trans);
    case 'finish':
      return trans.__(
        'Version %1 is the champion now, in the place of version %2, and answers all requests.',
        candidate,
        champion
      );
    case 'abort':
      return trans.__(
        'Rollout %1 is ended: version %2, the champion, answers all requests again.',
        number,
        champion
      );
    default:
      return policy === 'blue-green'
        ? trans.__('Version %1 stays the champion. %2', champion, reason)
        : trans.__(
            'Rollout %1 went back: version %2, the champion, answers all requests again. %3',
            number,
            champion,
            reason
          );
  }
}

/** Who answers how much while a rollout is under way. */
function sharesSentence({ policy, candidate, champion, shares }: Rollout, trans: TranslationBundle): string {
  const [own, rest] = [candidate, champion].map(
    version => shares.find(each => each.version === version)?.share ?? 0
  );
  if (own > 0) {
    return trans.__(
      'Version %1 answers %2 of the requests, version %3, the champion, %4.',
      candidate,
      percentText(own),
      champion,
      percentText(rest)
    );
  }
  return policy === 'shadow'
    ? trans.__(
        'Version %1 answers behind version %2, the champion, and only for the record.',
        candidate,
        champion
      )
    : trans.__('Version %1 answers no requests, version %2, the champion, all of them.', candidate, champion);
}

function moveSentence({ alias, from_version, to_version }: Move, trans: TranslationBundle): string {
  if (to_version === null) {
    return trans.__('Version %1 is no longer the %2.', from_version, alias);
  }
  return from_version === null
    ? trans.__('Version %1 is the %2 now.', to_version, alias)
    : trans.__('Version %1 is the %2 now, in the place of version %3.', to_version, alias, from_version);
}
