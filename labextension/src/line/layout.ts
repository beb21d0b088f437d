/** Where the nodes of a line stand and how its edges run: layers by the longest path, gates beside their stage. Pure. */

import type { Edge, GateNode, LineGraph, StageNode } from '../models';

export type Direction = 'right' | 'down';

export interface Box {
  id: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Wire {
  key: string;
  source: string;
  target: string;
  edges: Edge[];
  /** Whether another way leads there too: drawn thin, told only when one of its ends is looked at. */
  implied: boolean;
  path: string;
  labelX: number;
  labelY: number;
}

export interface Layout {
  boxes: Map<string, Box>;
  wires: Wire[];
  width: number;
  height: number;
}

const STAGE = { width: 184, height: 70 };
const GATE = { width: 150, height: 38 };
const GATE_GAP = 6;
/** How many gates stand under each other beside a stage, where the line runs down. */
const GATES_DEEP = 2;
const MARGIN = 24;
const GAP = 22;
/** Between two layers: room for what flows. */
const FLOW = { right: 128, down: 48 };

/** A stage with its gates, or a bend of a wire that passes a layer. */
interface Station {
  key: string;
  layer: number;
  length: number;
  /** Where its wires meet it, across the layer, and how far it reaches to both sides of there. */
  centre: number;
  before: number;
  after: number;
  gates: string[];
}

/** The layout of a graph in one direction. */
export function layOut(nodes: (StageNode | GateNode)[], edges: Edge[], direction: Direction): Layout {
  const stages = nodes.filter((node): node is StageNode => node.kind === 'stage');
  const gates = nodes.filter((node): node is GateNode => node.kind === 'gate');
  const home = new Map<string, string>(stages.map(stage => [stage.id, stage.id]));
  for (const gate of gates) {
    const owner = stages.find(stage => stage.stage === gate.stage);
    home.set(gate.id, owner ? owner.id : gate.id);
  }
  const roots = [...new Set(home.values())];
  const links = linksBetween(edges, home);
  const layers = longestPaths(roots, links);
  const stations = roots.map(key =>
    station(
      key,
      layers.get(key) ?? 0,
      gates.filter(gate => home.get(gate.id) === key && gate.id !== key),
      direction
    )
  );
  const chains = withBends(stations, links, layers);
  const rows = orderedLayers(stations, chains);
  place(rows, chains);
  return drawn(rows, chains, links, direction, layers);
}

interface Link {
  key: string;
  source: string;
  target: string;
  edges: Edge[];
}

function linksBetween(edges: Edge[], home: Map<string, string>): Link[] {
  const links = new Map<string, Link>();
  for (const edge of edges) {
    const source = home.get(edge.source);
    const target = home.get(edge.target);
    if (!source || !target || source === target) {
      continue;
    }
    const key = `${source}→${target}`;
    const link = links.get(key) ?? { key, source, target, edges: [] };
    link.edges.push(edge);
    links.set(key, link);
  }
  return [...links.values()];
}

/** The layer of each node: one more than the furthest of what it reads; edges that close a circle are left out. */
export function longestPaths(
  names: string[],
  links: { source: string; target: string }[]
): Map<string, number> {
  const before = new Map<string, string[]>(names.map(name => [name, []]));
  for (const { source, target } of links) {
    before.get(target)?.push(source);
  }
  const layers = new Map<string, number>();
  const open = new Set<string>();
  const visit = (name: string): number => {
    const known = layers.get(name);
    if (known !== undefined) {
      return known;
    }
    open.add(name);
    const reached = (before.get(name) ?? [])
      .filter(source => before.has(source) && !open.has(source))
      .map(visit);
    open.delete(name);
    const layer = reached.length ? Math.max(...reached) + 1 : 0;
    layers.set(name, layer);
    return layer;
  };
  names.forEach(visit);
  return layers;
}

function station(key: string, layer: number, gates: GateNode[], direction: Direction): Station {
  const beside = gates.length;
  const deep = Math.min(beside, GATES_DEEP) * (GATE.height + GATE_GAP);
  const ids = gates.map(gate => gate.id);
  return direction === 'right'
    ? {
        key,
        layer,
        length: STAGE.width,
        centre: 0,
        before: STAGE.height / 2,
        after: STAGE.height / 2 + beside * (GATE.height + GATE_GAP),
        gates: ids
      }
    : {
        key,
        layer,
        length: Math.max(STAGE.height, deep),
        centre: 0,
        before: STAGE.width / 2,
        after: STAGE.width / 2 + Math.ceil(beside / GATES_DEEP) * (GATE.width + GATE_GAP) + (beside ? 8 : 0),
        gates: ids
      };
}

/** The stations that each wire passes, with bends in the layers that it only crosses. */
function withBends(stations: Station[], links: Link[], layers: Map<string, number>) {
  const byKey = new Map(stations.map(item => [item.key, item]));
  const chains = new Map<string, Station[]>();
  for (const link of links) {
    const from = layers.get(link.source) ?? 0;
    const to = layers.get(link.target) ?? 0;
    const chain = [byKey.get(link.source)!];
    for (let layer = from + 1; layer < to; layer++) {
      chain.push({
        key: `${link.key}#${layer}`,
        layer,
        length: 0,
        centre: 0,
        before: 7,
        after: 7,
        gates: []
      });
    }
    chain.push(byKey.get(link.target)!);
    chains.set(link.key, chain);
  }
  return chains;
}

/** The layers with their stations in an order that keeps wires from crossing: a few sweeps of neighbours' means. */
function orderedLayers(stations: Station[], chains: Map<string, Station[]>): Station[][] {
  const rows: Station[][] = [];
  const all = new Set<Station>([...stations, ...[...chains.values()].flat()]);
  for (const item of all) {
    (rows[item.layer] ??= []).push(item);
  }
  for (let sweep = 0; sweep < 4; sweep++) {
    const forward = sweep % 2 === 0;
    const order = forward ? rows : [...rows].reverse();
    for (const row of order) {
      const rank = new Map(rows.flatMap(each => each.map((item, index) => [item, index] as const)));
      const wish = new Map(row.map(item => [item, meanRank(item, chains, rank, forward)]));
      row.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0));
    }
  }
  return rows;
}

