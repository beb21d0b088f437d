/** What runs: a line or a replay, which stages of it, in which window, for which segments, and how. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReactNode } from 'react';

import type { Form, Line } from '../models';
import type { Options, Part } from './draft';

export interface OptionsProps {
  form: Form;
  lines: Line[];
  segments: string[];
  options: Options;
  errors: Record<string, string>;
  id: string;
  trans: TranslationBundle;
  onLine: (line: Line) => void;
  onChange: (changed: Partial<Options>) => void;
}

export function RunOptions(props: OptionsProps): JSX.Element {
  const { form, options, trans, onChange } = props;
  const replays = options.command === 'replay';
  return (
    <fieldset className="jp-aifactory-options">
      <legend>{trans.__('What runs')}</legend>
      {form.window && (
        <Row
          {...props}
          name="command"
          label={trans.__('Windows')}
          help={
            replays ? trans.__('A replay works on a copy of the pipeline, with the values of its file.') : ''
          }
        >
          {input => (
            <select
              {...input}
              value={options.command}
              onChange={event => onChange({ command: event.target.value as Options['command'] })}
            >
              <option value="run">{trans.__('one window')}</option>
              <option value="replay">{trans.__('a replay of many windows')}</option>
            </select>
          )}
        </Row>
      )}
      {replays ? <ReplayOptions {...props} /> : <LineOptions {...props} />}
      <Box
        {...props}
        name="fresh"
        label={trans.__('Run again what is up to date')}
        help={trans.__('Otherwise a stage whose code, values and data are as before is taken from before.')}
      />
      {!replays && (
        <Box
          {...props}
          name="keepKernel"
          label={trans.__('Keep the kernel of a stage that fails')}
          help={trans.__('So that a resumed run goes on at the cell that failed.')}
        />
      )}
    </fieldset>
  );
}

function ReplayOptions(props: OptionsProps): JSX.Element {
  const { trans } = props;
  return (
    <>
      <TextRow {...props} name="first" label={trans.__('First window')} help={trans.__('Such as 2013-04.')} />
      <TextRow {...props} name="last" label={trans.__('Last window')} help={trans.__('Such as 2013-09.')} />
      <Box
        {...props}
        name="live"
        label={trans.__('Serve the traffic')}
        help={trans.__(
          'Each window’s rows are sent to a service, and scored by the models that its rollout chooses.'
        )}
      />
    </>
  );
}

function LineOptions(props: OptionsProps): JSX.Element {
  const { form, lines, segments, options, id, trans, onLine, onChange } = props;
  return (
    <>
      <Row {...props} name="line" label={trans.__('Line')}>
        {input => (
          <select {...input} value={form.line} onChange={event => onLine(event.target.value as Line)}>
            {lines.map(line => (
              <option key={line} value={line}>
                {line === 'build'
                  ? trans.__('build: makes a model')
                  : trans.__('operate: works with the model')}
              </option>
            ))}
          </select>
        )}
      </Row>
      {form.window && (
        <TextRow
          {...props}
          name="window"
          label={trans.__('Window')}
          placeholder={form.window}
          help={trans.__('Such as 2013-04 or 2013-01-01..2013-04-01; empty takes %1.', form.window)}
        />
      )}
      <Row {...props} name="part" label={trans.__('Stages')}>
        {input => (
          <select
            {...input}
            value={options.part}
            onChange={event => onChange({ part: event.target.value as Part })}
          >
            <option value="all">{trans.__('all of the line')}</option>
            <option value="span">{trans.__('from one to another')}</option>
            <option value="only">{trans.__('only some')}</option>
          </select>
        )}
      </Row>
      {options.part === 'span' && (
        <>
          <StageRow {...props} name="from" label={trans.__('From')} other={trans.__('the first')} />
          <StageRow {...props} name="until" label={trans.__('Until')} other={trans.__('the last')} />
        </>
      )}
      {options.part === 'only' && (
        <div className="jp-aifactory-field" data-wrong={!!props.errors.only}>
          <span id={`${id}-only-label`}>{trans.__('Only')}</span>
          <div
            className="jp-aifactory-input jp-aifactory-stages"
            role="group"
            id={`${id}-only`}
            tabIndex={-1}
            aria-labelledby={`${id}-only-label`}
            aria-describedby={props.errors.only ? `${id}-only-problem` : undefined}
          >
            {form.stages.map(stage => (
              <label key={stage}>
                <input
                  type="checkbox"
                  checked={options.only.includes(stage)}
                  onChange={event =>
                    onChange({
                      only: form.stages.filter(each =>
                        each === stage ? event.target.checked : options.only.includes(each)
                      )
                    })
                  }
                />
                {stage}
              </label>
            ))}
          </div>
          <Wrong id={`${id}-only`} problem={props.errors.only} />
        </div>
      )}
      {form.line === 'build' && (
        <TextRow
          {...props}
          name="segment"
          label={trans.__('Segments')}
          choices={[...form.columns, ...segments]}
          help={trans.__(
            'A model for each value of a column: %1, or %1=A,B for some of them. Empty makes one model.',
            form.columns[0] ?? trans.__('COLUMN')
          )}
        />
      )}
    </>
  );
}

/** What an input is given by its row. */
interface InputProps {
  id: string;
  'aria-invalid': boolean;
  'aria-describedby': string | undefined;
}

