/** The line view: the head with what can be chosen and done, the drawing, and the inspector beside it. */

import * as React from 'react';

import { onPage } from '../advice';
import type { Line, LineGraph } from '../models';
import { duration, localTime, secondsBetween, share } from '../moments';
import { Empty, Glyph, Progress, useNow } from '../panel/parts';
import { atWorkText } from '../panel/runs';
import { isCopy, productOf } from '../state';
import { atWork, statusWord, wentWrong } from '../status';
import type { Workbench } from '../workbench';
import { lineActions } from './actions';
import { Drawing } from './drawing';
import type { LinePlace } from './follow';
import { Inspector } from './inspector';
import { bestLayout } from './layout';
import { Branches, Windows } from './places';
import { firstView, fit, reveal, type Size, type Viewport, zoom } from './viewport';

export interface LineViewProps {
  bench: Workbench;
  place: LinePlace;
  graph: LineGraph | null;
  problem: string;
  selected: string;
  onPlace: (place: LinePlace) => void;
  onSelect: (id: string) => void;
  onOpen: (id: string) => void;
  onMenu: (id: string, x: number, y: number) => void;
  onAgain: () => void;
}

export function LineView(props: LineViewProps): JSX.Element {
  const { bench, place, graph, problem, selected, onPlace, onSelect } = props;
  const { trans } = bench;
  const [room, setRoom] = React.useState<Size>({ width: 800, height: 500 });
  const [view, setView] = React.useState<Viewport | null>(null);
  const canvas = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry.contentRect;
      setRoom({ width: Math.max(50, width), height: Math.max(50, height) });
    });
    canvas.current && observer.observe(canvas.current);
    return () => observer.disconnect();
  }, [graph === null]);
  const shape =
    graph && JSON.stringify([graph.nodes.map(node => node.id), graph.edges.map(e => [e.source, e.target])]);
  const layout = React.useMemo(
    () => graph && bestLayout(graph, room.width, room.height),
    [shape, room.width, room.height]
  );
  const withRows = layout &&
    graph && {
      ...layout,
      wires: layout.wires.map(wire => ({ ...wire, edges: flows(wire.key, graph) ?? wire.edges }))
    };
  const seen =
    view ??
    (withRows ? firstView(withRows, room, withRows.boxes.get(centre(graph))) : { scale: 1, x: 0, y: 0 });
  const node = graph?.nodes.find(each => each.id === selected);
  const isClosing = React.useRef(false);
  const close = () => {
    isClosing.current = true; // to look at a stage is to be told of it, but not now
    canvas.current?.querySelector<SVGGElement>(`[data-id="${CSS.escape(selected)}"]`)?.focus();
    isClosing.current = false;
    onSelect('');
  };
  React.useEffect(() => {
    // What is told of a stage takes room: the stage itself shall stay in sight.
    const box = withRows?.boxes.get(selected);
    const moved = box && reveal(seen, box, room);
    if (moved && (moved.x !== seen.x || moved.y !== seen.y)) {
      setView(moved);
    }
  }, [selected, room.width, room.height, layout]);
  return (
    <div className="jp-aifactory-lineview">
      <Head {...props} />
      {problem && (
        <Empty
          problem
          action={openSpecification(bench, place) ?? { label: trans.__('Try again'), onClick: props.onAgain }}
        >
          {graph
            ? trans.__('%1 What is shown is from before.', problem.replace(/([^.!?])$/, '$1.'))
            : problem}
        </Empty>
      )}
      {graph && graph.windows.length > 0 && (
        <Windows
          bench={bench}
          places={graph.windows}
          selected={graph.window}
          onSelect={window => onPlace({ ...place, run: graph.run?.run, window })}
        />
      )}
      {graph && graph.branches.length > 0 && (
        <Branches
          bench={bench}
          places={graph.branches}
          selected={graph.branch}
          onSelect={branch => onPlace({ ...place, run: graph.run?.run, branch })}
        />
      )}
      {!graph && !problem && <Empty>{trans.__('Reading the line…')}</Empty>}
      {graph && withRows && (
        <div className="jp-aifactory-floor">
          <div className="jp-aifactory-canvas" ref={canvas}>
            <Drawing
              bench={bench}
              graph={graph}
              layout={withRows}
              room={room}
              selected={selected}
              view={seen}
              onView={setView}
              onFit={() => setView(fit(withRows, room))}
              onSelect={id => isClosing.current || onSelect(id)}
              onOpen={props.onOpen}
              onMenu={props.onMenu}
            />
            <ZoomButtons
              bench={bench}
              view={seen}
              room={room}
              onView={setView}
              onFit={() => setView(fit(withRows, room))}
            />
          </div>
          {node && <Inspector bench={bench} graph={graph} node={node} onClose={close} />}
        </div>
      )}
    </div>
  );
}

/** To the file that has to be mended; the line is read again when it has been saved. */
function openSpecification({ model, trans, commands }: Workbench, place: LinePlace) {
  const own = model.factory?.pipelines.find(({ name }) => name === productOf(place.pipeline));
  return own?.problem && own.path
    ? {
        label: trans.__('Open pipeline.toml'),
        onClick: () => void commands.execute('aifactory:open-file', { path: own.path })
      }
    : undefined;
}

