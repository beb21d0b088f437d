import { describe, expect, it } from 'vitest';

import { bestLayout, type Box, layOut, longestPaths, neighbour } from '../src/line/layout';
import { edge, gate, stage } from './made';

const names = ['ingest', 'validate', 'features', 'train', 'evaluate'];
const nodes = [...names.map(name => stage(name)), gate('validate', 'data'), gate('evaluate', 'metrics')];
const edges = [
  edge('ingest', 'validate', 'raw'),
  edge('ingest', 'features', 'raw'),
  edge('validate', 'features', 'validated'),
  edge('validate/data', 'features', 'quarantine'),
  edge('features', 'train', 'features'),
  edge('features', 'evaluate', 'features'),
  edge('train', 'evaluate', 'candidate')
];

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Whether the straight parts of a path touch a box. */
function crosses(path: string, box: Box): boolean {
  const numbers = path.match(/-?[\d.]+/g)!.map(Number);
  const points = numbers.flatMap((value, index) => (index % 2 ? [] : [[value, numbers[index + 1]]]));
  return points.slice(1).some(([toX, toY], index) => {
    const [fromX, fromY] = points[index];
    return (
      Math.min(fromX, toX) < box.x + box.width &&
      Math.max(fromX, toX) > box.x &&
      Math.min(fromY, toY) < box.y + box.height &&
      Math.max(fromY, toY) > box.y
    );
  });
}

describe('longestPaths', () => {
  it('puts a node after the furthest of what it reads', () => {
    expect(longestPaths(names, edges).get('evaluate')).toBe(4);
  });

  it('comes to an end when edges make a circle', () => {
    const circle = [
      { source: 'a', target: 'b' },
      { source: 'b', target: 'a' }
    ];
    expect([...longestPaths(['a', 'b'], circle).values()].sort()).toEqual([0, 1]);
  });
});

describe.each(['right', 'down'] as const)('layOut to the %s', direction => {
  const layout = layOut(nodes, edges, direction);
  const boxes = [...layout.boxes.values()];

  it('gives each node a box within the drawing and none over another', () => {
    expect(boxes).toHaveLength(nodes.length);
    boxes.forEach((box, index) => {
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.y).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(layout.width);
      expect(box.y + box.height).toBeLessThanOrEqual(layout.height);
      boxes
        .slice(index + 1)
        .forEach(other => expect(overlap(box, other), `${box.id} on ${other.id}`).toBe(false));
    });
  });

  it('joins the edges between two stages in one wire and tells which ways are implied', () => {
    const wires = new Map(layout.wires.map(wire => [wire.key, wire]));
    expect(wires.get('validate→features')?.edges.map(each => each.asset)).toEqual([
      'validated',
      'quarantine'
    ]);
    expect(wires.get('ingest→features')?.implied).toBe(true);
    expect(wires.get('ingest→validate')?.implied).toBe(false);
  });

  it('leads what passes a layer beside the line, all from one stage in one lane', () => {
    const wide = [...edges, edge('ingest', 'train', 'labels'), edge('ingest', 'evaluate', 'labels')];
    const { boxes: at, wires } = layOut(nodes, wide, direction);
    const lanes = wires.filter(wire => wire.anchor === 'end');
    expect(lanes.map(wire => wire.key).sort()).toEqual([
      'features→evaluate',
      'ingest→evaluate',
      'ingest→features',
      'ingest→train'
    ]);
    for (const { key, source, target, path } of lanes) {
      const passed = [...at.values()].filter(box => ![source, target].includes(box.id));
      passed.forEach(box => expect(crosses(path, box), `${key} over ${box.id}`).toBe(false));
    }
    const from = (key: string) => lanes.find(wire => wire.key === key)!;
    const [x, y] = direction === 'right' ? ['labelY', 'labelX'] : (['labelX', 'labelY'] as const);
    expect(from('ingest→train')[x as 'labelX']).toBe(from('ingest→evaluate')[x as 'labelX']);
    expect(from('ingest→evaluate')[y as 'labelY']).not.toBe(from('features→evaluate')[y as 'labelY']);
  });

  it('is the same each time', () => {
    expect(layOut(nodes, edges, direction)).toEqual(layout);
  });
});

describe('bestLayout', () => {
  it('runs down in a tall room and to the right in a wide one', () => {
    const tall = bestLayout({ nodes, edges }, 500, 1200);
    const wide = bestLayout({ nodes, edges }, 2400, 300);
    expect(tall.height).toBeGreaterThan(tall.width);
    expect(wide.width).toBeGreaterThan(wide.height);
  });

  it('stands a graph without edges, and one without nodes', () => {
    expect(bestLayout({ nodes, edges: [] }, 800, 600).boxes.size).toBe(nodes.length);
    expect(bestLayout({ nodes: [], edges: [] }, 800, 600).boxes.size).toBe(0);
  });

  it('lays out two hundred stages', () => {
    const many = Array.from({ length: 200 }, (_, index) => stage(`s${index}`));
    const chain = many.slice(1).map((_, index) => edge(`s${index}`, `s${index + 1}`));
    const skips = many.slice(5).map((_, index) => edge(`s${index}`, `s${index + 5}`));
    expect(layOut(many, [...chain, ...skips], 'right').boxes.size).toBe(200);
  }, 10_000);
});

describe('neighbour', () => {
  const layout = layOut(nodes, edges, 'right');

  it('walks along the line and to the gate of a stage', () => {
    expect(neighbour(layout, 'ingest', 'ArrowRight')).toBe('validate');
    expect(neighbour(layout, 'validate', 'ArrowDown')).toBe('validate/data');
    expect(neighbour(layout, 'validate/data', 'ArrowUp')).toBe('validate');
  });

  it('stays where there is nothing on that side', () => {
    expect(neighbour(layout, 'ingest', 'ArrowLeft')).toBe('ingest');
  });

  it('reaches every node from the first', () => {
    const seen = new Set(['ingest']);
    for (const id of seen) {
      ['ArrowRight', 'ArrowDown', 'ArrowUp', 'ArrowLeft'].forEach(key =>
        seen.add(neighbour(layout, id, key))
      );
    }
    expect(seen.size).toBe(nodes.length);
  });
});
