import { describe, expect, it } from 'vitest';

import { fitted } from '../src/line/words';

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