function neighbours(item: Station, chains: Map<string, Station[]>, earlier: boolean): Station[] {
  const found: Station[] = [];
  for (const chain of chains.values()) {
    const at = chain.indexOf(item);
    const next = at < 0 ? undefined : chain[at + (earlier ? -1 : 1)];
    if (next) {
      found.push(next);
    }
  }
  return found;
}

function meanRank(
  item: Station,
  chains: Map<string, Station[]>,
  rank: Map<Station, number>,
  earlier: boolean
) {
  const near = neighbours(item, chains, earlier);
  const ranks = (near.length ? near : [item]).map(each => rank.get(each) ?? 0);
  return ranks.reduce((sum, value) => sum + value, 0) / ranks.length;
}

/** Gives each station a place across its layer: near its neighbours, without overlap, in its order. */
function place(rows: Station[][], chains: Map<string, Station[]>): void {
  for (const row of rows) {
    let at = 0;
    for (const item of row) {
      item.centre = at + item.before;
      at += item.before + item.after + GAP;
    }
    const shift = (at - GAP) / 2;
    row.forEach(item => (item.centre -= shift));
  }
  for (let sweep = 0; sweep < 6; sweep++) {
    const forward = sweep % 2 === 0;
    for (const row of forward ? rows : [...rows].reverse()) {
      spread(
        row,
        row.map(item => wish(item, neighbours(item, chains, forward)))
      );
    }
  }
}

/** Where a station would like to be: in the middle of its neighbours, where a stage looks at stages before bends. */
function wish(item: Station, near: Station[]): number {
  const stages = item.length ? near.filter(each => each.length) : [];
  const guides = stages.length ? stages : near;
  return guides.length ? guides.reduce((sum, each) => sum + each.centre, 0) / guides.length : item.centre;
}

/** Moves stations towards their wishes as far as the order and the gaps between them allow. */
function spread(row: Station[], wishes: number[]): void {
  const least = (a: Station, b: Station) => a.after + b.before + GAP;
  const pushed = [...wishes];
  for (let i = 1; i < row.length; i++) {
    pushed[i] = Math.max(pushed[i], pushed[i - 1] + least(row[i - 1], row[i]));
  }
  const drawnBack = [...wishes];
  for (let i = row.length - 2; i >= 0; i--) {
    drawnBack[i] = Math.min(drawnBack[i], drawnBack[i + 1] - least(row[i], row[i + 1]));
  }
  row.forEach((item, i) => (item.centre = (pushed[i] + drawnBack[i]) / 2));
  for (let i = 1; i < row.length; i++) {
    row[i].centre = Math.max(row[i].centre, row[i - 1].centre + least(row[i - 1], row[i]));
  }
  // Stages come before bends: the layer moves as a whole to where its stages wish to be.
  const stages = row.map((item, i) => [item, wishes[i]] as const).filter(([item]) => item.length > 0);
  const off = stages.reduce((sum, [item, wish]) => sum + item.centre - wish, 0) / Math.max(1, stages.length);
  row.forEach(item => (item.centre -= off));
}

function drawn(
  rows: Station[][],
  chains: Map<string, Station[]>,
  links: Link[],
  direction: Direction,
  layers: Map<string, number>
): Layout {
  const first = Math.min(0, ...rows.flat().map(item => item.centre - item.before));
  const starts: number[] = [];
  const lengths = rows.map(row => Math.max(0, ...row.map(item => item.length)));
  let at = MARGIN;
  lengths.forEach((length, layer) => {
    starts[layer] = at;
    at += length + FLOW[direction];
  });
  const boxes = new Map<string, Box>();
  for (const item of rows.flat().filter(each => layers.has(each.key))) {
    const across = item.centre - item.before - first + MARGIN;
    stationBoxes(item, starts[item.layer], across, direction).forEach(box => boxes.set(box.id, box));
  }
  const points = new Map<string, [number, number][]>();
  for (const [key, chain] of chains) {
    points.set(
      key,
      chain.flatMap((item, index) => {
        const box = boxes.get(item.key);
        return box
          ? [port(box, direction, index === 0)]
          : bend(item.centre - first + MARGIN, starts[item.layer], lengths[item.layer], direction);
      })
    );
  }
  const wires = links.map(link =>
    wire(link, points.get(link.key) ?? [], direction, impliedLink(link, links))
  );
  const all = [...boxes.values()];
  return {
    boxes,
    wires,
    width:
      Math.max(MARGIN, ...all.map(box => box.x + box.width), ...[...points.values()].flat().map(p => p[0])) +
      MARGIN,
    height:
      Math.max(MARGIN, ...all.map(box => box.y + box.height), ...[...points.values()].flat().map(p => p[1])) +
      MARGIN
  };
}

