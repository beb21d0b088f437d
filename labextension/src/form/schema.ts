/** Values of parameters as people type them: to text and back, with what is wrong in words. Knows nothing of the page. */

import type { TranslationBundle } from '@jupyterlab/translation';

import { messageOf } from '../advice';
import type { ParameterSchema } from '../models';

/** How a parameter is asked for. */
export type Kind = 'integer' | 'number' | 'boolean' | 'choice' | 'text' | 'date' | 'json';

/** What a text means, or why it means nothing. */
export type Reading = { value: unknown; problem?: undefined } | { value?: undefined; problem: string };

/** What stands for a text that the browser itself does not take for a number. */
export const NO_NUMBER = '?';

const KINDS: Record<string, Kind> = {
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
  array: 'json',
  object: 'json'
};

/** How a parameter of a schema is asked for. */
export function kindOf(schema: ParameterSchema): Kind {
  if (schema.enum) {
    return 'choice';
  }
  return KINDS[typeOf(schema)] ?? (schema.format === 'date' ? 'date' : 'text');
}

/** Whether a parameter may have no value. */
export function isOptional(schema: ParameterSchema): boolean {
  return schema.enum
    ? schema.enum.includes(null)
    : Array.isArray(schema.type) && schema.type.includes('null');
}

function typeOf(schema: ParameterSchema): string {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return types.find(type => type && type !== 'null') ?? 'string';
}

/** A value as it stands in its field. */
export function textOf(value: unknown, schema: ParameterSchema): string {
  if (kindOf(schema) === 'choice') {
    return JSON.stringify(value ?? null);
  }
  if (value === null || value === undefined) {
    return '';
  }
  if (typeof value === 'object') {
    const short = JSON.stringify(value);
    return short.length <= 40 ? short : JSON.stringify(value, null, 2);
  }
  return String(value);
}

/** A value as it is told in a sentence. */
export function told(value: unknown, trans: TranslationBundle): string {
  if (value === null || value === undefined) {
    return trans.__('none');
  }
  return value === '' ? trans.__('empty') : typeof value === 'string' ? value : JSON.stringify(value);
}

/** What the text in the field of a parameter means. */
export function read(text: string, schema: ParameterSchema, trans: TranslationBundle): Reading {
  const kind = kindOf(schema);
  if (kind === 'choice') {
    return readChoice(text, schema, trans);
  }
  if (text === '' && isOptional(schema)) {
    return { value: null };
  }
  switch (kind) {
    case 'integer':
    case 'number':
      return readNumber(text.trim(), kind, schema, trans);
    case 'boolean':
      return readBoolean(text.trim(), trans);
    case 'date':
      return readDate(text.trim(), trans);
    case 'json':
      return readJson(text, schema, trans);
    default:
      return { value: text };
  }
}

/** What a list of values to compare means; the value is the list, each of them once. */
export function readList(text: string, schema: ParameterSchema, trans: TranslationBundle): Reading {
  const found: unknown[] = [];
  for (const item of splitList(text)) {
    const choice = schema.enum?.find(each => String(each) === item);
    const reading = read(choice === undefined ? item : JSON.stringify(choice), schema, trans);
    if (reading.problem !== undefined) {
      return reading;
    }
    if (!found.some(each => same(each, reading.value))) {
      found.push(reading.value);
    }
  }
  return found.length ? { value: found } : { problem: trans.__('needs values to compare, such as 15, 31') };
}

/** The items of a list with commas; what stands in double quotes may hold some, or be empty. */
export function splitList(text: string): string[] {
  const items = text.match(/\s*("(?:[^"]|"")*"|[^,]*)\s*(?:,|$)/g) ?? [];
  return items
    .map(item => item.trim().replace(/,$/, '').trim())
    .filter(item => item)
    .map(item =>
      item.length > 1 && item.startsWith('"') && item.endsWith('"')
        ? item.slice(1, -1).replaceAll('""', '"')
        : item
    );
}

