/** The run form: starts a line with values of one's own, and says how that is written as a command and in Python. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget, runIcon } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import { messageOf, onPage } from '../advice';
import { ApiError } from '../api';
import type { CommandText, Form, Line, Run } from '../models';
import { localTime } from '../moments';
import { Empty } from '../panel/parts';
import { statusWord } from '../status';
import type { Workbench } from '../workbench';
import { type Draft, examine, type Examined, filledIn, newDraft, type Options } from './draft';
import { Foot } from './foot';
import { RunOptions } from './options';
import { fieldId, Stages } from './stages';

/** What the form is opened for. */
export interface FormPlace {
  pipeline: string;
  line: Line;
  stage?: string;
  run?: string;
}

/** How long nothing is typed before the server is asked whether it agrees. */
const CHECK_AFTER = 350;

/** What the server has said of a request. */
interface Verdict {
  /** The request that it is about. */
  words: string;
  text: CommandText | null;
  errors: Record<string, string>;
  problem: string;
}

const NO_VERDICT: Verdict = { words: '', text: null, errors: {}, problem: '' };

interface FormProps {
  bench: Workbench;
  place: FormPlace;
  /** How often the form was shown. */
  shown: number;
}

function RunForm({ bench, place, shown }: FormProps): JSX.Element {
  const { model, trans } = bench;
  const [line, setLine] = React.useState(place.line);
  const [run, setRun] = React.useState(place.run ?? '');
  const [form, setForm] = React.useState<Form | null>(null);
  const [problem, setProblem] = React.useState('');
  const [draft, setDraft] = React.useState<Draft>(() => newDraft(place.stage ? [place.stage] : []));
  const [attempt, setAttempt] = React.useState(0);

  React.useEffect(() => {
    let stale = false;
    setProblem('');
    model.api.form(place.pipeline, line, run ? { run } : {}).then(
      found => {
        if (!stale) {
          setForm(found);
          setDraft(before => filledIn(found, before));
        }
      },
      error => !stale && setProblem(messageOf(error))
    );
    return () => {
      stale = true;
    };
  }, [place.pipeline, line, run, attempt]);
  // What could not be read may have been put right since.
  const broken = problemOf(bench, place.pipeline);
  React.useEffect(() => {
    problem && setAttempt(before => before + 1);
  }, [broken, shown]);

  if (!form) {
    return problem ? (
      <Empty problem action={{ label: trans.__('Try again'), onClick: () => setAttempt(attempt + 1) }}>
        {onPage(problem, trans)}
      </Empty>
    ) : (
      <Empty>{trans.__('Reading the parameters of %1…', place.pipeline)}</Empty>
    );
  }
  return (
    <Filled
      bench={bench}
      form={form}
      draft={draft}
      problem={problem}
      run={run}
      onDraft={setDraft}
      onLine={chosen => {
        setLine(chosen);
        setRun('');
        setDraft(newDraft());
      }}
      onRun={setRun}
    />
  );
}

/** What is wrong with the file of a pipeline, as far as is known. */
function problemOf({ model }: Workbench, pipeline: string): string {
  return model.factory?.pipelines.find(each => each.name === pipeline)?.problem ?? '';
}

interface FilledProps {
  bench: Workbench;
  form: Form;
  draft: Draft;
  problem: string;
  run: string;
  onDraft: React.Dispatch<React.SetStateAction<Draft>>;
  onLine: (line: Line) => void;
  onRun: (run: string) => void;
}

function Filled(props: FilledProps): JSX.Element {
  const { bench, form, draft, run, onDraft, onLine, onRun } = props;
  const { model, trans } = bench;
  const id = React.useId();
  const examined = examine(form, draft, trans);
  const [launch, setLaunch] = React.useState('');
  // What was started, and a file that was put right, change what the server says of the same words.
  const [verdict, setVerdict] = useVerdict(bench, examined, launch + problemOf(bench, form.pipeline));
  const starting = React.useRef(false);
  const [busy, setBusy] = React.useState(false);
  const [asked, setAsked] = React.useState('');
  const [problem, setProblem] = React.useState('');
  const errors = { ...verdict.errors, ...examined.errors };
  const pipeline = model.factory?.pipelines.find(each => each.name === form.pipeline);
  const words = JSON.stringify(examined.request);
  const alert = props.problem || problem || verdict.problem;
  const onOptions = (changed: Partial<Options>) =>
    onDraft(before => ({ ...before, options: { ...before.options, ...changed } }));

  const start = async () => {
    if (starting.current) {
      return;
    }
    const wrong = Object.keys(examined.errors);
    if (wrong.length) {
      setProblem(
        trans._n('One field is wrong: %2.', '%1 fields are wrong: %2.', wrong.length, wrong.join(', '))
      );
      setAsked(wrong[0]);
      return;
    }
    starting.current = true; // at once: the button is disabled only when the form is drawn again
    setBusy(true);
    setProblem('');
    try {
      const started = await model.api.start(examined.request);
      model.addLaunch(started);
      setLaunch(started.launch);
    } catch (error) {
      const found = error instanceof ApiError ? error.errors : {};
      if (Object.keys(found).length) {
        setVerdict({ ...NO_VERDICT, errors: found });
      }
      setProblem(messageOf(error));
      setAsked(Object.keys(found)[0] ?? '');
    } finally {
      starting.current = false;
      setBusy(false);
    }
  };

  // What was complained about is not any more what is asked for.
  React.useEffect(() => setProblem(''), [words, launch]);
  React.useEffect(() => {
    if (asked) {
      document.getElementById(fieldId(id, asked))?.focus();
      setAsked('');
    }
  }, [asked]);

  return (
    <div className="jp-aifactory-form">
      <div className="jp-aifactory-formhead">
        <h2>{trans.__('Run %1', form.pipeline)}</h2>
        {pipeline?.title && <p>{pipeline.title}</p>}
        <Prefill bench={bench} form={form} run={run} id={id} onRun={onRun} />
      </div>
      {alert && (
        <p className="jp-aifactory-problem" role="alert">
          {onPage(alert, trans)}
        </p>
      )}
      <RunOptions
        form={form}
        lines={
          pipeline ? (['build', 'operate'] as const).filter(each => pipeline.lines[each].length) : ['build']
        }
        segments={pipeline?.segments ?? []}
        options={draft.options}
        errors={errors}
        id={id}
        trans={trans}
        onLine={onLine}
        onChange={onOptions}
      />
      {draft.options.command === 'run' && (
        <Stages
          bench={bench}
          form={form}
          draft={draft}
          examined={examined}
          errors={errors}
          asked={asked}
          id={id}
          onDraft={onDraft}
        />
      )}
      <Foot
        bench={bench}
        examined={examined}
        text={verdict.text}
        isCurrent={verdict.words === words}
        wrong={Object.keys(errors).length}
        launch={launch}
        busy={busy}
        onStart={() => void start()}
      />
    </div>
  );
}

