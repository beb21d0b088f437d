/** The wire format of the server's `/aifactory/api/`: what the Python read models make, key for key. */

export type Status =
  'pending' | 'running' | 'succeeded' | 'cached' | 'skipped' | 'failed' | 'stopped' | 'interrupted';

export type Line = 'build' | 'operate';

export interface StageAtWork {
  position: number;
  stage: string;
  window: string;
  branch: string;
  cell: number;
  cells: number;
  started_at: string;
  at: string;
  expected_end: string | null;
  notebook: string;
}

export interface Run {
  run: string;
  pipeline: string;
  kind: string;
  line: string;
  status: Status;
  message: string;
  started_at: string;
  ended_at: string | null;
  stages: number;
  done: number;
  owner: string;
  host: string;
  can_cancel: boolean;
  can_resume: boolean;
  folder: string;
  report: string;
  stages_at_work: StageAtWork[];
  expected_end: string | null;
  last_event: string;
}

export interface Pipeline {
  name: string;
  title: string;
  path: string;
  problem: string;
  lines: { build: string[]; operate: string[] };
  windows: boolean;
  segments: string[];
  last_run: string | null;
  running: string | null;
  schedule: string;
}

export interface Model {
  product: string;
  pipeline: string;
  segment: string;
  versions: number;
  aliases: Record<string, number>;
  metric: string;
  value: number | null;
  since: string | null;
  rollout: Rollout | null;
}

/** A row of a rollout: of one that is under way, what it is now. */
export interface Rollout {
  rollout: number;
  policy: string;
  change: 'start' | 'step' | 'finish' | 'back' | 'abort' | 'refuse';
  at: string;
  champion: number;
  candidate: number;
  actor: string;
  reason: string;
  /** Who answers how much of the traffic, from 0 to 1, the champion first. */
  shares: { version: number; share: number }[];
  /** The percentages of a canary. */
  steps: number[];
  /** The share that follows in them, 1 is all of it; null of what has no steps. */
  next: number | null;
}

export interface Guard {
  name: string;
  value: number | null;
  limit: number;
  rounds: number;
  state: 'holds' | 'open' | 'broken';
  /** When a service has counted it, where it is not known now. */
  at: string | null;
}

/** What is to become of a rollout by what is known now. */
export interface RolloutVerdict {
  rollout: number;
  verdict: 'keep' | 'grow' | 'back';
  reason: string;
  guards: Guard[];
}

export type RolloutChange =
  | { change: 'start'; version: number; policy: string; steps: string }
  | { change: 'step'; rollout: number; percent: number }
  | { change: 'promote'; rollout: number; version: number }
  | { change: 'abort'; rollout: number };

/** A model, as its card is asked for: a version, or a candidate that a stage has made. */
export interface CardOf {
  product: string;
  version: number | null;
  candidate: string;
}

export interface Monitor {
  pipeline: string;
  name: string;
  subject: string;
  window: string;
  value: number | null;
  limit: number | null;
  direction: 'above' | 'below';
  breached: boolean;
  windows: string[];
  values: (number | null)[];
}

export interface Incident {
  pipeline: string;
  kind: string;
  subject: string;
  opened_at: string;
  opened_window: string;
  closed_at: string | null;
  closed_window: string | null;
  reason: string;
}

export interface Launch {
  launch: string;
  pipeline: string;
  command: string;
  /** The command itself, without its words: run, replay, promote, rollback, rollout, init. */
  what: string;
  status: 'starting' | 'running' | 'ended' | 'failed';
  run: string | null;
  exit_code: number | null;
  message: string;
  started_at: string;
  /** The end of what it has printed, where one launch is asked for. */
  output?: string;
}

export interface Factory {
  workspace: string;
  root: string;
  pipelines: Pipeline[];
  runs: Run[];
  models: Model[];
  monitors: Monitor[];
  incidents: Incident[];
  launches: Launch[];
  now: string;
  problem: string;
}

export interface StageNode {
  id: string;
  kind: 'stage';
  stage: string;
  summary: string;
  position: number | null;
  status: Status;
  seconds: number | null;
  message: string;
  notebook: string;
  failed_cell: number | null;
  rows_in: number | null;
  rows_out: number | null;
  metrics: Record<string, number | null>;
  stale: string;
  template: string;
  docs: string;
  card: CardOf | null;
  cell: number | null;
  cells: number | null;
  started_at: string | null;
  expected_end: string | null;
}

export interface Check {
  name: string;
  value: string;
  limit: string;
  passed: boolean;
}

export interface GateNode {
  id: string;
  kind: 'gate';
  stage: string;
  name: string;
  status: 'passed' | 'warned' | 'stopped' | 'pending';
  checks: Check[];
  text: string;
  docs: string;
}

