import { describe, expect, it } from 'vitest';

import { actionsOf, lineActions, staleStages } from '../src/line/actions';
import type { GateNode, StageNode } from '../src/models';
import { gate, graph, run, stage } from './made';

const ended = run({ status: 'failed', can_cancel: false, can_resume: true });
const commands = (node: StageNode | GateNode, of = graph({ run: ended })) =>
  actionsOf(node, of)
    .flat()
    .map(({ command }) => command);

describe('actionsOf', () => {
  it('offers to open only what there is', () => {
    expect(commands(stage('train'))).not.toContain('aifactory:open-notebook');
    const card = { product: 'shop', version: null, candidate: 'artifacts/candidate/r1/w' };
    const done = stage('train', { notebook: 'a.ipynb', card, position: 3 });
    expect(commands(done)).toEqual(
      expect.arrayContaining(['aifactory:open-notebook', 'aifactory:model-card', 'aifactory:live-notebook'])
    );
  });

  it('starts nothing while the line is at work', () => {
    expect(commands(stage('train'), graph({ run: run() }))).not.toContain('aifactory:run');
  });

  it('starts nothing of the copy of a replay, but resumes and opens it', () => {
    const stale = stage('train', { stale: 'code changed', notebook: 'a.ipynb' });
    const copy = graph({ pipeline: 'shop@replay', run: ended, nodes: [stale] });
    expect(commands(stale, copy)).toEqual([
      'aifactory:open-notebook',
      'aifactory:resume',
      'aifactory:open-template'
    ]);
    expect(lineActions(copy).map(({ command }) => command)).toEqual(['aifactory:resume']);
  });

  it('runs in the window and the segment that are looked at', () => {
    const seen = graph({ run: ended, window: '2013-05', branch: 'origin=JFK' });
    const from = actionsOf(stage('train'), seen)
      .flat()
      .find(({ args }) => 'from' in args);
    expect(from?.args).toEqual({
      pipeline: 'shop',
      line: 'build',
      window: '2013-05',
      segment: 'origin=JFK',
      from: 'train'
    });
  });

  it('leads from a gate to its report and to the notebook of its stage', () => {
    const seen = graph({ nodes: [stage('train', { notebook: 'a.ipynb' }), gate('train', 'data')] });
    expect(commands({ ...gate('train', 'data'), docs: 'gate.html' }, seen)).toEqual([
      'aifactory:open-file',
      'aifactory:open-notebook'
    ]);
  });
});

describe('lineActions', () => {
  it('cancels what is at work and resumes what went wrong', () => {
    expect(lineActions(graph()).map(({ command }) => command)).toEqual(['aifactory:cancel']);
    expect(lineActions(graph({ run: ended })).map(({ command }) => command)).toEqual(['aifactory:resume']);
  });

  it('runs the stale stages, in the order of the line', () => {
    const seen = graph({
      run: run({ status: 'succeeded', can_cancel: false }),
      nodes: [
        stage('train', { stale: 'code changed' }),
        stage('evaluate'),
        stage('register', { stale: 'input' })
      ]
    });
    expect(staleStages(seen)).toEqual(['train', 'register']);
    expect(lineActions(seen)[0].args).toMatchObject({ only: ['train', 'register'] });
  });
});
