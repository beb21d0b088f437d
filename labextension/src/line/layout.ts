/** Where the nodes of a line stand and how its edges run: layers by the longest path, gates beside their stage; what passes a
 * layer runs in a lane beside the line, one for each stage that it comes from. Pure. */

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
  /** Whether another way leads there too: drawn faint, told only when one of its ends is looked at. */
  implied: boolean;
  path: string;
  labelX: number;
  labelY: number;
  /** Which part of its label stands at that place. */
  anchor: 'middle' | 'end';
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
/** Between two lanes, and between a lane and what it passes. */
const LANE = 16;
const BEND = 8;
/** Where lanes leave a stage, and where the first of them comes to one; the others come beside it. */
const LEAVES = 52;
const COMES = 10;
/** How far from a layer a wire runs that cannot come from the side. */
const TRACK = 11;

/** A stage with its gates. */
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
  const rows = orderedLayers(stations, links);
  place(rows, links);
  return drawn(rows, links, direction);
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

/** The layers with their stations in an order that keeps wires from crossing: a few sweeps of neighbours' means. */
function orderedLayers(stations: Station[], links: Link[]): Station[][] {
  const rows: Station[][] = [];
  stations.forEach(item => (rows[item.layer] ??= []).push(item));
  const near = nearBy(stations, links);
  for (let sweep = 0; sweep < 4; sweep++) {
    const forward = sweep % 2 === 0;
    for (const row of forward ? rows : [...rows].reverse()) {
      const rank = new Map(rows.flatMap(each => each.map((item, index) => [item, index] as const)));
      const wish = new Map(row.map(item => [item, mean(near(item, forward), item, each => rank.get(each)!)]));
      row.sort((a, b) => wish.get(a)! - wish.get(b)!);
    }
  }
  return rows;
}

/** The stations that one reads from, or that read from it: those in the next layer, where there are any. */
function nearBy(stations: Station[], links: Link[]): (item: Station, earlier: boolean) => Station[] {
  const byKey = new Map(stations.map(item => [item.key, item]));
  const [sources, targets] = (['source', 'target'] as const).map(end => {
    const other = end === 'source' ? 'target' : 'source';
    const found = new Map<Station, Station[]>(stations.map(item => [item, []]));
    links.forEach(link => found.get(byKey.get(link[other])!)!.push(byKey.get(link[end])!));
    return found;
  });
  return (item, earlier) => {
    const all = (earlier ? sources : targets).get(item)!;
    const next = all.filter(each => Math.abs(each.layer - item.layer) === 1);
    return next.length ? next : all;
  };
}

function mean(near: Station[], item: Station, value: (each: Station) => number): number {
  const all = near.length ? near : [item];
  return all.reduce((sum, each) => sum + value(each), 0) / all.length;
}

/** Gives each station a place across its layer: near its neighbours, without overlap, in its order. */
function place(rows: Station[][], links: Link[]): void {
  const near = nearBy(rows.flat(), links);
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
        row.map(item => mean(near(item, forward), item, each => each.centre))
      );
    }
  }
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
  // The layer moves as a whole to where its stations wish to be.
  const off = row.reduce((sum, item, i) => sum + item.centre - wishes[i], 0) / Math.max(1, row.length);
  row.forEach(item => (item.centre -= off));
}

function drawn(rows: Station[][], links: Link[], direction: Direction): Layout {
  const starts: number[] = [];
  let at = MARGIN;
  rows.forEach((row, layer) => {
    starts[layer] = at;
    at += Math.max(0, ...row.map(item => item.length)) + FLOW[direction];
  });
  const lanes = lanesOf(rows, links);
  const first =
    Math.min(0, ...rows.flat().map(item => item.centre - item.before), ...lanes.values()) - MARGIN;
  rows.flat().forEach(item => (item.centre -= first));
  lanes.forEach((across, key) => lanes.set(key, across - first));
  const boxes = new Map<string, Box>();
  for (const item of rows.flat()) {
    stationBoxes(item, starts[item.layer], item.centre - item.before, direction).forEach(box =>
      boxes.set(box.id, box)
    );
  }
  const byKey = new Map(rows.flat().map(item => [item.key, item]));
  const turns = turnsOf(links, lanes, byKey);
  const wires = links.map(link => {
    const [source, target] = [byKey.get(link.source)!, byKey.get(link.target)!];
    const implied = impliedLink(link, links);
    const lane = lanes.get(link.source);
    return isLong(source, target) && lane !== undefined
      ? inLane(
          { ...link, implied },
          rows,
          starts,
          [source, target],
          lane,
          turns.get(link.key) ?? 0,
          direction
        )
      : curved({ ...link, implied }, boxes, direction);
  });
  const all = [...boxes.values()];
  return {
    boxes,
    wires,
    width: Math.max(MARGIN, ...all.map(box => box.x + box.width)) + MARGIN,
    height: Math.max(MARGIN, ...all.map(box => box.y + box.height)) + MARGIN
  };
}

