import { Signal } from '@lumino/signaling';
import { describe, expect, it } from 'vitest';

import type { IFactoryModel } from '../src/factory';
import { LineFollower } from '../src/line/follow';
import type { FactoryEvent, LineGraph, StageNode } from '../src/models';
import { event, graph, run, stage, stageRun } from './made';

/** A model whose server answers when the test wants it to. */
function server() {
  const answers: ((graph: LineGraph) => void)[] = [];
  const owner = {};
  const happened = new Signal<object, FactoryEvent>(owner);
  const model = {
    started: Promise.resolve(),
    happened,
    reconnected: new Signal<object, void>(owner),
    api: { line: () => new Promise<LineGraph>(resolve => answers.push(resolve)) }
  } as unknown as IFactoryModel;
  return { answers, happened, follower: new LineFollower(model, { pipeline: 'shop', line: 'build' }) };
}

const turn = () => new Promise(resolve => setTimeout(resolve));
const at = (cell: number) =>
  graph({ run: run(), nodes: [stage('train', { status: 'running', cell, cells: 9 })] });
const told = (cell: number) =>
  event({ stages: [{ run: 'r1', stage: stageRun({ stage: 'train', cell, cells: 9 }) }] });
const cellOf = (follower: LineFollower) => (follower.graph?.nodes[0] as StageNode | undefined)?.cell;

describe('LineFollower', () => {
  it('keeps what happened while an answer was on its way', async () => {
    const { answers, happened, follower } = server();
    await turn();
    answers[0](at(4));
    await turn();
    expect(cellOf(follower)).toBe(4);
    happened.emit(told(5)); // after the server has looked for the second answer
    answers[1](at(4));
    await turn();
    expect(cellOf(follower)).toBe(5);
    follower.dispose();
  });

  it('keeps what happened before there was a first answer', async () => {
    const { answers, happened, follower } = server();
    await turn();
    happened.emit(told(5));
    answers[0](at(4));
    await turn();
    expect(cellOf(follower)).toBe(5);
    follower.dispose();
  });

  it('reads again when the file of a pipeline has changed', async () => {
    const { answers, happened, follower } = server();
    await turn();
    answers[0](at(4));
    await turn();
    answers[1](at(4));
    await turn();
    happened.emit(event({ refresh: ['pipelines'] }));
    happened.emit(event({ refresh: ['pipelines'] }));
    await new Promise(resolve => setTimeout(resolve, 300));
    expect(answers).toHaveLength(3);
    follower.dispose();
  });
});
