/** Small dialogs that make something new: a pipeline of a blueprint or a table, a stage of the workspace's own. */

import { Dialog, Notification, ReactWidget, showDialog } from '@jupyterlab/apputils';
import type { Contents } from '@jupyterlab/services';
import * as React from 'react';

import { ApiError } from './api';
import { LaunchFailed, whenEnded } from './launches';
import type { Launch } from './models';
import { openFile } from './notebook';
import type { Workbench } from './workbench';

type Values = Record<string, string>;

/** Something that is asked for. */
interface Asked {
  name: string;
  label: string;
  help?: string;
  choices?: { value: string; label: string; about?: string }[];
  /** What could be meant by what was typed so far. */
  suggest?: (text: string) => Promise<string[]>;
}

/** A new pipeline of a blueprint. */
export async function pipelineOfBlueprint(bench: Workbench, given: Values): Promise<string | null> {
  const { model, trans } = bench;
  const blueprints = await model.api.blueprints();
  const fields: Asked[] = [
    {
      name: 'blueprint',
      label: trans.__('Blueprint'),
      choices: blueprints.map(({ name, title, summary }) => ({ value: name, label: title, about: summary }))
    },
    {
      name: 'name',
      label: trans.__('Name'),
      help: trans.__('Of the pipeline; empty takes the name of the blueprint.')
    }
  ];
  return made(bench, trans.__('New pipeline from a blueprint'), fields, given, given.blueprint, values =>
    model.api.newPipeline({ blueprint: values.blueprint, name: values.name })
  );
}

/** A new pipeline of a table. */
export async function pipelineOfTable(
  bench: Workbench,
  contents: Contents.IManager,
  given: Values
): Promise<string | null> {
  const { model, trans } = bench;
  const fields: Asked[] = [
    {
      name: 'table',
      label: trans.__('Table'),
      help: trans.__('A CSV, TSV, Parquet, NDJSON or Excel file; its path as the file browser shows it.'),
      suggest: text => tables(contents, text)
    },
    {
      name: 'target',
      label: trans.__('Column to predict'),
      help: trans.__('Left empty, the columns are named.')
    },
    {
      name: 'name',
      label: trans.__('Name'),
      help: trans.__('Of the pipeline; empty takes that of the file.')
    }
  ];
  const whole = given.table && given.target;
  return made(bench, trans.__('New pipeline from a table'), fields, given, whole, ({ table, name, target }) =>
    model.api.newPipeline({ table: table.replace(/^\/+/, ''), name, ...(target ? { target } : {}) })
  );
}

/** A stage notebook of the workspace's own, opened. */
export async function stageOfTemplate(bench: Workbench, given: Values): Promise<string | null> {
  const { model, commands, trans } = bench;
  const templates = await model.api.templates();
  const choices = templates.map(({ stage, summary, own }) => ({
    value: stage,
    label: own ? trans.__('%1 (your own, opened)', stage) : stage,
    about: summary
  }));
  const fields = [
    {
      name: 'stage',
      label: trans.__('Stage'),
      help: trans.__('Its notebook is copied into templates/stages. From then on the runs use the copy.'),
      choices
    }
  ];
  return again(bench, trans.__('New stage from a template'), fields, given, given.stage, async values => {
    const own = templates.find(({ stage, path }) => stage === values.stage && path);
    const path = own?.path ?? (await model.api.ownTemplate(values.stage)).path;
    await openFile(commands, path, { live: true });
    return path;
  });
}

/** Makes a pipeline, then shows its line. */
async function made(
  bench: Workbench,
  title: string,
  fields: Asked[],
  given: Values,
  whole: unknown,
  make: (values: Values) => Promise<Launch>
): Promise<string | null> {
  const { model, commands, trans } = bench;
  return again(bench, title, fields, given, whole, async values => {
    const before = new Set((model.factory?.pipelines ?? []).map(({ name }) => name));
    const launch = await make(values);
    const told = Notification.emit(trans.__('Making the pipeline…'), 'in-progress', { autoClose: false });
    try {
      const ended = await whenEnded(model.api, launch);
      if (ended.status === 'failed') {
        throw new LaunchFailed(ended.message || trans.__('%1 has failed.', ended.command));
      }
    } finally {
      Notification.dismiss(told);
    }
    await model.refresh();
    const found = model.factory?.pipelines.find(({ name }) => !before.has(name));
    if (!found) {
      return '';
    }
    Notification.success(trans.__('The pipeline %1 is ready to run.', found.name), {
      actions: [
        {
          label: trans.__('Run…'),
          callback: () => void commands.execute('aifactory:run-form', { pipeline: found.name })
        },
        { label: trans.__('Open file'), callback: () => void openFile(commands, found.path) }
      ]
    });
    if (!found.problem) {
      await commands.execute('aifactory:open-line', { pipeline: found.name });
    }
    return found.name;
  });
}

