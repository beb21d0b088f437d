import { runIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { lineIcon } from '../icons';
import { useLine } from '../line/follow';
import type { Line, Pipeline, StageNode } from '../models';
import { duration } from '../moments';
import { atWork, statusWord } from '../status';
import type { Workbench } from '../workbench';
import { Empty, Glyph, IconButton, Progress } from './parts';

/** The pipelines of the workspace, each with its lines and their stages. */
export function Pipelines({ bench }: { bench: Workbench }): JSX.Element {
  const { model, trans, commands } = bench;
  const pipelines = model.factory?.pipelines ?? [];
  if (!pipelines.length) {
    const known = commands.hasCommand('aifactory:new-pipeline');
    return (
      <Empty
        action={
          known
            ? {
                label: trans.__('New pipeline…'),
                onClick: () => void commands.execute('aifactory:new-pipeline')
              }
            : undefined
        }
      >
        {known
          ? trans.__('No pipeline yet. Make one of a blueprint, or of a table of yours.')
          : trans.__('No pipeline yet. Make one in a terminal: aifactory init . --blueprint flight_delay')}
      </Empty>
    );
  }
  return (
    <ul className="jp-aifactory-rows" aria-label={trans.__('Pipelines')}>
      {pipelines.map(pipeline => (
        <li key={pipeline.name}>
          <PipelineRow bench={bench} pipeline={pipeline} alone={pipelines.length === 1} />
        </li>
      ))}
    </ul>
  );
}

function PipelineRow(props: { bench: Workbench; pipeline: Pipeline; alone: boolean }): JSX.Element {
  const { bench, pipeline, alone } = props;
  const { model, trans, commands } = bench;
  const [open, setOpen] = React.useState(alone);
  const run = model.factory?.runs.find(each => each.run === (pipeline.running ?? pipeline.last_run));
  const status = pipeline.problem ? 'problem' : (run?.status ?? 'pending');
  const name = pipeline.name;
  return (
    <div className="jp-aifactory-pipeline">
      <div className="jp-aifactory-row">
        <button
          type="button"
          className="jp-aifactory-main"
          aria-expanded={open}
          title={pipeline.title}
          onClick={() => setOpen(!open)}
        >
          <span className="jp-aifactory-caret" aria-hidden="true">
            {open ? '▾' : '▸'}
          </span>
          <Glyph status={status} trans={trans} />
          <span className="jp-aifactory-name">{name}</span>
          <span className="jp-aifactory-aside">
            {run?.status === 'running'
              ? trans.__('%1 of %2', run.done, run.stages)
              : pipeline.problem
                ? trans.__('cannot be read')
                : statusWord(run?.status ?? 'pending', trans)}
          </span>
        </button>
        <IconButton
          icon={lineIcon}
          label={trans.__('Open the line of %1', name)}
          onClick={() => void commands.execute('aifactory:open-line', { pipeline: name })}
        />
        <IconButton
          icon={runIcon}
          label={trans.__('Run %1…', name)}
          disabled={!!pipeline.problem}
          onClick={() => void commands.execute('aifactory:run-form', { pipeline: name })}
        />
      </div>
      {pipeline.problem && <p className="jp-aifactory-problem">{pipeline.problem}</p>}
      {pipeline.problem && pipeline.path && (
        <button
          type="button"
          className="jp-aifactory-button"
          onClick={() => void commands.execute('aifactory:open-file', { path: pipeline.path })}
        >
          {trans.__('Open pipeline.toml')}
        </button>
      )}
      {open && !pipeline.problem && (
        <div className="jp-aifactory-lines">
          <p className="jp-aifactory-title">
            {pipeline.title} {pipeline.schedule && trans.__('Scheduled: %1', pipeline.schedule)}
          </p>
          {(['build', 'operate'] as Line[])
            .filter(line => pipeline.lines[line].length)
            .map(line => (
              <LineStages key={line} bench={bench} pipeline={name} line={line} />
            ))}
        </div>
      )}
    </div>
  );
}

function LineStages({
  bench,
  pipeline,
  line
}: {
  bench: Workbench;
  pipeline: string;
  line: Line;
}): JSX.Element {
  const { trans, commands } = bench;
  const { graph, problem } = useLine(bench.model, { pipeline, line });
  const label = line === 'build' ? trans.__('Build') : trans.__('Operate');
  const stages = (graph?.nodes ?? []).filter((node): node is StageNode => node.kind === 'stage');
  return (
    <section aria-label={trans.__('%1: stages of %2', label, pipeline)}>
      <h4>{label}</h4>
      {problem && <p className="jp-aifactory-problem">{problem}</p>}
      <ol className="jp-aifactory-rows">
        {stages.map(stage => (
          <li key={stage.id}>
            <div className="jp-aifactory-row">
              <button
                type="button"
                className="jp-aifactory-main"
                title={stage.message || stage.summary}
                onClick={() =>
                  void commands.execute(
                    stage.notebook ? 'aifactory:open-notebook' : 'aifactory:open-line',
                    stage.notebook
                      ? { path: stage.notebook, failedCell: stage.failed_cell }
                      : { pipeline, line, select: stage.id }
                  )
                }
              >
                <Glyph status={stage.stale && !atWork(stage.status) ? 'stale' : stage.status} trans={trans} />
                <span className="jp-aifactory-name">{stage.stage}</span>
                <span className="jp-aifactory-aside">
                  {stage.status === 'running' && stage.cells
                    ? trans.__('cell %1 of %2', stage.cell ?? 0, stage.cells)
                    : stage.seconds !== null
                      ? duration(stage.seconds)
                      : statusWord(stage.status, trans)}
                </span>
              </button>
            </div>
            {stage.status === 'running' && (
              <Progress
                value={(stage.cell ?? 0) / (stage.cells || 1)}
                label={trans.__('Cells of %1 that are done', stage.stage)}
              />
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
