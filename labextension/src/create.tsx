/** Small dialogs that make something new: a pipeline of a blueprint or a table, a stage of the workspace's own. */

import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { messageOf, onPage } from './advice';
import { ApiError } from './api';
import { DialogBody, type FormProps, unlessFocused } from './dialogbody';
import { LaunchFailed, whenEnded } from './launches';
import type { Launch, TableColumns } from './models';
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
  /** Whether it names columns of the table that is chosen. */
  ofColumns?: boolean;
}

/** A field whose text names a table: what the columns of it are. */
interface Table {
  field: string;
  read: (path: string) => Promise<TableColumns>;
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
    { name: 'target', label: trans.__('Column to predict'), ofColumns: true },
    {
      name: 'time',
      label: trans.__('Time'),
      help: trans.__('The column that says when a row happened. Empty: the rows have no time.'),
      ofColumns: true
    },
    {
      name: 'key',
      label: trans.__('Key'),
      help: trans.__(
        'The column that tells rows apart, or several with commas. Empty takes one that is found, or the number of the row.'
      ),
      ofColumns: true
    },
    {
      name: 'segment',
      label: trans.__('Segment'),
      help: trans.__('A column to report on separately, such as a region. Empty: none.'),
      ofColumns: true
    },
    {
      name: 'name',
      label: trans.__('Name'),
      help: trans.__('Of the pipeline; empty takes that of the file.')
    }
  ];
  const whole = given.table && given.target;
  const make = ({ table, ...others }: Values) =>
    model.api.newPipeline({
      ...others,
      table: plainPath(table, trans),
      name: others.name
    });
  return made(bench, trans.__('New pipeline from a table'), fields, given, whole, make, {
    field: 'table',
    read: path => model.api.table(plainPath(path, trans))
  });
}

/** A path from the root of a computer, of a home folder or of a drive. */
const FROM_ROOT = /^(\/|~|\w:)/;

/** The path as the server takes it: relative to its folder, and nothing else. */
function plainPath(path: string, trans: TranslationBundle): string {
  const plain = path.trim();
  if (FROM_ROOT.test(plain)) {
    const told = trans.__('Only files in the folder of the server can be read: copy it there.');
    throw new ApiError(told, 400, { table: told });
  }
  return plain;
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
  make: (values: Values) => Promise<Launch>,
  table?: Table
): Promise<string | null> {
  const { model, commands, trans } = bench;
  const act = async (values: Values) => {
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
      autoClose: 8000,
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
  };
  return again(bench, title, fields, given, whole, act, table);
}