/** Whether a wire passes a layer. */
function isLong(source: Station, target: Station): boolean {
  return target.layer - source.layer > 1;
}

/** Which place beside others a wire out of a lane takes at its target: the nearest lane the first, so that none crosses another. */
function turnsOf(
  links: Link[],
  lanes: Map<string, number>,
  byKey: Map<string, Station>
): Map<string, number> {
  const long = links.filter(({ source, target }) => isLong(byKey.get(source)!, byKey.get(target)!));
  const taken = new Map<string, number>();
  const turns = new Map<string, number>();
  for (const { key, target } of long.sort((a, b) => lanes.get(b.source)! - lanes.get(a.source)!)) {
    turns.set(key, taken.get(target) ?? 0);
    taken.set(target, turns.get(key)! + 1);
  }
  return turns;
}

/** Where across the layers the lane of each stage runs from which a wire passes one: the longest outermost. */
function lanesOf(rows: Station[][], links: Link[]): Map<string, number> {
  const byKey = new Map(rows.flat().map(item => [item.key, item]));
  const last = new Map<Station, number>();
  for (const link of links) {
    const [source, target] = [byKey.get(link.source)!, byKey.get(link.target)!];
    if (isLong(source, target)) {
      last.set(source, Math.max(last.get(source) ?? 0, target.layer));
    }
  }
  const edge = rows.map(row => Math.min(...row.map(item => item.centre - item.before)));
  const lanes = new Map<string, number>();
  const byLength = [...last].sort(([a, endA], [b, endB]) => endA - a.layer - (endB - b.layer));
  for (const [source, end] of byLength) {
    const across = Math.min(...edge.slice(source.layer, end + 1)) - LANE;
    edge.fill(across, source.layer, end + 1);
    lanes.set(source.key, across);
  }
  return lanes;
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

type Plain = Link & { implied: boolean };

/** A wire from one layer to the next. */
function curved(link: Plain, boxes: Map<string, Box>, direction: Direction): Wire {
  const [fromX, fromY] = port(boxes.get(link.source)!, direction, true);
  const [toX, toY] = port(boxes.get(link.target)!, direction, false);
  const [middleX, middleY] = [(fromX + toX) / 2, (fromY + toY) / 2];
  const path =
    direction === 'right'
      ? `M ${fromX} ${fromY} C ${middleX} ${fromY} ${middleX} ${toY} ${toX} ${toY}`
      : `M ${fromX} ${fromY} C ${fromX} ${middleY} ${toX} ${middleY} ${toX} ${toY}`;
  return { ...link, path, labelX: middleX, labelY: middleY, anchor: 'middle' };
}

/** A wire that passes layers beside the line; all that leave one stage run in one lane until they turn off. */
function inLane(
  link: Plain,
  rows: Station[][],
  starts: number[],
  [source, target]: [Station, Station],
  lane: number,
  turn: number,
  direction: Direction
): Wire {
  const length = direction === 'right' ? STAGE.width : STAGE.height;
  const ends = Math.max(...rows[source.layer].map(item => item.length));
  // [along, across]; what stands behind another stage is left and reached between the layers
  const out: [number, number][] =
    rows[source.layer][0] === source
      ? [[starts[source.layer] + LEAVES, source.centre - source.before]]
      : [
          [starts[source.layer] + length, source.centre],
          [starts[source.layer] + ends + TRACK, source.centre]
        ];
  const into: [number, number][] =
    rows[target.layer][0] === target
      ? [[starts[target.layer] + Math.min(COMES + turn * LANE, length / 2), target.centre - target.before]]
      : [
          [starts[target.layer] - TRACK, target.centre - (2 + turn) * LANE],
          [starts[target.layer], target.centre - (2 + turn) * LANE]
        ];
  const leaves = out[out.length - 1][0];
  const comes = into[0][0];
  const points = [...out, [leaves, lane], [comes, lane], ...into].map(([along, across]) =>
    direction === 'right' ? ([along, across] as const) : ([across, along] as const)
  );
  const label =
    direction === 'right'
      ? { labelX: comes - LANE, labelY: lane - LANE, anchor: 'end' as const }
      : { labelX: lane - BEND, labelY: comes, anchor: 'end' as const };
  return { ...link, path: rounded(points), ...label };
}

/** A path along points with its corners rounded. */
function rounded(points: (readonly [number, number])[]): string {
  const towards = ([x, y]: readonly [number, number], [toX, toY]: readonly [number, number]) => {
    const far = Math.hypot(toX - x, toY - y) || 1;
    const reach = Math.min(BEND, far / 2) / far;
    return `${x + (toX - x) * reach} ${y + (toY - y) * reach}`;
  };
  const corners = points
    .slice(1, -1)
    .map(
      (point, index) =>
        `L ${towards(point, points[index])} Q ${point.join(' ')} ${towards(point, points[index + 2])}`
    );
  return [`M ${points[0].join(' ')}`, ...corners, `L ${points[points.length - 1].join(' ')}`].join(' ');
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