/** Asks until it is done, or until the user lets it be; who gave all that is needed is not asked. */
async function again<T>(
  { trans }: Workbench,
  title: string,
  fields: Asked[],
  given: Values,
  whole: unknown,
  act: (values: Values) => Promise<T>
): Promise<T | null> {
  const empty = Object.fromEntries(fields.map(({ name, choices }) => [name, choices?.[0]?.value ?? '']));
  let values: Values = { ...empty, ...given };
  if (whole) {
    return act(values);
  }
  let errors: Values = {};
  let problem = '';
  for (;;) {
    const answer = await showDialog({
      title,
      body: new AskBody(fields, values, errors, problem),
      buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Make') })],
      focusNodeSelector: fields.some(({ name }) => errors[name]) ? '[aria-invalid="true"]' : 'select, input'
    });
    if (!answer.button.accept) {
      return null;
    }
    values = answer.value ?? values;
    try {
      return await act(values);
    } catch (error) {
      errors = error instanceof ApiError ? error.errors : {};
      const known = fields.some(({ name }) => errors[name]);
      problem = known ? '' : error instanceof Error ? error.message : String(error);
    }
  }
}

class AskBody extends ReactWidget implements Dialog.IBodyWidget<Values> {
  constructor(
    private readonly fields: Asked[],
    private values: Values,
    private readonly errors: Values,
    private readonly problem: string
  ) {
    super();
    this.addClass('jp-aifactory-dialog');
  }

  getValue(): Values {
    return this.values;
  }

  protected render(): JSX.Element {
    return (
      <>
        {this.problem && (
          <p className="jp-aifactory-problem" role="alert">
            {this.problem}
          </p>
        )}
        {this.fields.map(field => (
          <Question
            key={field.name}
            field={field}
            value={this.values[field.name]}
            problem={this.errors[field.name] ?? ''}
            onChange={value => {
              this.values = { ...this.values, [field.name]: value };
              this.update();
            }}
          />
        ))}
      </>
    );
  }
}

function Question(props: {
  field: Asked;
  value: string;
  problem: string;
  onChange: (value: string) => void;
}): JSX.Element {
  const { field, value, problem, onChange } = props;
  const { label, help, choices, suggest } = field;
  const id = React.useId();
  const [suggestions, setSuggestions] = React.useState<string[]>([]);
  const folder = value.slice(0, value.lastIndexOf('/') + 1);
  React.useEffect(() => {
    let stale = false;
    void suggest?.(folder).then(found => stale || setSuggestions(found));
    return () => {
      stale = true;
    };
  }, [folder]);
  const about = choices?.find(each => each.value === value)?.about;
  const common = {
    id,
    value,
    'aria-invalid': !!problem,
    'aria-describedby': [`${id}-help`, problem ? `${id}-problem` : ''].filter(Boolean).join(' ')
  };
  return (
    <>
      <label htmlFor={id}>{label}</label>
      {choices ? (
        <select {...common} onChange={event => onChange(event.target.value)}>
          {choices.map(choice => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          type="text"
          spellCheck={false}
          list={suggest ? `${id}-list` : undefined}
          onChange={event => onChange(event.target.value)}
        />
      )}
      {suggest && (
        <datalist id={`${id}-list`}>
          {suggestions.map(each => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
      <div id={`${id}-help`} className="jp-aifactory-help">
        {about && <p>{about}</p>}
        {help && <p>{help}</p>}
      </div>
      {problem && (
        <p id={`${id}-problem`} className="jp-aifactory-wrong">
          <span aria-hidden="true">✗ </span>
          {label}: {problem}
        </p>
      )}
    </>
  );
}

const TABLES = /\.(csv|tsv|parquet|ndjson|jsonl|xlsx)$/i;

/** The tables and folders of a folder. */
async function tables(contents: Contents.IManager, folder: string): Promise<string[]> {
  try {
    const { content } = await contents.get(folder.replace(/^\/+|\/+$/g, ''), { content: true });
    return (content as Contents.IModel[])
      .filter(({ type, name }) => type === 'directory' || TABLES.test(name))
      .map(({ type, path }) => (type === 'directory' ? `${path}/` : path));
  } catch {
    return [];
  }
}
