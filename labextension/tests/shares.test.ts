import { describe, expect, it } from 'vitest';

import { shares } from '../src/panel/shares';

const wishes = (...lengths: number[]) => lengths.map(length => ({ length, weight: 1 }));

describe('shares', () => {
  it('gives each what it needs, and the rest to the last', () => {
    expect(shares(wishes(100, 50), 400)).toEqual([100, 300]);
  });

  it('lets nobody have more than a share while another is short', () => {
    expect(shares(wishes(500, 40, 500), 440)).toEqual([200, 40, 200]);
  });

  it('shares what is scarce by worth', () => {
    expect(
      shares(
        [
          { length: 900, weight: 3 },
          { length: 900, weight: 1 }
        ],
        400
      )
    ).toEqual([300, 100]);
  });

  it('stands no room', () => {
    expect(shares(wishes(100, 50), 0)).toEqual([0, 0]);
  });
});
