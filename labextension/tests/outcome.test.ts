import { describe, expect, it } from 'vitest';

import type { AliasEvent, Launch, ModelHistory, Rollout } from '../src/models';
import { newestOf, outcomeOf, outcomeSince } from '../src/registry/outcome';
import { history, launch, rollout, trans } from './made';

const SINCE = '2026-01-01T10:00:00.000000Z';
const BEFORE = '2026-01-01T09:59:59.999999Z';
const AFTER = '2026-01-01T10:00:02.000000Z';

function move(alias: string, from: number | null, to: number | null, at = AFTER): AliasEvent {
  return { at, alias, from_version: from, to_version: to, actor: 'ann', reason: 'aifactory: why', run: '' };
}

function told(events: AliasEvent[], rollouts: Rollout[] = []): string | undefined {
  return outcomeSince(history({ events, rollouts }), SINCE, trans)?.text;
}

function changed(change: Rollout['change'], values: Partial<Rollout> = {}): Rollout {
  const champion = { version: change === 'finish' ? 2 : 1, share: 1 };
  const ended = change === 'start' || change === 'step' ? {} : { shares: [champion], next: null };
  return rollout({ at: AFTER, change, reason: 'It is why.', ...ended, ...values });
}

describe('outcomeSince', () => {
  it('says which version an alias names now, and which it named before', () => {
    expect(told([move('champion', 2, 1)])).toBe('Version 1 is the champion now, in the place of version 2.');
    expect(told([move('challenger', null, 3)])).toBe('Version 3 is the challenger now.');
  });

  it('says who answers how much, and leaves out the reason that was given', () => {
    const shares = 'Version 2 answers 5 % of the requests, version 1, the champion, 95 %.';
    expect(told([move('challenger', null, 2)], [changed('start')])).toBe(`Rollout 1 has begun. ${shares}`);
    expect(told([], [changed('step')])).toBe(shares);
    expect(told([], [changed('abort')])).toBe(
      'Rollout 1 is ended: version 1, the champion, answers all requests again.'
    );
  });

  it('says that a shadow answers for the record, until it has a share', () => {
    const none = [
      { version: 1, share: 1 },
      { version: 2, share: 0 }
    ];
    const shadow = { policy: 'shadow', steps: [], next: null };
    expect(told([], [changed('start', { ...shadow, shares: none })])).toMatch(/only for the record\.$/);
    expect(told([], [changed('step', shadow)])).toMatch(/^Version 2 answers 5 %/);
  });

  it('says that a version is no challenger any more when its rollout has ended without it', () => {
    const ended = [move('challenger', 2, null)];
    expect(told(ended, [changed('abort')])).toMatch(/again\. Version 2 is no longer the challenger\.$/);
    expect(told([...ended, move('champion', 1, 2)], [changed('finish')])).toBe(
      'Version 2 is the champion now, in the place of version 1, and answers all requests.'
    );
  });

  it('of a version that blue-green refuses says so, and why: that is nothing to be glad of', () => {
    const rows = [changed('back', { policy: 'blue-green' }), changed('start', { policy: 'blue-green' })];
    const moves = [move('challenger', 2, null), move('challenger', null, 2)];
    expect(outcomeSince(history({ rollouts: rows, events: moves }), SINCE, trans)).toEqual({
      text: 'Version 1 stays the champion. It is why.',
      wrong: true
    });
    expect(outcomeSince(history({ rollouts: [changed('finish')] }), SINCE, trans)?.wrong).toBe(false);
  });

  it('is nothing where nothing was changed since', () => {
    expect(told([move('champion', 2, 1, BEFORE)], [changed('abort', { at: BEFORE })])).toBeUndefined();
    expect(told([])).toBeUndefined();
  });
});

describe('outcomeOf', () => {
  const ended = launch({ what: 'rollback', status: 'ended', started_at: SINCE, output: 'champion is now 1' });
  const moved = history({ events: [move('champion', 2, 1)] });
  const failed: Launch = { ...ended, status: 'failed', message: 'The disk is full.' };

  it('is what the ledger says, and not what the command has printed', () => {
    expect(outcomeOf(ended, moved, trans).text).toMatch(/^Version 1 is the champion now/);
    expect(outcomeOf(ended, history(), trans).text).toMatch(/^Nothing had to be changed/);
  });

  it('of a command that failed says whether it had changed anything', () => {
    expect(outcomeOf(failed, history(), trans)).toEqual({
      text: 'Nothing was changed: The disk is full.',
      wrong: true
    });
    expect(outcomeOf(failed, moved, trans).text).toMatch(/version 2\. But then: The disk is full\.$/);
  });

  it('claims nothing of a history that cannot be read', () => {
    expect(outcomeOf(ended, null, trans).wrong).toBe(true);
  });
});

describe('newestOf', () => {
  it('is another one as soon as anything has happened', () => {
    const known: Partial<ModelHistory> = { events: [move('champion', 2, 1)], rollouts: [changed('start')] };
    const stepped = { ...known, rollouts: [changed('step', { at: SINCE }), changed('start')] };
    expect(newestOf(history(known))).toBe(newestOf(history(known)));
    expect(newestOf(history(stepped))).not.toBe(newestOf(history(known)));
    expect(newestOf(history())).not.toBe(newestOf(history(known)));
  });
});