type RowProps = OptionsProps & { name: string; label: string; help?: string };

function Row(props: RowProps & { children: (input: InputProps) => ReactNode }): JSX.Element {
  const { name, label, help, errors, children } = props;
  const id = `${props.id}-${name}`;
  const problem = errors[name];
  const described = [help ? `${id}-help` : '', problem ? `${id}-problem` : ''].filter(Boolean).join(' ');
  return (
    <div className="jp-aifactory-field" data-wrong={!!problem}>
      <label htmlFor={id}>{label}</label>
      <div className="jp-aifactory-input">
        {children({ id, 'aria-invalid': !!problem, 'aria-describedby': described || undefined })}
      </div>
      {help && (
        <p id={`${id}-help`} className="jp-aifactory-help">
          {help}
        </p>
      )}
      <Wrong id={id} problem={problem} />
    </div>
  );
}

function Wrong({ id, problem }: { id: string; problem: string | undefined }): JSX.Element | null {
  return problem ? (
    <p id={`${id}-problem`} className="jp-aifactory-wrong">
      <span aria-hidden="true">✗ </span>
      {problem}
    </p>
  ) : null;
}

function TextRow(
  props: RowProps & {
    name: 'window' | 'segment' | 'first' | 'last';
    placeholder?: string;
    choices?: string[];
  }
): JSX.Element {
  const { name, options, placeholder, choices = [], onChange } = props;
  const list = `${props.id}-${name}-choices`;
  return (
    <Row {...props}>
      {input => (
        <>
          <input
            {...input}
            type="text"
            spellCheck={false}
            value={options[name]}
            placeholder={placeholder}
            list={choices.length ? list : undefined}
            onChange={event => onChange({ [name]: event.target.value })}
          />
          {choices.length > 0 && (
            <datalist id={list}>
              {choices.map(each => (
                <option key={each} value={each} />
              ))}
            </datalist>
          )}
        </>
      )}
    </Row>
  );
}

function StageRow(props: RowProps & { name: 'from' | 'until'; other: string }): JSX.Element {
  const { name, form, options, other, onChange } = props;
  return (
    <Row {...props}>
      {input => (
        <select {...input} value={options[name]} onChange={event => onChange({ [name]: event.target.value })}>
          <option value="">{other}</option>
          {form.stages.map(stage => (
            <option key={stage} value={stage}>
              {stage}
            </option>
          ))}
        </select>
      )}
    </Row>
  );
}

function Box(props: RowProps & { name: 'fresh' | 'keepKernel' | 'live' }): JSX.Element {
  const { name, options, onChange } = props;
  return (
    <Row {...props}>
      {input => (
        <input
          {...input}
          type="checkbox"
          checked={options[name]}
          onChange={event => onChange({ [name]: event.target.checked })}
        />
      )}
    </Row>
  );
}
