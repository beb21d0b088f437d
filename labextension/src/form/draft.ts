/** What somebody has filled in: the request that comes of it, and what is wrong with it. Knows nothing of the page. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Form, ParameterSchema, RunRequest, Values } from '../models';
import { read, readList, same, textOf } from './schema';

/** Which stages run: all, from one to another, or some. */
export type Part = 'all' | 'span' | 'only';

export interface Options {
  command: 'run' | 'replay';
  window: string;
  part: Part;
  from: string;
  until: string;
  only: string[];
  segment: string;
  fresh: boolean;
  keepKernel: boolean;
  first: string;
  last: string;
  live: boolean;
}

/** Fields are named as `train.rounds`; those that are not here have the value of the pipeline file. */
export interface Draft {
  texts: Record<string, string>;
  sweeps: Record<string, string>;
  options: Options;
}

export interface Examined {
  request: RunRequest;
  errors: Record<string, string>;
  /** Fields that differ from the pipeline file. */
  changed: Set<string>;
  /** The stages that run. */
  stages: string[];
}

export function newDraft(only: string[] = []): Draft {
  const options: Options = {
    command: 'run',
    window: '',
    part: only.length ? 'only' : 'all',
    from: '',
    until: '',
    only,
    segment: '',
    fresh: false,
    keepKernel: false,
    first: '',
    last: '',
    live: false
  };
  return { texts: {}, sweeps: {}, options };
}

/** The draft that asks for what was asked of the run that the form is filled in from; without one, options stay. */
export function filledIn(form: Form, before: Draft): Draft {
  const { asked } = form;
  if (!asked) {
    return { ...before, texts: {}, sweeps: {} };
  }
  const texts: Record<string, string> = {};
  for (const { key, stage, name, schema } of fieldsOf(form)) {
    const value = asked.values[stage]?.[name];
    if (value !== undefined && !same(value, form.values[stage]?.[name])) {
      texts[key] = textOf(value, schema);
    }
  }
  const known = new Set(fieldsOf(form).map(({ key }) => key));
  const sweeps = asked.matrix
    .map(text => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)])
    .filter(([key]) => known.has(key));
  const { fresh, keepKernel } = before.options;
  const options: Options = {
    ...newDraft().options,
    ...partOf(form.stages, asked.stages),
    command: asked.command,
    window: asked.window === form.window ? '' : asked.window,
    segment: asked.segment,
    fresh,
    keepKernel,
    first: asked.first ?? '',
    last: asked.last ?? '',
    live: asked.live ?? false
  };
  return { texts, sweeps: Object.fromEntries(sweeps), options };
}

/** How a form says that these stages of a line run. */
function partOf(line: string[], stages: string[]): Partial<Options> {
  const only = line.filter(stage => stages.includes(stage));
  if (!only.length || only.length === line.length) {
    return { part: 'all' };
  }
  const first = line.indexOf(only[0]);
  const isSpan = only.every((stage, index) => stage === line[first + index]);
  if (!isSpan) {
    return { part: 'only', only };
  }
  const last = first + only.length - 1;
  return {
    part: 'span',
    from: first ? only[0] : '',
    until: last < line.length - 1 ? line[last] : ''
  };
}

export interface FieldOf {
  key: string;
  stage: string;
  name: string;
  schema: ParameterSchema;
}

/** All fields of a form, in the order of its stages. */
export function fieldsOf(form: Form): FieldOf[] {
  return form.stages.flatMap(stage =>
    Object.entries(form.schema.properties[stage]?.properties ?? {}).map(([name, schema]) => ({
      key: `${stage}.${name}`,
      stage,
      name,
      schema
    }))
  );
}

/** The stage of a field. */
export function stageOf(key: string): string {
  return key.slice(0, key.indexOf('.'));
}

/** The stages that the options leave. */
export function chosenStages(stages: string[], { command, part, from, until, only }: Options): string[] {
  if (command === 'replay' || part === 'all') {
    return stages;
  }
  if (part === 'only') {
    return stages.filter(stage => only.includes(stage));
  }
  const first = from ? stages.indexOf(from) : 0;
  const last = until ? stages.indexOf(until) : stages.length - 1;
  return stages.slice(first, last + 1);
}

/** The request of a draft, with all that is wrong with it. */
export function examine(form: Form, draft: Draft, trans: TranslationBundle): Examined {
  const stages = chosenStages(form.stages, draft.options);
  const errors: Record<string, string> = {};
  const changed = new Set<string>();
  const values: Values = {};
  const matrix: Record<string, unknown[]> = {};
  const replays = draft.options.command === 'replay';
  for (const { key, stage, name, schema } of fieldsOf(form)) {
    const runs = !replays && stages.includes(stage);
    const list = draft.sweeps[key];
    const text = list ?? draft.texts[key];
    if (text === undefined) {
      continue;
    }
    const reading = list === undefined ? read(text, schema, trans) : readList(text, schema, trans);
    if (reading.problem !== undefined) {
      changed.add(key);
      if (runs) {
        errors[key] = reading.problem;
      }
    } else if (list !== undefined) {
      changed.add(key);
      if (runs) {
        matrix[key] = reading.value as unknown[];
      }
    } else if (!same(reading.value, form.values[stage]?.[name])) {
      changed.add(key);
      if (runs) {
        (values[stage] ??= {})[name] = reading.value;
      }
    }
  }
  Object.assign(errors, optionErrors(draft.options, stages, trans));
  return {
    request: requestOf(form, draft.options, values, matrix),
    errors,
    changed,
    stages
  };
}

function optionErrors(options: Options, stages: string[], trans: TranslationBundle): Record<string, string> {
  if (options.command === 'replay') {
    return {
      ...(options.first ? {} : { first: trans.__('is missing: the first window, such as 2013-04') }),
      ...(options.last ? {} : { last: trans.__('is missing: the last window, such as 2013-09') })
    };
  }
  if (stages.length) {
    return {};
  }
  return options.part === 'only'
    ? { only: trans.__('choose at least one stage') }
    : { until: trans.__('comes before the first stage: nothing would run') };
}

function requestOf(
  form: Form,
  options: Options,
  values: Values,
  matrix: Record<string, unknown[]>
): RunRequest {
  const { command, window, part, from, until, only, segment, fresh, keepKernel, first, last, live } = options;
  const base = { pipeline: form.pipeline, command, line: form.line as RunRequest['line'] };
  const told: Partial<RunRequest> =
    command === 'replay'
      ? { first: first.trim(), last: last.trim(), live, fresh }
      : {
          window: window.trim(),
          ...(part === 'span' ? { from, until } : part === 'only' ? { only } : {}),
          values,
          matrix,
          segment: form.line === 'build' ? segment.trim() : '',
          fresh,
          keep_kernel: keepKernel
        };
  const { line, ...withoutLine } = base;
  return {
    ...(command === 'replay' ? withoutLine : { ...withoutLine, line }),
    ...Object.fromEntries(Object.entries(told).filter(([, value]) => !isEmpty(value)))
  } as RunRequest;
}

function isEmpty(value: unknown): boolean {
  return !value || (typeof value === 'object' && !Object.keys(value).length);
}