export interface Edge {
  source: string;
  target: string;
  asset: string;
  version: string;
  rows: number | null;
}

export interface Place {
  window: string;
  branch: string;
  status: Status;
  seconds: number | null;
  value: number | null;
  note: string;
}

export interface LineGraph {
  pipeline: string;
  line: string;
  run: Run | null;
  nodes: (StageNode | GateNode)[];
  edges: Edge[];
  windows: Place[];
  branches: Place[];
  window: string;
  branch: string;
}

export interface StageRun {
  position: number;
  stage: string;
  window: string;
  branch: string;
  status: Status;
  attempt: number;
  seconds: number | null;
  message: string;
  notebook: string;
  note: string;
  started_at: string | null;
  ended_at: string | null;
  cell: number | null;
  cells: number | null;
  expected_end: string | null;
}

/** One parameter of a stage, in the subset of JSON schema that the server makes. */
export interface ParameterSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  items?: ParameterSchema;
  format?: string;
}

export interface StageSchema {
  type: 'object';
  title?: string;
  description?: string;
  properties: Record<string, ParameterSchema>;
}

export type Values = Record<string, Record<string, unknown>>;

export interface Form {
  pipeline: string;
  line: string;
  stages: string[];
  schema: { type: 'object'; properties: Record<string, StageSchema> };
  values: Values;
  /** What was asked of the run that the form is filled in from. */
  asked: Asked | null;
  run: string;
  window: string;
  /** The columns that can make segments, as far as they are known. */
  columns: string[];
}

export interface Asked {
  command: 'run' | 'replay';
  line: string;
  stages: string[];
  /** '' where the pipeline has no windows. */
  window: string;
  values: Values;
  segment: string;
  /** As the command takes it: `train.num_leaves=15,31`. */
  matrix: string[];
  first?: string;
  last?: string;
  live?: boolean;
}

export interface RunRequest {
  pipeline: string;
  command: 'run' | 'replay';
  line?: Line;
  window?: string;
  from?: string;
  until?: string;
  only?: string[];
  values?: Values;
  matrix?: Record<string, unknown[]>;
  segment?: string;
  fresh?: boolean;
  keep_kernel?: boolean;
  first?: string;
  last?: string;
  live?: boolean;
}

/** What the server says of a request that is right. */
export interface CommandText {
  command: string;
  python: string;
  /** How many notebooks are executed at most; null where that is known only when the data are read. */
  notebooks: number | null;
  /** How many variants of parameters are compared; 1 without any. */
  variants: number;
}

export interface RunDetail {
  run: Run;
  request: Asked;
  stages: StageRun[];
}

export interface ModelVersion {
  version: number;
  run: string;
  created_at: string;
  aliases: string[];
  metrics: Record<string, number | null>;
  trained: [string | null, string | null];
  rows: number | null;
  features: number | null;
  served: [string, string | null][];
}

export interface AliasEvent {
  at: string;
  alias: string;
  from_version: number | null;
  to_version: number | null;
  actor: string;
  reason: string;
  run: string;
}

export interface ModelHistory {
  product: string;
  pipeline: string;
  segment: string;
  metric: string;
  lower_is_better: boolean;
  versions: ModelVersion[];
  events: AliasEvent[];
  aliases: Record<string, number>;
  rollout: Rollout | null;
  /** What happened to all rollouts, newest first. */
  rollouts: Rollout[];
  /** How a version comes to answer, and what may be chosen instead; none where it is put to work at once. */
  deployment: { policy: string; steps: number[]; choices: string[] } | null;
  /** The version that a rollback goes to. */
  previous: number | null;
}

export interface Comparison {
  left: number;
  right: number;
  /** Whether both were measured on the same rows; otherwise no side is better. */
  same_rows?: boolean;
  /** The version whose held-out rows both were measured on, where one was judged against the other. */
  rows_of?: number | null;
  metrics: { name: string; left: number | null; right: number | null; better: 'left' | 'right' | '' }[];
  parameters: { name: string; left: unknown; right: unknown }[];
  data: { name: string; left: unknown; right: unknown }[];
  features: { added: string[]; removed: string[] };
}

export interface Blueprint {
  name: string;
  title: string;
  summary: string;
}

export interface Template {
  stage: string;
  summary: string;
  path: string;
  own: boolean;
}

/** The columns of a table, by its first rows, and what they may be for; '' where that is in doubt. */
export interface TableColumns {
  columns: { name: string; type: string }[];
  guess: { target: string; time: string };
}

/** What the server says when something has changed; nothing is kept for those who were not listening. */
export interface FactoryEvent {
  runs: Run[];
  stages: { run: string; stage: StageRun }[];
  removed: string[];
  refresh: string[];
  launches: Launch[];
  at: string;
}

export const FACTORY_EVENTS = 'https://aifactory-nb.dev/events/factory/v1';
