/** The drawing of a line: stages, gates and what flows between them, with one tab stop and arrow keys. */

import * as React from 'react';

import type { GateNode, LineGraph, StageNode } from '../models';
import { figure } from '../moments';
import { glyph } from '../status';
import type { Workbench } from '../workbench';
import { type Box, type Layout, neighbour, type Wire } from './layout';
import { type Size, type Viewport, zoom } from './viewport';
import { cut, Text } from './text';
import { edgeLines, gateLabel, leadingCheck, stageLabel, stageRows, stageState } from './words';

export interface DrawingProps {
  bench: Workbench;
  graph: LineGraph;
  layout: Layout;
  room: Size;
  selected: string;
  view: Viewport;
  onView: (view: Viewport) => void;
  onFit: () => void;
  onSelect: (id: string) => void;
  onOpen: (id: string) => void;
  onMenu: (id: string, x: number, y: number) => void;
}

const STEP = 1.2;
const KEYS: Record<string, number> = { '+': STEP, '=': STEP, '-': 1 / STEP };

export function Drawing(props: DrawingProps): JSX.Element {
  const { bench, graph, layout, room, selected, view, onView, onFit, onSelect, onOpen, onMenu } = props;
  const { trans } = bench;
  const frame = React.useRef<SVGSVGElement>(null);
  const last = React.useRef('');
  last.current = selected || last.current;
  const current = layout.boxes.has(last.current) ? last.current : (graph.nodes[0]?.id ?? '');
  const [pointed, setPointed] = React.useState('');
  const arrow = React.useId(); // of this view alone: a marker in a hidden one is not drawn
  const isNear = ({ source, target }: Wire) =>
    [selected, pointed].some(id => id && [source, target].includes(ownerOf(id, graph)));
  // What is looked at is drawn over what is not.
  const wires = [...layout.wires.filter(wire => !isNear(wire)), ...layout.wires.filter(isNear)];

  // React listens to the wheel passively, which could not keep the page from scrolling.
  React.useEffect(() => {
    const svg = frame.current;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const rect = svg!.getBoundingClientRect();
      onView(
        event.ctrlKey || event.metaKey
          ? zoom(view, Math.exp(-event.deltaY / 300), event.clientX - rect.left, event.clientY - rect.top)
          : { ...view, x: view.x - event.deltaX, y: view.y - event.deltaY }
      );
    };
    svg?.addEventListener('wheel', onWheel, { passive: false });
    return () => svg?.removeEventListener('wheel', onWheel);
  });

  const walk = (to: string) => {
    onSelect(to);
    frame.current?.querySelector<SVGGElement>(`[data-id="${CSS.escape(to)}"]`)?.focus();
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const id = (event.target as Element).getAttribute('data-id') ?? current;
    if (event.key.startsWith('Arrow')) {
      walk(neighbour(layout, id, event.key));
    } else if (event.key === 'Home' || event.key === 'End') {
      walk(graph.nodes[event.key === 'Home' ? 0 : graph.nodes.length - 1]?.id ?? id);
    } else if (event.key === 'Enter' || event.key === ' ') {
      onOpen(id);
    } else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
      const rect = (event.target as Element).getBoundingClientRect();
      onMenu(id, rect.left + 8, rect.bottom);
    } else if (event.key in KEYS) {
      onView(zoom(view, KEYS[event.key], room.width / 2, room.height / 2));
    } else if (event.key === '0') {
      onFit();
    } else if (event.key === 'Escape' && selected) {
      onSelect('');
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <svg
      ref={frame}
      className="jp-aifactory-drawing"
      role="group"
      aria-label={trans.__('Line %1 of %2: arrow keys walk, Enter opens', graph.line, graph.pipeline)}
      width={room.width}
      height={room.height}
      onKeyDown={onKeyDown}
      onPointerDown={event => dragged(event, view, onView)}
      onContextMenu={event => {
        const id = (event.target as Element).closest('[data-id]')?.getAttribute('data-id');
        if (id) {
          event.preventDefault();
          event.stopPropagation();
          onSelect(id);
          onMenu(id, event.clientX, event.clientY);
        }
      }}
    >
      <defs>
        <marker id={arrow} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path className="jp-aifactory-arrowhead" d="M0 0 L8 4 L0 8 z" />
        </marker>
      </defs>
      <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>
        {wires.map(wire => (
          <WireShape key={wire.key} wire={wire} bench={bench} arrow={arrow} near={isNear(wire)} />
        ))}
        {graph.nodes.map(node => {
          const box = layout.boxes.get(node.id);
          return (
            box && (
              <g
                key={node.id}
                className={`jp-aifactory-node jp-aifactory-${node.kind}`}
                data-id={node.id}
                data-status={node.status}
                data-stale={node.kind === 'stage' && !!node.stale}
                role="button"
                tabIndex={node.id === current ? 0 : -1}
                aria-label={node.kind === 'stage' ? stageLabel(node, trans) : gateLabel(node, trans)}
                aria-pressed={node.id === selected}
                transform={`translate(${box.x} ${box.y})`}
                onClick={() => {
                  onSelect(node.id);
                  onOpen(node.id);
                }}
                onFocus={event =>
                  // By the keyboard only: what a pressed pointer selects would move before it is let go, and no click come.
                  node.id !== selected && event.currentTarget.matches(':focus-visible') && onSelect(node.id)
                }
                onPointerEnter={() => setPointed(node.id)}
                onPointerLeave={() => setPointed('')}
              >
                {node.kind === 'stage' ? (
                  <StageShape node={node} box={box} bench={bench} />
                ) : (
                  <GateShape node={node} box={box} bench={bench} />
                )}
              </g>
            )
          );
        })}
      </g>
    </svg>
  );
}

