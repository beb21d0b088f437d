/** One parameter of a stage: its input, help, what it differs from, and what is wrong with it. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { undoIcon } from '@jupyterlab/ui-components';

import type { ParameterSchema } from '../models';
import { IconButton } from '../panel/parts';
import { isOptional, kindOf, NO_NUMBER, same, textOf, told } from './schema';

export interface FieldProps {
  id: string;
  name: string;
  schema: ParameterSchema;
  /** The value of the pipeline file. */
  value: unknown;
  /** What was typed; undefined: nothing. */
  text: string | undefined;
  /** The list of values to compare; undefined: none. */
  sweep: string | undefined;
  changed: boolean;
  problem: string;
  canSweep: boolean;
  trans: TranslationBundle;
  onText: (text: string) => void;
  onSweep: (text: string | undefined) => void;
  onReset: () => void;
}

export function Field(props: FieldProps): JSX.Element {
  const { id, name, schema, value, sweep, changed, problem, canSweep, trans, onSweep, onReset } = props;
  const described = [`${id}-help`, problem ? `${id}-problem` : ''].filter(Boolean).join(' ');
  const given = told(value, trans);
  const standard =
    changed || same(value, schema.default)
      ? trans.__('Default: %1.', told(schema.default, trans))
      : trans.__('Default: %1; the pipeline file says %2.', told(schema.default, trans), given);
  return (
    <div className="jp-aifactory-field" data-changed={changed} data-wrong={!!problem}>
      <label htmlFor={id}>{schema.title || name}</label>
      <div className="jp-aifactory-input">
        {sweep === undefined ? (
          <Input {...props} described={described} />
        ) : (
          <input
            id={id}
            type="text"
            value={sweep}
            aria-describedby={described}
            aria-invalid={!!problem}
            onChange={event => onSweep(event.target.value)}
          />
        )}
        {canSweep && kindOf(schema) !== 'json' && (
          <button
            type="button"
            className="jp-aifactory-button"
            aria-pressed={sweep !== undefined}
            aria-label={trans.__('Compare several values of %1', name)}
            title={trans.__('Compare several values, with commas between them')}
            onClick={() => onSweep(sweep === undefined ? plainText(props) : undefined)}
          >
            {trans.__('Several')}
          </button>
        )}
        {changed && (
          <IconButton
            icon={undoIcon}
            label={trans.__('Reset %1 to %2', name, given)}
            onClick={() => {
              onReset();
              document.getElementById(id)?.focus();
            }}
          />
        )}
      </div>
      <p id={`${id}-help`} className="jp-aifactory-help">
        {changed && <strong>{trans.__('Changed; the pipeline file says %1.', given)} </strong>}
        {sentence(schema.description ?? '')} {standard}
        {sweep !== undefined && ` ${trans.__('Several values, with commas between them.')}`}
      </p>
      {problem && (
        <p id={`${id}-problem`} className="jp-aifactory-wrong">
          <span aria-hidden="true">✗ </span>
          {trans.__('%1 %2', name, problem)}
        </p>
      )}
    </div>
  );
}

/** Where a list of values begins: with the one that stands there. */
function plainText({ schema, text, value }: FieldProps): string {
  const now = text ?? textOf(value, schema);
  if (kindOf(schema) === 'choice') {
    return (schema.enum ?? []).map(each => quoted(String(each))).join(', ');
  }
  return kindOf(schema) === 'boolean' ? 'true, false' : now === NO_NUMBER ? '' : quoted(now);
}

function quoted(item: string): string {
  return /[",]/.test(item) ? `"${item.replaceAll('"', '""')}"` : item;
}

/** The comment of a parameter as a sentence. */
function sentence(text: string): string {
  const whole = text && !/[.!?]$/.test(text) ? `${text}.` : text;
  return whole.charAt(0).toUpperCase() + whole.slice(1);
}

function Input(props: FieldProps & { described: string }): JSX.Element {
  const { id, schema, value, problem, described, trans, onText } = props;
  const text = props.text ?? textOf(value, schema);
  const kind = kindOf(schema);
  const common = { id, 'aria-describedby': described, 'aria-invalid': !!problem };
  if (kind === 'choice') {
    return (
      <select {...common} value={text} onChange={event => onText(event.target.value)}>
        {(schema.enum ?? []).map(each => (
          <option key={JSON.stringify(each)} value={JSON.stringify(each)}>
            {told(each, trans)}
          </option>
        ))}
      </select>
    );
  }
  if (kind === 'boolean' && !isOptional(schema)) {
    return (
      <input
        {...common}
        type="checkbox"
        checked={text === 'true'}
        onChange={event => onText(String(event.target.checked))}
      />
    );
  }
  if (kind === 'boolean') {
    return (
      <select {...common} value={text} onChange={event => onText(event.target.value)}>
        <option value="">{trans.__('none')}</option>
        <option value="true">{trans.__('true')}</option>
        <option value="false">{trans.__('false')}</option>
      </select>
    );
  }
  if (kind === 'json') {
    return (
      <textarea
        {...common}
        rows={Math.min(8, Math.max(2, text.split('\n').length))}
        spellCheck={false}
        value={text}
        onChange={event => onText(event.target.value)}
      />
    );
  }
  const numeric = kind === 'integer' || kind === 'number';
  return (
    <input
      {...common}
      type={numeric ? 'number' : kind === 'date' ? 'date' : 'text'}
      {...(numeric
        ? { min: schema.minimum, max: schema.maximum, step: kind === 'integer' ? 1 : 'any' }
        : { spellCheck: false })}
      placeholder={isOptional(schema) ? trans.__('none') : undefined}
      value={text === NO_NUMBER ? '' : text}
      onChange={event => onText(event.target.validity.badInput ? NO_NUMBER : event.target.value)}
    />
  );
}
