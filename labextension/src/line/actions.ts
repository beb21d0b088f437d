/** What can be done with a node of a line, as commands with their arguments: for the menu and for the inspector. */

import type { ReadonlyJSONObject } from '@lumino/coreutils';

import type { GateNode, LineGraph, StageNode } from '../models';
import { isCopy } from '../state';
import { atWork, wentWrong } from '../status';

export interface Action {
  command: string;
  args: ReadonlyJSONObject;
}

/** The actions of a stage or gate, in groups. */
export function actionsOf(node: StageNode | GateNode, graph: LineGraph): Action[][] {
  return node.kind === 'gate' ? gateActions(node, graph) : stageActions(node, graph);
}

function gateActions(gate: GateNode, graph: LineGraph): Action[][] {
  const owner = graph.nodes.find(
    (node): node is StageNode => node.kind === 'stage' && node.stage === gate.stage
  );
  return [[...report(gate.docs), ...(owner ? notebook(owner) : [])]];
}

function notebook(stage: StageNode): Action[] {
  const { notebook: path, failed_cell: failedCell } = stage;
  return path ? [{ command: 'aifactory:open-notebook', args: { path, failedCell } }] : [];
}

function report(path: string): Action[] {
  return path ? [{ command: 'aifactory:open-file', args: { path, what: 'gate' } }] : [];
}

function card({ card: of }: StageNode): Action[] {
  return of ? [{ command: 'aifactory:model-card', args: { ...of } }] : [];
}

function stageActions(stage: StageNode, graph: LineGraph): Action[][] {
  const { pipeline, line, run } = graph;
  const of = {
    pipeline,
    line,
    ...(graph.window ? { window: graph.window } : {}),
    ...(graph.branch ? { segment: graph.branch } : {})
  };
  const look = [...notebook(stage), ...report(stage.docs), ...card(stage)];
  const change: Action[] = [];
  if (run && stage.position !== null && stage.notebook) {
    change.push({ command: 'aifactory:live-notebook', args: { run: run.run, position: stage.position } });
  }
  change.push({ command: 'aifactory:open-template', args: { stage: stage.stage, path: stage.template } });
  const start: Action[] = mayRun(graph)
    ? [
        { command: 'aifactory:run', args: { ...of, from: stage.stage } },
        { command: 'aifactory:run', args: { ...of, only: [stage.stage] } },
        {
          command: 'aifactory:run-form',
          args: { pipeline, line, stage: stage.stage, ...(run ? { run: run.run } : {}) }
        }
      ]
    : [];
  return [look, start, lineActions(graph), change];
}

/** What can be done with the whole line as it stands. */
export function lineActions(graph: LineGraph): Action[] {
  const { pipeline, line, run } = graph;
  const stale = staleStages(graph);
  const found: Action[] = [];
  if (run?.can_cancel) {
    found.push({ command: 'aifactory:cancel', args: { run: run.run } });
  }
  if (run?.can_resume && wentWrong(run.status)) {
    found.push({ command: 'aifactory:resume', args: { run: run.run } });
  }
  if (stale.length && mayRun(graph)) {
    found.push({ command: 'aifactory:run', args: { pipeline, line, only: stale, stale: true } });
  }
  return found;
}

/** Whether a run can be started by hand: the line is not at work, and it is not the copy of a replay. */
function mayRun({ pipeline, run }: LineGraph): boolean {
  return !isCopy(pipeline) && !atWork(run?.status ?? '');
}

/** The stages whose code or input is newer than what they made. */
export function staleStages(graph: LineGraph): string[] {
  return graph.nodes
    .filter((node): node is StageNode => node.kind === 'stage' && !!node.stale)
    .map(node => node.stage);
}
