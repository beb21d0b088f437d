import { describe, expect, it } from 'vitest';

import { firstView, fit, reveal, zoom } from '../src/line/viewport';
import { duration, figure, secondsBetween, share } from '../src/moments';

describe('duration', () => {
  it.each([
    [0.42, '0.4 s'],
    [9.96, '10 s'],
    [59.7, '1 min 00 s'],
    [185, '3 min 05 s'],
    [7620, '2 h 07 min'],
    [273_600, '3 d 4 h'],
    [null, '']
  ])('tells %s seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe('secondsBetween', () => {
  it('is not known when a moment is not', () => {
    expect(secondsBetween(null, 5)).toBeNull();
    expect(secondsBetween('2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z')).toBe(60);
  });
});

describe('figure', () => {
  it('keeps four figures that matter and whole numbers whole', () => {
    expect(figure(0.123456, 'en')).toBe('0.1235');
    expect(figure(81234, 'en')).toBe('81,234');
    expect(figure(null)).toBe('–');
  });
});

describe('share', () => {
  it('counts whole stages and the cells of those at work', () => {
    expect(share(2, 4, [{ cell: 5, cells: 10 }])).toBe(0.625);
    expect(share(0, 0, [])).toBe(0);
  });
});

describe('viewport', () => {
  const room = { width: 400, height: 300 };

  it('fits a large drawing into the room and leaves a small one at its size', () => {
    expect(fit({ width: 800, height: 300 }, room)).toEqual({ scale: 0.5, x: 0, y: 75 });
    expect(fit({ width: 200, height: 100 }, room).scale).toBe(1);
  });

  it('begins around a node where the whole drawing could not be read', () => {
    const box = { x: 0, y: 1900, width: 100, height: 50 };
    const view = firstView({ width: 300, height: 2000 }, room, box);
    expect(view.scale).toBeGreaterThan(0.5);
    expect(box.y * view.scale + view.y).toBeGreaterThanOrEqual(0);
    expect((box.y + box.height) * view.scale + view.y).toBeLessThanOrEqual(room.height);
    expect(firstView({ width: 300, height: 200 }, room, box)).toEqual(fit({ width: 300, height: 200 }, room));
  });

  it('zooms around a point that stays where it is', () => {
    const view = zoom({ scale: 1, x: 10, y: 20 }, 2, 110, 120);
    expect((110 - view.x) / view.scale).toBe(100);
    expect((120 - view.y) / view.scale).toBe(100);
  });

  it('moves a box that is out of sight into it, and nothing else', () => {
    const view = { scale: 1, x: 0, y: 0 };
    expect(reveal(view, { x: 600, y: 50, width: 100, height: 50 }, room)).toEqual({
      scale: 1,
      x: -316,
      y: 0
    });
    expect(reveal(view, { x: 50, y: 50, width: 100, height: 50 }, room)).toEqual(view);
  });
});
