import { describe, expect, it } from 'vitest';

import { examine, filledIn, newDraft } from '../src/form/draft';
import { kindOf, NO_NUMBER, read, readList, same, splitList, textOf } from '../src/form/schema';
import type { Asked, Form, ParameterSchema } from '../src/models';
import { trans } from './made';

const rounds: ParameterSchema = { title: 'rounds', type: 'integer', minimum: 1, maximum: 1000, default: 100 };
const rate: ParameterSchema = { title: 'rate', type: ['number', 'null'], default: null };
const split: ParameterSchema = { title: 'split', enum: ['time', 'random'], default: 'time' };
const names: ParameterSchema = { title: 'names', type: 'array', items: { type: 'string' }, default: [] };

function form(values: Partial<Form> = {}): Form {
  return {
    pipeline: 'shop',
    line: 'build',
    stages: ['ingest', 'train', 'register', 'report'],
    schema: {
      type: 'object',
      properties: {
        ingest: { type: 'object', properties: {} },
        train: { type: 'object', properties: { rounds, rate, split, names } },
        register: { type: 'object', properties: {} },
        report: { type: 'object', properties: {} }
      }
    },
    values: { train: { rounds: 200, rate: null, split: 'time', names: ['a'] } },
    asked: null,
    run: '',
    window: '2026-01',
    columns: [],
    ...values
  };
}

describe('read', () => {
  it('tells a whole number from what is none', () => {
    expect(read('12', rounds, trans)).toEqual({ value: 12 });
    expect(read('1.5', rounds, trans).problem).toBe('must be a whole number, found 1.5');
    expect(read(NO_NUMBER, rounds, trans).problem).toBe('needs a whole number');
  });

  it('keeps to the bounds of the schema', () => {
    expect(read('0', rounds, trans).problem).toBe('must be at least 1, found 0');
    expect(read('1001', rounds, trans).problem).toBe('must be at most 1000, found 1001');
  });

  it('refuses a whole number that a page would round', () => {
    expect(read('9007199254740993', { type: 'integer' }, trans).problem).toContain('too many digits');
  });

  it('takes nothing for no value where a parameter may have none', () => {
    expect(read('', rate, trans)).toEqual({ value: null });
    expect(read('', rounds, trans).problem).toBe('needs a whole number');
    expect(read('', { type: 'string' }, trans)).toEqual({ value: '' });
  });

  it('takes a choice by its value, whatever its type', () => {
    const schema = { enum: [1, '1', null] };
    expect(schema.enum.map(each => read(textOf(each, schema), schema, trans).value)).toEqual([1, '1', null]);
    expect(read('"other"', split, trans).problem).toContain('must be one of time, random');
  });

  it('refuses a day that there is not', () => {
    const date: ParameterSchema = { type: 'string', format: 'date' };
    expect(kindOf(date)).toBe('date');
    expect(read('2026-02-28', date, trans).value).toBe('2026-02-28');
    expect(read('2026-02-30', date, trans).problem).toContain('must be a date');
  });

  it('looks into lists and objects', () => {
    expect(read('["a", "b"]', names, trans).value).toEqual(['a', 'b']);
    expect(read('["a", 1]', names, trans).problem).toContain('item 2: must be a text');
    expect(read('{}', names, trans).problem).toContain('must be a list');
    expect(read('[1', names, trans).problem).toContain('is not JSON');
    expect(read('[1, "2"]', { type: 'array', items: { type: 'integer' } }, trans).problem).toContain(
      'item 2'
    );
    expect(read('null', { type: 'object' }, trans).problem).toContain('must be an object');
  });
});

describe('readList', () => {
  it('reads each value by the type of the parameter, once', () => {
    expect(readList('15, 31,15,', rounds, trans)).toEqual({ value: [15, 31] });
    expect(readList('time, random', split, trans)).toEqual({ value: ['time', 'random'] });
  });

  it('names the first value that is wrong, and refuses to compare nothing', () => {
    expect(readList('15, x', rounds, trans).problem).toBe('must be a whole number, found x');
    expect(readList(' ', rounds, trans).problem).toContain('needs values');
  });

  it('leaves commas in double quotes alone', () => {
    expect(splitList('a, "b, ""c""", ""')).toEqual(['a', 'b, "c"', '']);
  });
});

