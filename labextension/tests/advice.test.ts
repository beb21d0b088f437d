import { describe, expect, it } from 'vitest';

import { onPage } from '../src/advice';
import { trans } from './made';

describe('onPage', () => {
  it.each([
    [
      'evaluate failed in cell 4: no rows\n  Go on with: aifactory run shop --resume r1 --keep-kernel',
      'evaluate failed in cell 4: no rows Go on with “Resume”.'
    ],
    [
      'Interrupted. Go on with: aifactory replay shop --resume 2026-run-1',
      'Interrupted. Go on with “Resume”.'
    ],
    ['a\n... and 3 more: aifactory show r1', 'a\n... and 3 more; the line shows them.'],
    [
      'Run r1 is at work. Wait for it (--wait), or end it: kill 42 on host.example.',
      'Run r1 is at work. Wait for it, or end it with “Cancel Run” in its line.'
    ],
    ['The gate stopped the line.', 'The gate stopped the line.']
  ])('names buttons in the place of commands: %s', (message, shown) => {
    expect(onPage(message, trans)).toBe(shown);
  });
});
