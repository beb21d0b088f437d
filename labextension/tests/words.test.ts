import { describe, expect, it } from 'vitest';

import type { GateNode } from '../src/models';
import { fitted, leadingCheck } from '../src/line/words';
import { gate } from './made';

/** Letters that differ in width, as those of a page do. */
const measure = (text: string) => [...text].reduce((sum, letter) => sum + (letter === 'W' ? 10 : 4), 0);

describe('fitted', () => {
  it('leaves a text that has room', () => {
    expect(fitted('WWW', 30, measure)).toBe('WWW');
  });

  it('cuts by width and not by letters', () => {
    expect(fitted('iiiiiiiiii', 30, measure)).toBe('iiiiii…');
    expect(fitted('WWWWWWWWWW', 30, measure)).toBe('WW…');
    expect(measure(fitted('WiWiWiWiWi', 30, measure))).toBeLessThanOrEqual(30);
  });

  it('leaves no blank before the mark, and no half of a sign', () => {
    expect(fitted('ab cdefgh', 16, measure)).toBe('ab…');
    expect(fitted('😀😀😀😀', 12, measure)).toBe('😀😀…');
  });
});

describe('leadingCheck', () => {
  const limits: GateNode = {
    ...gate('evaluate', 'limits'),
    checks: [
      { name: 'auc', value: '0.8', limit: 'at least 0.7', passed: true },
      { name: 'brier', value: '0.3', limit: 'at most 0.2', passed: false }
    ]
  };

  it('is the check that failed, with value against limit', () => {
    expect(leadingCheck(limits, () => true)).toBe('brier 0.3 / at most 0.2');
  });

  it('leaves out the name before the value', () => {
    expect(leadingCheck(limits, text => text.length < 20)).toBe('0.3 / at most 0.2');
  });

  it('is the text of a gate without checks', () => {
    expect(leadingCheck({ ...gate('evaluate', 'limits'), text: 'Skipped.' }, () => true)).toBe('Skipped.');
  });
});
