import { describe, expect, it } from 'vitest';

import { guardText, isInTheWay, percentText, rolloutText, stepsOf, waysOf } from '../src/registry/traffic';
import { history, rollout, trans } from './made';

describe('a share', () => {
  it('is told as a percentage', () => {
    expect([0.05, 0.003, 1, 0, 1 / 3].map(percentText)).toEqual(['5 %', '0.3 %', '100 %', '0 %', '33.3 %']);
  });
});

describe('stepsOf', () => {
  it('tells what is done, what is now and what comes', () => {
    expect(stepsOf(rollout()).map(({ state }) => state)).toEqual(['done', 'now', 'next', 'next']);
  });

  it('has no step now where a person has chosen another share', () => {
    const shares = [
      { version: 1, share: 0.9 },
      { version: 2, share: 0.1 }
    ];
    expect(stepsOf(rollout({ shares })).map(({ state }) => state)).toEqual(['done', 'done', 'next', 'next']);
  });
});

describe('rolloutText', () => {
  it('says who answers how much, and that a shadow answers nobody', () => {
    expect(rolloutText(rollout(), trans)).toBe('canary: v2 answers 5 %');
    expect(rolloutText(rollout({ policy: 'shadow', shares: [] }), trans)).toBe(
      'shadow: v2 answers behind it'
    );
    expect(rolloutText(rollout({ policy: 'shadow' }), trans)).toBe('shadow: v2 answers 5 %');
  });
});

describe('waysOf', () => {
  it('are the policies, beside a champion', () => {
    expect(waysOf(history(), 2)).toEqual(['direct', 'canary', 'bandit']);
  });

  it('are none for the champion, without one, for a segment, and beside a rollout', () => {
    expect(waysOf(history({ rollout: rollout() }), 3)).toEqual([]);
    expect(waysOf(history(), 1)).toEqual([]);
    expect(waysOf(history({ aliases: {} }), 2)).toEqual([]);
    expect(waysOf(history({ deployment: null }), 2)).toEqual([]);
  });

  it('are the end of its rollout for a version on its way', () => {
    expect(waysOf(history({ rollout: rollout() }), 2)).toEqual(['direct']);
  });

  it('lead into a bandit that is under way', () => {
    expect(waysOf(history({ rollout: rollout({ policy: 'bandit' }) }), 3)).toEqual(['bandit']);
  });
});

describe('isInTheWay', () => {
  it('is a rollout of another version, unless more can join it', () => {
    expect(isInTheWay(history({ rollout: rollout() }), 3)).toBe(true);
    expect(isInTheWay(history({ rollout: rollout() }), 2)).toBe(false);
    expect(isInTheWay(history({ rollout: rollout({ policy: 'bandit' }) }), 3)).toBe(false);
    expect(isInTheWay(history(), 3)).toBe(false);
  });
});

describe('guardText', () => {
  it('sets the value against the limit', () => {
    const guard = { name: 'latency', value: 0.031, limit: 0.05, rounds: 40, state: 'open' as const };
    expect(guardText(guard, trans)).toEqual(['+0.031', 'at most 0.05']);
    expect(guardText({ ...guard, value: null }, trans)).toEqual(['–', 'at most 0.05']);
  });
});