/** What the server says of what is filled in, asked when nothing was typed for a moment, and anew on each occasion. */
function useVerdict(
  { model }: Workbench,
  { request, errors }: Examined,
  occasion: string
): [Verdict, (verdict: Verdict) => void] {
  const [verdict, setVerdict] = React.useState<Verdict>(NO_VERDICT);
  const words = JSON.stringify(request);
  const isWrong = Object.keys(errors).length > 0;
  React.useEffect(() => {
    setVerdict(before => ({ ...NO_VERDICT, words: before.words, text: isWrong ? null : before.text }));
    if (isWrong) {
      return;
    }
    let stale = false;
    const timer = setTimeout(async () => {
      let found: Verdict;
      try {
        found = { ...NO_VERDICT, words, text: await model.api.check(request) };
      } catch (error) {
        const wrong = error instanceof ApiError ? error.errors : {};
        const message = messageOf(error);
        found = { words, text: null, errors: wrong, problem: Object.keys(wrong).length ? '' : message };
      }
      stale || setVerdict(found);
    }, CHECK_AFTER);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [words, isWrong, occasion]);
  return [verdict, setVerdict];
}

/** Which run the values are taken from. */
function Prefill(props: {
  bench: Workbench;
  form: Form;
  run: string;
  id: string;
  onRun: (run: string) => void;
}): JSX.Element {
  const { bench, form, run, id, onRun } = props;
  const { model, trans } = bench;
  const fits = (each: Run) =>
    each.pipeline === form.pipeline && each.line === form.line && each.kind !== 'replay';
  const runs = (model.factory?.runs ?? []).filter(fits);
  return (
    <div className="jp-aifactory-field">
      <label htmlFor={`${id}-run`}>{trans.__('Fill in from')}</label>
      <div className="jp-aifactory-input">
        <select id={`${id}-run`} value={run} onChange={event => onRun(event.target.value)}>
          <option value="">{trans.__('the pipeline file')}</option>
          {run && !runs.some(each => each.run === run) && <option value={run}>{run}</option>}
          {runs.map((each, index) => (
            <option key={each.run} value={each.run}>
              {index
                ? trans.__(
                    'run %1, %2, %3',
                    localTime(each.started_at),
                    statusWord(each.status, trans),
                    each.run
                  )
                : trans.__(
                    'the last run, %1, %2, %3',
                    localTime(each.started_at),
                    statusWord(each.status, trans),
                    each.run
                  )}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}

/** The form as a widget of the main area. */
export class FormContent extends ReactWidget {
  constructor(
    private readonly bench: Workbench,
    public place: FormPlace
  ) {
    super();
    this.addClass('jp-aifactory-content');
    bench.model.changed.connect(this.onChanged, this);
  }

  /** Ask for another line, stage or run. */
  lookAt(place: FormPlace): void {
    this.place = place;
    this.asked += 1;
    this.update();
  }

  dispose(): void {
    this.bench.model.changed.disconnect(this.onChanged, this);
    super.dispose();
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.shown += 1;
    this.update();
  }

  protected render(): JSX.Element {
    return <RunForm key={this.asked} bench={this.bench} place={this.place} shown={this.shown} />;
  }

  private onChanged(): void {
    if (this.isVisible) {
      this.update();
    }
  }

  private asked = 0;
  private shown = 0;
}

/** The run form of a place, for the main area. */
export function createRunForm(bench: Workbench, place: FormPlace): MainAreaWidget<FormContent> {
  const content = new FormContent(bench, place);
  const widget = new MainAreaWidget({ content });
  widget.id = formId(place.pipeline);
  widget.title.label = bench.trans.__('Run %1', place.pipeline);
  widget.title.icon = runIcon;
  widget.title.closable = true;
  widget.toolbar.hide();
  return widget;
}

/** One form for each pipeline: its line and values are chosen in it. */
export function formId(pipeline: string): string {
  return `aifactory-form-${pipeline}`;
}