/** Whether two values are the same, whatever the order of their keys. */
export function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(ordered(left)) === JSON.stringify(ordered(right));
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(ordered);
  }
  if (value && typeof value === 'object') {
    return Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, item]) => [name, ordered(item)]);
  }
  return value ?? null;
}

function readChoice(text: string, schema: ParameterSchema, trans: TranslationBundle): Reading {
  const found = schema.enum?.find(each => JSON.stringify(each) === text);
  const choices = (schema.enum ?? []).map(each => told(each, trans)).join(', ');
  return found === undefined
    ? { problem: trans.__('must be one of %1, found %2', choices, text) }
    : { value: found };
}

function readNumber(text: string, kind: Kind, schema: ParameterSchema, trans: TranslationBundle): Reading {
  const value = Number(text);
  if (!text || !Number.isFinite(value)) {
    return { problem: text && text !== NO_NUMBER ? notA(kind, text, trans) : notA(kind, '', trans) };
  }
  if (kind === 'integer' && !Number.isInteger(value)) {
    return { problem: notA(kind, text, trans) };
  }
  if (kind === 'integer' && !Number.isSafeInteger(value)) {
    return { problem: trans.__('has too many digits for a page: set it in the pipeline file') };
  }
  const problem = outOfBounds(value, schema, trans);
  return problem ? { problem } : { value };
}

function notA(kind: Kind, text: string, trans: TranslationBundle): string {
  if (kind === 'integer') {
    return text ? trans.__('must be a whole number, found %1', text) : trans.__('needs a whole number');
  }
  return text ? trans.__('must be a number, found %1', text) : trans.__('needs a number');
}

function outOfBounds(value: number, schema: ParameterSchema, trans: TranslationBundle): string {
  if (schema.minimum !== undefined && value < schema.minimum) {
    return trans.__('must be at least %1, found %2', schema.minimum, value);
  }
  if (schema.maximum !== undefined && value > schema.maximum) {
    return trans.__('must be at most %1, found %2', schema.maximum, value);
  }
  return '';
}

function readBoolean(text: string, trans: TranslationBundle): Reading {
  const value = { true: true, false: false }[text.toLowerCase()];
  return value === undefined ? { problem: trans.__('must be true or false, found %1', text) } : { value };
}

function readDate(text: string, trans: TranslationBundle): Reading {
  const day = /^\d{4}-\d{2}-\d{2}/.exec(text);
  const known = day && !Number.isNaN(Date.parse(text)) && realDay(day[0]);
  return known ? { value: text } : { problem: trans.__('must be a date such as 2026-01-31, found %1', text) };
}

function realDay(text: string): boolean {
  return new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
}

function readJson(text: string, schema: ParameterSchema, trans: TranslationBundle): Reading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = messageOf(error);
    return { problem: trans.__('is not JSON: %1', reason) };
  }
  const isList = Array.isArray(value);
  if (typeOf(schema) === 'array' ? !isList : isList || value === null || typeof value !== 'object') {
    return {
      problem:
        typeOf(schema) === 'array'
          ? trans.__('must be a list such as [1, 2]')
          : trans.__('must be an object such as {"name": 1}')
    };
  }
  return isList ? readItems(value as unknown[], schema.items, trans) : { value };
}

function readItems(items: unknown[], schema: ParameterSchema | undefined, trans: TranslationBundle): Reading {
  for (const [index, item] of schema ? items.entries() : []) {
    const problem = itemProblem(item, schema!, trans);
    if (problem) {
      return { problem: trans.__('item %1: %2', index + 1, problem) };
    }
  }
  return { value: items };
}

/** Items are values already: what is typed as text has to be a text. */
function itemProblem(item: unknown, schema: ParameterSchema, trans: TranslationBundle): string {
  const type = typeOf(schema);
  const isText = typeof item === 'string';
  if (!schema.enum && type === 'string') {
    return isText ? '' : trans.__('must be a text in double quotes, found %1', JSON.stringify(item));
  }
  const text = schema.enum ? JSON.stringify(item) : isText ? `"${item}"` : textOf(item, schema);
  return read(text, schema, trans).problem ?? '';
}
