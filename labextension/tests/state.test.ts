import { describe, expect, it } from 'vitest';

import type { Launch, StageNode } from '../src/models';
import {
  applyEvent,
  applyToLine,
  beginsRun,
  byHand,
  counts,
  endedRuns,
  failedLaunches,
  isCopy,
  needsReading
} from '../src/state';
import { event, factory, graph, launch, run, stage, stageRun } from './made';

describe('applyEvent', () => {
  it('replaces a run that is known and puts a new one first', () => {
    const before = factory({ runs: [run()] });
    const after = applyEvent(
      before,
      event({ runs: [run({ done: 3 }), run({ run: 'r2', started_at: '2026-01-02T00:00:00Z' })] })
    );
    expect(after.runs.map(({ run: name, done }) => [name, done])).toEqual([
      ['r2', 2],
      ['r1', 3]
    ]);
  });

  it('leaves the state before as it was', () => {
    const before = factory({ runs: [run()] });
    applyEvent(before, event({ runs: [run({ status: 'failed' })] }));
    expect(before.runs[0].status).toBe('running');
  });

  it('tells the pipeline which run is at work and which was the last', () => {
    const working = applyEvent(factory(), event({ runs: [run()] }));
    expect(working.pipelines[0]).toMatchObject({ running: 'r1', last_run: 'r1' });
    const ended = applyEvent(working, event({ runs: [run({ status: 'failed' })] }));
    expect(ended.pipelines[0]).toMatchObject({ running: null, last_run: 'r1' });
  });

  it('takes removed runs away', () => {
    expect(applyEvent(factory({ runs: [run()] }), event({ removed: ['r1'] })).runs).toEqual([]);
  });

  it('keeps the newest fifty runs and all at work', () => {
    const runs = Array.from({ length: 80 }, (_, index) =>
      run({
        run: `r${index}`,
        status: 'succeeded',
        started_at: `2026-01-01T00:${String(index).padStart(2, '0')}`
      })
    );
    runs[0] = { ...runs[0], status: 'running' };
    const after = applyEvent(factory(), event({ runs }));
    expect(after.runs).toHaveLength(51);
    expect(after.runs[50].run).toBe('r0');
  });
});

describe('isCopy', () => {
  it('tells the copy of a replay from its pipeline', () => {
    expect(['shop', 'shop@replay'].map(isCopy)).toEqual([false, true]);
  });
});

describe('byHand', () => {
  it('is true of a stage that was run by hand alone', () => {
    expect([run(), run({ kind: 'manual', line: '' })].map(byHand)).toEqual([false, true]);
  });
});

describe('beginsRun', () => {
  it('is false of commands that make no run', () => {
    const launches = ['run', 'replay', 'init', 'promote'].map(what => launch({ what }));
    expect(launches.map(beginsRun)).toEqual([true, true, false, false]);
  });
});

describe('needsReading', () => {
  it('is true when an event names what it does not carry', () => {
    expect(needsReading(event({ refresh: ['monitors'] }))).toBe(true);
    expect(needsReading(event({ runs: [run()] }))).toBe(false);
  });
});

describe('applyToLine', () => {
  it('moves the cell of the stage at work', () => {
    const { graph: after, readAgain } = applyToLine(
      graph(),
      event({ stages: [{ run: 'r1', stage: stageRun() }] })
    );
    expect(after.nodes[0]).toMatchObject({ status: 'running', cell: 2, cells: 10 });
    expect(readAgain).toBe(false);
  });

  it('wants to be read again when a stage has ended, for its rows and gates', () => {
    const done = stageRun({ status: 'succeeded', seconds: 4 });
    expect(applyToLine(graph(), event({ stages: [{ run: 'r1', stage: done }] })).readAgain).toBe(true);
  });

  it('leaves alone what belongs to another run, window or branch', () => {
    const others = [
      { run: 'r9', stage: stageRun() },
      { run: 'r1', stage: stageRun({ window: '2026-02' }) },
      { run: 'r1', stage: stageRun({ branch: 'origin=JFK' }) }
    ];
    const { graph: after } = applyToLine(graph(), event({ stages: others }));
    expect((after.nodes[0] as StageNode).status).toBe('pending');
  });

  it('wants to be read again when a newer run of the pipeline has begun', () => {
    const newer = run({ run: 'r2', started_at: '2026-01-03T00:00:00Z' });
    expect(applyToLine(graph(), event({ runs: [newer] })).readAgain).toBe(true);
  });

  it('takes the stale mark away when the stage runs', () => {
    const stale = graph({ nodes: [stage('train', { stale: 'code changed' })] });
    const { graph: after } = applyToLine(stale, event({ stages: [{ run: 'r1', stage: stageRun() }] }));
    expect((after.nodes[0] as StageNode).stale).toBe('');
  });
});

describe('endedRuns', () => {
  it('names only the runs that were seen at work', () => {
    const before = factory({ runs: [run()] });
    const after = factory({ runs: [run({ status: 'succeeded' }), run({ run: 'old', status: 'failed' })] });
    expect(endedRuns(before, after).map(each => each.run)).toEqual(['r1']);
    expect(endedRuns(null, after)).toEqual([]);
  });
});

describe('failedLaunches', () => {
  it('names a launch once, when it turns out to have failed', () => {
    const started = launch();
    const before = factory({ launches: [started] });
    const after = factory({ launches: [{ ...started, status: 'failed' }] });
    expect(failedLaunches(before, after)).toHaveLength(1);
    expect(failedLaunches(after, after)).toHaveLength(0);
    expect(failedLaunches(null, after)).toHaveLength(0);
  });

  it('leaves out what has a run: its end is told as that of the run', () => {
    const begun = (status: Launch['status']) => launch({ status, run: 'r1' });
    const before = factory({ launches: [begun('running')] });
    expect(failedLaunches(before, factory({ launches: [begun('failed')] }))).toHaveLength(0);
  });
});

describe('applyEvent with many runs', () => {
  it('keeps the newest of each pipeline beside the newest of all', () => {
    const busy = Array.from({ length: 70 }, (_, at) =>
      run({
        run: `b${at}`,
        pipeline: 'busy',
        status: 'succeeded',
        started_at: `2026-02-01T00:${at + 10}:00Z`
      })
    );
    const quiet = run({
      run: 'q',
      pipeline: 'quiet',
      status: 'succeeded',
      started_at: '2026-01-01T00:00:00Z'
    });
    const { runs } = applyEvent(factory({ runs: [...busy, quiet] }), event());
    expect(runs).toHaveLength(51);
    expect(runs[50].run).toBe('q');
  });
});

describe('counts', () => {
  it('counts a pipeline as failed by its last ended run alone', () => {
    const runs = [run({ status: 'succeeded' }), run({ run: 'r0', status: 'failed' })];
    expect(counts(factory({ runs })).failed).toBe(0);
    expect(counts(factory({ runs: runs.reverse() })).failed).toBe(1);
  });
});