describe('same', () => {
  it('does not look at the order of keys', () => {
    expect(same({ a: 1, b: [2] }, { b: [2], a: 1 })).toBe(true);
    expect(same([1, 2], [2, 1])).toBe(false);
    expect(same(1, '1')).toBe(false);
  });
});

describe('examine', () => {
  it('sends only what differs from the pipeline file', () => {
    const draft = { ...newDraft(), texts: { 'train.rounds': '200', 'train.rate': '0.1' } };
    const { request, changed } = examine(form(), draft, trans);
    expect(request).toEqual({
      pipeline: 'shop',
      command: 'run',
      line: 'build',
      values: { train: { rate: 0.1 } }
    });
    expect([...changed]).toEqual(['train.rate']);
  });

  it('keeps values of stages that do not run, and does not send them', () => {
    const draft = newDraft(['ingest']);
    const found = examine(form(), { ...draft, texts: { 'train.rounds': 'x' } }, trans);
    expect(found.request).toEqual({ pipeline: 'shop', command: 'run', line: 'build', only: ['ingest'] });
    expect(found.errors).toEqual({});
    expect(found.changed.has('train.rounds')).toBe(true);
  });

  it('asks for a sweep with the values of each list', () => {
    const draft = { ...newDraft(), sweeps: { 'train.rounds': '10, 20, 30', 'train.split': 'time, random' } };
    const found = examine(form(), draft, trans);
    expect(found.request.matrix).toEqual({ 'train.rounds': [10, 20, 30], 'train.split': ['time', 'random'] });
  });

  it('refuses a part of the line without stages', () => {
    const draft = newDraft();
    const options = { ...draft.options, part: 'span' as const, from: 'train', until: 'ingest' };
    expect(Object.keys(examine(form(), { ...draft, options }, trans).errors)).toEqual(['until']);
  });

  it('asks a replay for its first and last window and nothing else', () => {
    const draft = newDraft();
    const options = { ...draft.options, command: 'replay' as const, window: '2026-01', keepKernel: true };
    expect(Object.keys(examine(form(), { ...draft, options }, trans).errors)).toEqual(['first', 'last']);
    const whole = { ...options, first: '2026-01', last: '2026-03', live: true };
    expect(examine(form(), { ...draft, options: whole }, trans).request).toEqual({
      pipeline: 'shop',
      command: 'replay',
      first: '2026-01',
      last: '2026-03',
      live: true
    });
  });
});

describe('filledIn', () => {
  const asked: Asked = {
    command: 'run',
    line: 'build',
    stages: ['ingest', 'train', 'register', 'report'],
    window: '2026-01',
    values: { train: { rounds: 50, split: 'time', gone: 1 } },
    segment: '',
    matrix: []
  };
  const filled = (changed: Partial<Asked>) =>
    filledIn(form({ asked: { ...asked, ...changed } }), newDraft(['report']));

  it('fills in what a run had otherwise than the pipeline file has now', () => {
    const { texts, options } = filled({});
    expect(texts).toEqual({ 'train.rounds': '50' });
    expect(options).toMatchObject({ part: 'all', window: '' });
  });

  it('takes over which stages ran, in which window', () => {
    expect(filled({ stages: ['train'], window: '2025-12' }).options).toMatchObject({
      part: 'span',
      from: 'train',
      until: 'train',
      window: '2025-12'
    });
    expect(filled({ stages: ['ingest', 'train', 'gone'] }).options).toMatchObject({
      from: '',
      until: 'train'
    });
    expect(filled({ stages: ['ingest', 'report'] }).options).toMatchObject({
      part: 'only',
      only: ['ingest', 'report']
    });
  });

  it('takes over what was fanned out, and the ends of a replay', () => {
    const { sweeps, options } = filled({ segment: 'shop=a,b', matrix: ['train.rounds=5,10', 'gone.x=1'] });
    expect(sweeps).toEqual({ 'train.rounds': '5,10' });
    expect(options.segment).toBe('shop=a,b');
    expect(
      filled({ command: 'replay', stages: [], first: '2026-02', last: '2026-03' }).options
    ).toMatchObject({ command: 'replay', part: 'all', first: '2026-02', last: '2026-03' });
  });

  it('leaves stages and windows as they are when the values of the pipeline file are asked for', () => {
    const before = { ...newDraft(['report']), texts: { 'train.rounds': '7' } };
    expect(filledIn(form(), before)).toEqual(newDraft(['report']));
  });
});
