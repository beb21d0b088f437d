import { describe, expect, it } from 'vitest';

import type { ModelHistory, ModelVersion } from '../src/models';
import { periodText } from '../src/moments';
import { barsOf, chosenBy, firstPair, metricNames, serviceSpan, shownPair } from '../src/registry/history';

function version(number: number, values: Partial<ModelVersion> = {}): ModelVersion {
  return {
    version: number,
    run: 'r1',
    created_at: '2026-01-01T00:00:00Z',
    aliases: [],
    metrics: {},
    trained: [null, null],
    rows: null,
    features: null,
    served: [],
    ...values
  };
}

function history(values: Partial<ModelHistory> = {}): ModelHistory {
  return {
    product: 'shop',
    pipeline: 'shop',
    segment: '',
    metric: 'auc',
    lower_is_better: false,
    versions: [version(3), version(2), version(1)],
    events: [],
    aliases: {},
    rollout: null,
    rollouts: [],
    deployment: null,
    previous: null,
    ...values
  };
}

describe('bars of service', () => {
  const served = [
    version(2, { served: [['2026-01-01T03:00:00Z', null]] }),
    version(1, { served: [['2026-01-01T01:00:00Z', '2026-01-01T03:00:00Z']] })
  ];
  const span = serviceSpan(served, Date.parse('2026-01-01T05:00:00Z'))!;

  it('share one time, from the first service until now', () => {
    expect(barsOf(served[1], span)).toEqual([{ from: 0, to: 0.5, open: false }]);
    expect(barsOf(served[0], span)).toEqual([{ from: 0.5, to: 1, open: true }]);
  });

  it('are none where nothing has served', () => {
    expect(serviceSpan([version(1)], 0)).toBeNull();
  });
});

describe('firstPair', () => {
  it('sets the champion against the newest other version', () => {
    expect(firstPair(history({ aliases: { champion: 1 } }))).toEqual([1, 3]);
  });

  it('sets a champion that is the newest against the challenger, else the one before', () => {
    expect(firstPair(history({ aliases: { champion: 3, challenger: 1 } }))).toEqual([3, 1]);
    expect(firstPair(history({ aliases: { champion: 3 } }))).toEqual([3, 2]);
  });

  it('is none of one version', () => {
    expect(firstPair(history({ versions: [version(1)], aliases: { champion: 1 } }))).toBeNull();
  });
});

describe('chosenBy', () => {
  it('is the newest event that made a version the champion', () => {
    const event = {
      at: '',
      alias: 'champion',
      from_version: 1,
      to_version: 2,
      actor: 'ann',
      reason: '',
      run: ''
    };
    const events = [
      { ...event, alias: 'shadow', actor: 'eve' },
      { ...event, actor: 'bob' },
      { ...event, actor: 'ann' }
    ];
    expect(chosenBy(version(2), events)?.actor).toBe('bob');
    expect(chosenBy(version(3), events)).toBeUndefined();
  });
});

describe('metricNames', () => {
  it('begins with the metric that decides and leaves the number of rows out', () => {
    const versions = [version(1, { metrics: { brier: 0.1, rows: 10, auc: 0.7 } })];
    expect(metricNames(history({ versions }))).toEqual(['auc', 'brier']);
  });
});

describe('shownPair', () => {
  it('is short unless two values look the same then', () => {
    expect(shownPair(0.123456, 0.2)).toEqual(['0.1235', '0.2']);
    expect(shownPair(0.123456, 0.123457)).toEqual(['0.123456', '0.123457']);
    expect(shownPair('2026-01-01T00:00:00', null)).toEqual(['2026-01-01', '–']);
  });
});

describe('periodText', () => {
  it('tells what both ends share once', () => {
    const text = periodText('2026-01-01T10:00:00', '2026-01-01T11:30:00', 'en-GB');
    expect(text.match(/2026/g)).toHaveLength(1);
    expect(periodText('x', '2026-01-01T11:30:00')).toBe('');
  });
});
