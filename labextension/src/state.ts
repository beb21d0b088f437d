/** What the browser knows of the factory, and how an event changes it: plain values and functions without side effects. */

import type { Factory, FactoryEvent, Launch, LineGraph, Run, StageNode, StageRun } from './models';
import { wentWrong } from './status';

/** The parts of the factory that no event carries: they are read again. */
const READ_AGAIN = ['models', 'incidents', 'monitors', 'pipelines'];

/** The newest runs that are kept beside those at work. */
const KEPT_RUNS = 50;
/** And of each pipeline: one that runs often does not hide the others. */
const KEPT_OF_EACH = 10;

export interface FactoryCounts {
  running: number;
  failed: number;
  breached: number;
  open: number;
  /** Pipelines that cannot be read. */
  unread: number;
}

/** The factory after an event. */
export function applyEvent(factory: Factory, event: FactoryEvent): Factory {
  const runs = newestFirst(merged(factory.runs, event.runs, event.removed));
  return {
    ...factory,
    runs,
    launches: mergedLaunches(factory.launches, event.launches),
    pipelines: factory.pipelines.map(pipeline => {
      const own = runs.filter(run => productOf(run.pipeline) === pipeline.name);
      return {
        ...pipeline,
        running: own.find(run => run.status === 'running')?.run ?? null,
        last_run: own[0]?.run ?? pipeline.last_run
      };
    }),
    now: event.at || factory.now
  };
}

/** The pipeline whose copy a run works on: `flight_delay@replay` belongs to `flight_delay`. */
export function productOf(pipeline: string): string {
  return pipeline.split('@')[0];
}

/** Whether a pipeline is the copy of a replay: only the replay runs it, nobody by hand. */
export function isCopy(pipeline: string): boolean {
  return productOf(pipeline) !== pipeline;
}

/** Whether a run is one stage that was run by hand: it belongs to no line. */
export function byHand(run: Run): boolean {
  return run.kind === 'manual';
}

/** Whether a launch begins a run; promotions and new pipelines do not. */
export function beginsRun(launch: Launch): boolean {
  return launch.what === 'run' || launch.what === 'replay';
}

/** Whether an event says that the factory has to be read again. */
export function needsReading(event: FactoryEvent): boolean {
  return event.refresh.some(part => READ_AGAIN.includes(part));
}

function merged(known: Run[], changed: Run[], removed: string[]): Run[] {
  const gone = new Set([...removed, ...changed.map(run => run.run)]);
  const deleted = new Set(removed);
  return [...changed.filter(run => !deleted.has(run.run)), ...known.filter(run => !gone.has(run.run))];
}

function newestFirst(runs: Run[]): Run[] {
  const sorted = [...runs].sort((a, b) => compare(b.started_at, a.started_at) || compare(b.run, a.run));
  const counted = new Map<string, number>();
  return sorted.filter((run, index) => {
    const place = counted.get(run.pipeline) ?? 0;
    counted.set(run.pipeline, place + 1);
    return index < KEPT_RUNS || place < KEPT_OF_EACH || run.status === 'running';
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function mergedLaunches(known: Launch[], changed: Launch[]): Launch[] {
  const names = new Set(changed.map(launch => launch.launch));
  return [...changed, ...known.filter(launch => !names.has(launch.launch))];
}

/** A line's graph after an event, and whether it has to be read again to show what a finished stage made. */
export function applyToLine(graph: LineGraph, event: FactoryEvent): { graph: LineGraph; readAgain: boolean } {
  const run = event.runs.find(candidate => candidate.run === graph.run?.run) ?? graph.run;
  const stages = event.stages
    .filter(({ run: of }) => of === graph.run?.run)
    .map(({ stage }) => stage)
    .filter(stage => stage.window === graph.window && stage.branch === graph.branch);
  const nodes = graph.nodes.map(node => {
    const stage = node.kind === 'stage' && newest(stages.filter(({ stage: name }) => name === node.stage));
    return stage ? withStage(node as StageNode, stage) : node;
  });
  const ended = event.stages.some(
    ({ run: of, stage }) => of === graph.run?.run && stage.status !== 'running' && stage.status !== 'pending'
  );
  const newer = event.runs.some(
    candidate => candidate.pipeline === graph.pipeline && candidate.started_at > (graph.run?.started_at ?? '')
  );
  return {
    graph: { ...graph, run, nodes },
    readAgain: ended || newer || run?.status !== graph.run?.status
  };
}

function newest(stages: StageRun[]): StageRun | undefined {
  return stages.reduce<StageRun | undefined>(
    (best, stage) => (!best || stage.attempt >= best.attempt ? stage : best),
    undefined
  );
}

function withStage(node: StageNode, stage: StageRun): StageNode {
  const { position, status, seconds, message, notebook, cell, cells, started_at, expected_end } = stage;
  const stale = status === 'running' || status === 'succeeded' || status === 'cached' ? '' : node.stale;
  return {
    ...node,
    position,
    status,
    seconds,
    message,
    notebook: notebook || node.notebook,
    cell,
    cells,
    started_at,
    expected_end,
    stale,
    failed_cell: status === 'failed' ? node.failed_cell : null
  };
}

/** The runs that were at work before and are over now. */
export function endedRuns(before: Factory | null, after: Factory | null): Run[] {
  const working = new Set((before?.runs ?? []).filter(run => run.status === 'running').map(run => run.run));
  return (after?.runs ?? []).filter(run => working.has(run.run) && run.status !== 'running');
}

/** The launches that have failed since: their command ended before there was a run. */
export function failedLaunches(before: Factory | null, after: Factory | null): Launch[] {
  const known = new Map((before?.launches ?? []).map(launch => [launch.launch, launch.status]));
  return (after?.launches ?? []).filter(
    ({ launch, status, run }) =>
      status === 'failed' && !run && known.has(launch) && known.get(launch) !== 'failed'
  );
}

/** How much is at work and how much needs somebody. */
export function counts(factory: Factory | null): FactoryCounts {
  const last = new Map<string, Run>();
  for (const run of factory?.runs ?? []) {
    if (run.status !== 'running' && !last.has(run.pipeline)) {
      last.set(run.pipeline, run);
    }
  }
  return {
    running: (factory?.runs ?? []).filter(run => run.status === 'running').length,
    failed: [...last.values()].filter(run => wentWrong(run.status)).length,
    breached: (factory?.monitors ?? []).filter(monitor => monitor.breached).length,
    open: (factory?.incidents ?? []).filter(incident => incident.closed_at === null).length,
    unread: (factory?.pipelines ?? []).filter(pipeline => pipeline.problem).length
  };
}
