/** Small values of the wire for tests. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type {
  Factory,
  FactoryEvent,
  GateNode,
  Launch,
  LineGraph,
  ModelHistory,
  Rollout,
  Run,
  StageNode,
  StageRun
} from '../src/models';

export function run(values: Partial<Run> = {}): Run {
  return {
    run: 'r1',
    pipeline: 'shop',
    kind: 'line',
    line: 'build',
    status: 'running',
    message: '',
    started_at: '2026-01-01T00:00:00Z',
    ended_at: null,
    stages: 8,
    done: 2,
    owner: 'ann',
    host: 'here',
    can_cancel: true,
    can_resume: false,
    folder: '',
    report: '',
    stages_at_work: [],
    expected_end: null,
    last_event: '2026-01-01T00:00:00Z',
    ...values
  };
}

export function stageRun(values: Partial<StageRun> = {}): StageRun {
  return {
    position: 3,
    stage: 'train',
    window: '',
    branch: '',
    status: 'running',
    attempt: 1,
    seconds: null,
    message: '',
    notebook: '',
    note: '',
    started_at: null,
    ended_at: null,
    cell: 2,
    cells: 10,
    expected_end: null,
    ...values
  };
}

export function event(values: Partial<FactoryEvent> = {}): FactoryEvent {
  return {
    runs: [],
    stages: [],
    removed: [],
    refresh: [],
    launches: [],
    at: '2026-01-01T00:00:01Z',
    ...values
  };
}

export function factory(values: Partial<Factory> = {}): Factory {
  return {
    workspace: 'shop',
    root: '',
    pipelines: [
      {
        name: 'shop',
        title: '',
        path: '',
        problem: '',
        lines: { build: ['train'], operate: [] },
        windows: false,
        segments: [],
        last_run: null,
        running: null,
        schedule: ''
      }
    ],
    runs: [],
    models: [],
    monitors: [],
    incidents: [],
    launches: [],
    now: '2026-01-01T00:00:00Z',
    problem: '',
    ...values
  };
}

export function stage(name: string, values: Partial<StageNode> = {}): StageNode {
  return {
    id: name,
    kind: 'stage',
    stage: name,
    summary: '',
    position: null,
    status: 'pending',
    seconds: null,
    message: '',
    notebook: '',
    failed_cell: null,
    rows_in: null,
    rows_out: null,
    metrics: {},
    stale: '',
    template: '',
    docs: '',
    card: null,
    cell: null,
    cells: null,
    started_at: null,
    expected_end: null,
    ...values
  };
}

export function gate(stageName: string, name: string): GateNode {
  return {
    id: `${stageName}/${name}`,
    kind: 'gate',
    stage: stageName,
    name,
    status: 'passed',
    checks: [],
    text: '',
    docs: ''
  };
}

export function edge(source: string, target: string, asset = 'table') {
  return { source, target, asset, version: '1', rows: 10 };
}

export function graph(values: Partial<LineGraph> = {}): LineGraph {
  return {
    pipeline: 'shop',
    line: 'build',
    run: run(),
    nodes: [stage('train'), stage('evaluate')],
    edges: [edge('train', 'evaluate')],
    windows: [],
    branches: [],
    window: '',
    branch: '',
    ...values
  };
}

export function rollout(values: Partial<Rollout> = {}): Rollout {
  return {
    rollout: 1,
    policy: 'canary',
    change: 'step',
    at: '2026-01-01T00:00:00Z',
    champion: 1,
    candidate: 2,
    actor: 'ann',
    reason: '',
    shares: [
      { version: 1, share: 0.95 },
      { version: 2, share: 0.05 }
    ],
    steps: [1, 5, 25, 100],
    next: 0.25,
    ...values
  };
}

export function history(values: Partial<ModelHistory> = {}): ModelHistory {
  return {
    product: 'shop',
    pipeline: 'shop',
    segment: '',
    metric: '',
    lower_is_better: true,
    versions: [],
    events: [],
    aliases: { champion: 1 },
    rollout: null,
    rollouts: [],
    deployment: { policy: 'canary', steps: [1, 100], choices: ['direct', 'canary', 'bandit'] },
    previous: null,
    ...values
  };
}

export function launch(values: Partial<Launch> = {}): Launch {
  return {
    launch: 'l1',
    pipeline: 'shop',
    command: 'aifactory run shop',
    what: 'run',
    status: 'starting',
    run: null,
    exit_code: null,
    message: '',
    started_at: '',
    ...values
  };
}

/** Leaves texts in English, with their arguments in place. */
export const trans = {
  __: filled,
  _n: (one: string, many: string, count: number, ...args: unknown[]) =>
    filled(count === 1 ? one : many, count, ...args)
} as unknown as TranslationBundle;

function filled(text: string, ...args: unknown[]): string {
  return text.replace(/%(\d)/g, (_, place) => String(args[Number(place) - 1]));
}