/** The node that is looked at first: the one at work, else the one that went wrong, else the first. */
function centre(graph: LineGraph | null): string {
  const nodes = graph?.nodes ?? [];
  const found =
    nodes.find(node => atWork(node.status)) ?? nodes.find(node => wentWrong(node.status)) ?? nodes[0];
  return found?.id ?? '';
}

/** The edges of a wire as they are now: a layout is kept for as long as its shape is the same. */
function flows(key: string, graph: LineGraph) {
  const home = new Map(graph.nodes.map(node => [node.id, node.stage]));
  const found = graph.edges.filter(edge => `${home.get(edge.source)}→${home.get(edge.target)}` === key);
  return found.length ? found : null;
}

function Head({ bench, place, graph, onPlace }: LineViewProps): JSX.Element {
  const { model, trans, commands } = bench;
  const run = graph?.run ?? null;
  const working = run?.status === 'running';
  const now = useNow(() => model.now(), working);
  const runs = (model.factory?.runs ?? []).filter(
    each => each.pipeline === place.pipeline && each.line === place.line
  );
  return (
    <div className="jp-aifactory-linehead">
      <div className="jp-aifactory-row">
        <strong className="jp-aifactory-title">{place.pipeline}</strong>
        <label>
          <span className="jp-aifactory-unseen">{trans.__('Line')}</span>
          <select
            value={place.line}
            onChange={event => onPlace({ pipeline: place.pipeline, line: event.target.value as Line })}
          >
            <option value="build">{trans.__('build')}</option>
            <option value="operate">{trans.__('operate')}</option>
          </select>
        </label>
        <label>
          <span className="jp-aifactory-unseen">{trans.__('Run')}</span>
          <select
            value={place.run ?? ''}
            onChange={event =>
              onPlace({ pipeline: place.pipeline, line: place.line, run: event.target.value })
            }
          >
            <option value="">{trans.__('newest run')}</option>
            {place.run && !runs.some(each => each.run === place.run) && (
              <option value={place.run}>{place.run}</option>
            )}
            {runs.map(each => (
              <option key={each.run} value={each.run}>
                {trans.__('%1, %2', each.run, statusWord(each.status, trans))}
              </option>
            ))}
          </select>
        </label>
        {graph &&
          lineActions(graph).map(({ command, args }) => (
            <button
              key={command}
              type="button"
              className="jp-aifactory-button"
              title={commands.caption(command, args)}
              onClick={() => void commands.execute(command, args)}
            >
              {commands.label(command, args)}
            </button>
          ))}
        {!isCopy(place.pipeline) && (
          <button
            type="button"
            className="jp-aifactory-button"
            onClick={() =>
              void commands.execute('aifactory:run-form', { pipeline: place.pipeline, line: place.line })
            }
          >
            {trans.__('Run…')}
          </button>
        )}
      </div>
      {graph && (
        <p className="jp-aifactory-detail" role="status">
          {run ? (
            <>
              <Glyph status={run.status} trans={trans} /> {statusWord(run.status, trans)}
              {' · '}
              {working
                ? trans.__('%1 of %2 stages', run.done, run.stages)
                : duration(secondsBetween(run.started_at, run.ended_at))}
              {' · '}
              {trans.__('%1, started %2', run.kind, localTime(run.started_at))}
              {graph.window && ` · ${graph.window}`}
              {graph.branch && ` · ${graph.branch}`}
            </>
          ) : isCopy(place.pipeline) ? (
            trans.__('This line has not run yet.')
          ) : (
            trans.__('This line has not run yet. Start it with “Run…”')
          )}
        </p>
      )}
      {run && working && (
        <>
          <Progress
            value={share(run.done, run.stages, run.stages_at_work)}
            label={trans.__('Share of %1 that is done', run.run)}
          />
          <p className="jp-aifactory-detail">{atWorkText(run, now, trans)}</p>
        </>
      )}
      {run && !working && run.message && (
        <p
          className="jp-aifactory-problem"
          role="group"
          aria-label={trans.__('What went wrong')}
          tabIndex={0}
        >
          {onPage(run.message, trans)}
        </p>
      )}
    </div>
  );
}

function ZoomButtons(props: {
  bench: Workbench;
  view: Viewport;
  room: Size;
  onView: (view: Viewport) => void;
  onFit: () => void;
}): JSX.Element {
  const { bench, view, room, onView, onFit } = props;
  const { trans } = bench;
  const by = (factor: number) => () => onView(zoom(view, factor, room.width / 2, room.height / 2));
  const buttons: [string, string, () => void][] = [
    ['−', trans.__('Smaller'), by(1 / 1.2)],
    ['+', trans.__('Larger'), by(1.2)],
    ['⤢', trans.__('Fit the whole line'), onFit]
  ];
  return (
    <div className="jp-aifactory-zoom">
      {buttons.map(([sign, label, onClick]) => (
        <button
          key={sign}
          type="button"
          className="jp-aifactory-button"
          aria-label={label}
          title={label}
          onClick={onClick}
        >
          {sign}
        </button>
      ))}
    </div>
  );
}
