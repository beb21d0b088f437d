/** The run form: starts a line with the values of its pipeline file. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget, runIcon } from '@jupyterlab/ui-components';

import type { Line } from '../models';
import type { Workbench } from '../workbench';

/** What the form is opened for. */
export interface FormPlace {
  pipeline: string;
  line: Line;
  stage?: string;
  run?: string;
}

function RunForm({ bench, place }: { bench: Workbench; place: FormPlace }): JSX.Element {
  const { trans, commands } = bench;
  const { pipeline, line, stage } = place;
  return (
    <div className="jp-aifactory-form">
      <h2>{trans.__('Run %1', pipeline)}</h2>
      <p>{trans.__('The %1 line with the values of the pipeline file.', line)}</p>
      <button
        type="button"
        className="jp-aifactory-button"
        onClick={() =>
          void commands.execute('aifactory:run', { pipeline, line, ...(stage ? { only: [stage] } : {}) })
        }
      >
        {trans.__('Run')}
      </button>
    </div>
  );
}

/** The run form of a place, for the main area. */
export function createRunForm(bench: Workbench, place: FormPlace): MainAreaWidget {
  const content = ReactWidget.create(<RunForm bench={bench} place={place} />);
  const widget = new MainAreaWidget({ content });
  widget.id = `aifactory-form-${place.pipeline}`;
  widget.title.label = bench.trans.__('Run %1', place.pipeline);
  widget.title.icon = runIcon;
  widget.title.closable = true;
  widget.toolbar.hide();
  return widget;
}