function stationBoxes(item: Station, along: number, across: number, direction: Direction): Box[] {
  const stage =
    direction === 'right'
      ? { id: item.key, x: along, y: across, ...STAGE }
      : { id: item.key, x: across, y: along, ...STAGE };
  const gates = item.gates.map((id, index) =>
    direction === 'right'
      ? {
          id,
          x: along + (STAGE.width - GATE.width) / 2,
          y: across + STAGE.height + GATE_GAP + index * (GATE.height + GATE_GAP),
          ...GATE
        }
      : {
          id,
          x: across + STAGE.width + 14 + Math.floor(index / GATES_DEEP) * (GATE.width + GATE_GAP),
          y: along + (index % GATES_DEEP) * (GATE.height + GATE_GAP),
          ...GATE
        }
  );
  return [stage, ...gates];
}

function port(box: Box, direction: Direction, leaving: boolean): [number, number] {
  return direction === 'right'
    ? [box.x + (leaving ? box.width : 0), box.y + box.height / 2]
    : [box.x + box.width / 2, box.y + (leaving ? box.height : 0)];
}

function bend(across: number, start: number, length: number, direction: Direction): [number, number][] {
  return direction === 'right'
    ? [
        [start, across],
        [start + length, across]
      ]
    : [
        [across, start],
        [across, start + length]
      ];
}

function wire(link: Link, points: [number, number][], direction: Direction, implied: boolean): Wire {
  const [x, y] = points[0] ?? [0, 0];
  const path = points.slice(1).reduce((text, [toX, toY], index) => {
    const [fromX, fromY] = points[index];
    const middle = direction === 'right' ? (fromX + toX) / 2 : (fromY + toY) / 2;
    return direction === 'right'
      ? `${text} C ${middle} ${fromY} ${middle} ${toY} ${toX} ${toY}`
      : `${text} C ${fromX} ${middle} ${toX} ${middle} ${toX} ${toY}`;
  }, `M ${x} ${y}`);
  const half = Math.floor((points.length - 1) / 2);
  const [fromX, fromY] = points[half] ?? [x, y];
  const [toX, toY] = points[half + 1] ?? [x, y];
  return { ...link, implied, path, labelX: (fromX + toX) / 2, labelY: (fromY + toY) / 2 };
}

/** Whether a longer way leads from the source of a link to its target. */
function impliedLink(link: Link, links: Link[]): boolean {
  const seen = new Set<string>();
  const queue = links
    .filter(each => each.source === link.source && each.key !== link.key)
    .map(each => each.target);
  while (queue.length) {
    const name = queue.pop()!;
    if (name === link.target) {
      return true;
    }
    if (!seen.has(name)) {
      seen.add(name);
      queue.push(...links.filter(each => each.source === name).map(each => each.target));
    }
  }
  return false;
}

/** The scale at which a layout fits into a room, never larger than life. */
export function fitScale(layout: Layout, width: number, height: number): number {
  return Math.min(1, width / layout.width, height / layout.height);
}

/** The layout that is larger in a room, of both directions. */
export function bestLayout(graph: Pick<LineGraph, 'nodes' | 'edges'>, width: number, height: number): Layout {
  const [right, down] = (['right', 'down'] as const).map(way => layOut(graph.nodes, graph.edges, way));
  return fitScale(down, width, height) >= fitScale(right, width, height) ? down : right;
}

/** The node that an arrow key leads to: the nearest one on that side. */
export function neighbour(layout: Layout, from: string, key: string): string {
  const start = layout.boxes.get(from);
  const [dx, dy] = (
    { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Record<
      string,
      number[]
    >
  )[key] ?? [0, 0];
  if (!start || (!dx && !dy)) {
    return from;
  }
  const middle = (box: Box) => [box.x + box.width / 2, box.y + box.height / 2];
  const [startX, startY] = middle(start);
  let best = from;
  let least = Infinity;
  for (const box of layout.boxes.values()) {
    const [x, y] = middle(box);
    const ahead = (x - startX) * dx + (y - startY) * dy;
    const aside = Math.abs((x - startX) * dy) + Math.abs((y - startY) * dx);
    const cost = ahead + 2 * aside;
    if (ahead > 1 && cost < least) {
      best = box.id;
      least = cost;
    }
  }
  return best;
}