/** Asks until it is done, or until the user lets it be; who gave all that is needed is not asked. */
async function again<T>(
  bench: Workbench,
  title: string,
  fields: Asked[],
  given: Values,
  whole: unknown,
  act: (values: Values) => Promise<T>,
  table?: Table
): Promise<T | null> {
  const { trans } = bench;
  const empty = Object.fromEntries(fields.map(({ name, choices }) => [name, choices?.[0]?.value ?? '']));
  let values: Values = { ...empty, ...given };
  if (whole) {
    return act(values);
  }
  let errors: Values = {};
  let problem = '';
  for (;;) {
    const shown = { bench, fields, errors, problem, table };
    const answer = await showDialog({
      title,
      body: new DialogBody(values, props => <Questions {...shown} {...props} />),
      buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Make') })],
      focusNodeSelector: unlessFocused(
        fields.some(({ name }) => errors[name]) ? '[aria-invalid="true"]' : 'select, input'
      )
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
      problem = known ? '' : onPage(messageOf(error), trans);
    }
  }
}

/** How long nothing is typed before a table is looked at. */
const LOOK_AFTER = 300;

interface QuestionsProps extends FormProps<Values> {
  bench: Workbench;
  fields: Asked[];
  errors: Values;
  problem: string;
  table?: Table;
}

function Questions(props: QuestionsProps): JSX.Element {
  const { bench, fields, answer: values, errors, problem, table, onChange } = props;
  const path = table ? values[table.field] : '';
  const { found, wrong } = useColumns(path, table);
  const guessed = React.useRef<Values>({});
  const asked = React.useRef(values).current;
  const [touched, setTouched] = React.useState(false);
  // What was complained about goes once it is changed; what is wrong with a column may be of another table.
  const stillWrong = ({ name, ofColumns }: Asked) =>
    values[name] === asked[name] && !(ofColumns && table && values[table.field] !== asked[table.field]);
  const problemOf = (field: Asked) =>
    (stillWrong(field) && errors[field.name]) || (field.name === table?.field ? wrong : '');
  const isToldAtField = fields.some(field => same(problemOf(field), problem));
  React.useEffect(() => {
    // What was guessed for another table gives way; what somebody has typed stays.
    const guess = Object.entries(found?.guess ?? {}).filter(
      ([name]) => !values[name] || values[name] === guessed.current[name]
    );
    guessed.current = Object.fromEntries(guess);
    guess.length && onChange(guessed.current);
  }, [found]);
  return (
    <>
      {problem && !touched && !isToldAtField && (
        <p className="jp-aifactory-problem" role="alert">
          {problem}
        </p>
      )}
      {fields.map(field => (
        <React.Fragment key={field.name}>
          <Question
            field={field}
            value={values[field.name]}
            problem={problemOf(field)}
            columns={field.ofColumns ? found?.columns : undefined}
            onChange={value => {
              setTouched(true);
              onChange({ [field.name]: value });
            }}
          />
          {field.name === table?.field && found && <Columns bench={bench} found={found} />}
        </React.Fragment>
      ))}
    </>
  );
}

/** Whether two messages are the same sentence. */
function same(one: string, other: string): boolean {
  return !!one && one.replace(/\.+$/, '') === other.replace(/\.+$/, '');
}

/** The columns of the table that is named, read when nothing was typed for a moment. */
function useColumns(path: string, table?: Table): { found: TableColumns | null; wrong: string } {
  const [seen, setSeen] = React.useState<{ found: TableColumns | null; wrong: string }>({
    found: null,
    wrong: ''
  });
  React.useEffect(() => {
    setSeen({ found: null, wrong: '' });
    if (!table || !TABLES.test(path)) {
      return;
    }
    let stale = false;
    const timer = setTimeout(async () => {
      try {
        const found = await table.read(path);
        stale || setSeen({ found, wrong: '' });
      } catch (error) {
        const fields = error instanceof ApiError ? error.errors : {};
        stale ||
          setSeen({
            found: null,
            wrong: fields[table.field] ?? messageOf(error)
          });
      }
    }, LOOK_AFTER);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [path]);
  return seen;
}

/** What is in a table. */
function Columns({ bench, found }: { bench: Workbench; found: TableColumns }): JSX.Element {
  const { trans } = bench;
  const title = trans._n('%1 column', '%1 columns', found.columns.length);
  return (
    <div className="jp-aifactory-columns" role="region" aria-label={title} tabIndex={0}>
      <strong>{title}</strong>
      <ul>
        {found.columns.map(({ name, type }) => (
          <li key={name}>
            {name} <span className="jp-aifactory-type">{type}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Question(props: {
  field: Asked;
  value: string;
  problem: string;
  columns?: TableColumns['columns'];
  onChange: (value: string) => void;
}): JSX.Element {
  const { field, value, problem, columns, onChange } = props;
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
    'aria-describedby':
      [about || help ? `${id}-help` : '', problem ? `${id}-problem` : ''].filter(Boolean).join(' ') ||
      undefined
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
          list={suggest || columns ? `${id}-list` : undefined}
          onChange={event => onChange(event.target.value)}
        />
      )}
      {(suggest || columns) && (
        <datalist id={`${id}-list`}>
          {suggestions.map(each => (
            <option key={each} value={each} />
          ))}
          {columns?.map(({ name, type }) => (
            <option key={name} value={name} label={`${name}: ${type}`} />
          ))}
        </datalist>
      )}
      {(about || help) && (
        <div id={`${id}-help`} className="jp-aifactory-help">
          {about && <p>{about}</p>}
          {help && <p>{help}</p>}
        </div>
      )}
      {problem && (
        <p id={`${id}-problem`} className="jp-aifactory-wrong">
          <span aria-hidden="true">✗ </span>
          {label}: {problem}
        </p>
      )}
    </>
  );
}

const TABLES = /\.(csv|txt|tsv|tab|parquet|pq|ndjson|jsonl|xlsx|xlsm|xls)(\.gz)?$/i;

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