/** The stage that a node belongs to: wires lead from stage to stage. */
function ownerOf(id: string, graph: LineGraph): string {
  const node = graph.nodes.find(each => each.id === id);
  return node?.kind === 'gate' ? node.stage : id;
}

/** Moves the drawing with the pointer; a press without a move stays a click. */
function dragged(
  event: React.PointerEvent<SVGSVGElement>,
  view: Viewport,
  onView: (view: Viewport) => void
): void {
  if (event.button !== 0 || (event.target as Element).closest('[data-id]')) {
    return;
  }
  const frame = event.currentTarget;
  const { clientX, clientY, pointerId } = event;
  frame.setPointerCapture(pointerId);
  const onMove = (move: PointerEvent) =>
    onView({ ...view, x: view.x + move.clientX - clientX, y: view.y + move.clientY - clientY });
  frame.addEventListener('pointermove', onMove);
  frame.addEventListener('lostpointercapture', () => frame.removeEventListener('pointermove', onMove), {
    once: true
  });
}

/** Room for the mark of a stage that is stale, and for what flows. */
const STALE = 50;
const FLOWING = 160;

function StageShape({ node, box, bench }: { node: StageNode; box: Box; bench: Workbench }): JSX.Element {
  const { trans } = bench;
  const state = stageState(node, trans);
  const rows = stageRows(node, trans);
  const done = node.status === 'running' && node.cells ? (node.cell ?? 0) / node.cells : 0;
  return (
    <>
      <title>{[node.summary, node.message, node.stale].filter(Boolean).join('\n')}</title>
      <rect className="jp-aifactory-shape" width={box.width} height={box.height} rx="6" />
      <text className="jp-aifactory-sign" data-status={node.status} x="12" y="23">
        {glyph(node.status)}
      </text>
      <Text className="jp-aifactory-strong" x="32" y="22" width={box.width - 40 - (node.stale ? STALE : 0)}>
        {node.stage}
      </Text>
      <Text x="12" y="41" width={box.width - 24}>
        {state}
      </Text>
      <Text className="jp-aifactory-quiet" x="12" y="58" width={box.width - 24}>
        {rows || firstMetric(node)}
      </Text>
      {node.stale && (
        <text className="jp-aifactory-stale" x={box.width - 10} y="22" textAnchor="end">
          {trans.__('%1 stale', glyph('stale'))}
        </text>
      )}
      {node.status === 'running' && (
        <g className="jp-aifactory-bar">
          <rect x="12" y={box.height - 6} width={box.width - 24} height="3" rx="1.5" />
          <rect
            className="jp-aifactory-done"
            x="12"
            y={box.height - 6}
            width={(box.width - 24) * done}
            height="3"
            rx="1.5"
          />
        </g>
      )}
    </>
  );
}

function firstMetric(node: StageNode): string {
  const [name, value] = Object.entries(node.metrics).find(([, found]) => found !== null) ?? ['', null];
  return name ? `${name} ${figure(value)}` : '';
}

/** A gate is a hexagon: what goes on passes through it. */
function GateShape({ node, box, bench }: { node: GateNode; box: Box; bench: Workbench }): JSX.Element {
  const { width, height } = box;
  const corner = 12;
  const room = width - 14 - corner;
  const points = [
    [corner, 0],
    [width - corner, 0],
    [width, height / 2],
    [width - corner, height],
    [corner, height],
    [0, height / 2]
  ];
  return (
    <>
      <title>
        {[
          gateLabel(node, bench.trans),
          ...node.checks.map(check => `${check.name}: ${check.value} / ${check.limit}`)
        ].join('\n')}
      </title>
      <polygon className="jp-aifactory-shape" points={points.map(point => point.join(',')).join(' ')} />
      <text className="jp-aifactory-sign" data-status={node.status} x="14" y="16">
        {glyph(node.status)}
      </text>
      <Text className="jp-aifactory-strong" x="31" y="16" width={width - 31 - corner}>
        {node.name}
      </Text>
      <Text className="jp-aifactory-quiet" x="14" y="30" width={room}>
        {leadingCheck(node, text => cut(text, 'jp-aifactory-quiet', room) === text)}
      </Text>
    </>
  );
}

/** What flows, with the version and the rows of the first table; a wire that goes the long way speaks when asked. */
function WireShape(props: { wire: Wire; bench: Workbench; arrow: string; near: boolean }): JSX.Element {
  const { wire, bench, arrow, near } = props;
  const { trans } = bench;
  const known = wire.edges.find(edge => edge.rows) ?? wire.edges.find(edge => edge.version) ?? wire.edges[0];
  const lines = wire.anchor === 'end' ? [edgeLines(known, trans).join(', ')] : edgeLines(known, trans);
  if (wire.edges.length > 1) {
    lines[0] = trans.__('%1 and %2 more', edgeLines(known, trans)[0], wire.edges.length - 1);
  }
  return (
    <g className="jp-aifactory-wire" data-near={near} data-implied={wire.implied}>
      <title>{wire.edges.map(edge => edgeLines(edge, trans).join(', ')).join('\n')}</title>
      <path d={wire.path} markerEnd={`url(#${arrow})`} />
      {(!wire.implied || near) && (
        <text textAnchor={wire.anchor} x={wire.labelX} y={wire.labelY - (lines.length - 1) * 7}>
          {lines.map((line, index) => (
            <tspan key={line} x={wire.labelX} dy={index ? 14 : 4}>
              {cut(line, 'jp-aifactory-quiet', FLOWING)}
            </tspan>
          ))}
        </text>
      )}
    </g>
  );
}
