/** The values of the stages: a fieldset for each, folded until something in it differs or is wrong. */

import * as React from 'react';

import type { Form } from '../models';
import type { Workbench } from '../workbench';
import type { Draft, Examined } from './draft';
import { Field } from './field';

/** A line with fewer fields needs no search. */
const SEARCH_FROM = 12;

interface StagesProps {
  bench: Workbench;
  form: Form;
  draft: Draft;
  examined: Examined;
  errors: Record<string, string>;
  asked: string;
  id: string;
  onDraft: React.Dispatch<React.SetStateAction<Draft>>;
}

export function Stages(props: StagesProps): JSX.Element {
  const { bench, form, id } = props;
  const { trans } = bench;
  const [search, setSearch] = React.useState('');
  const count = form.stages.reduce((sum, stage) => sum + names(form, stage).length, 0);
  const found = form.stages.filter(stage => names(form, stage).length);
  const bare = form.stages.filter(stage => !names(form, stage).length);
  return (
    <section aria-labelledby={`${id}-values`}>
      <h3 id={`${id}-values`}>{trans.__('Values')}</h3>
      {count >= SEARCH_FROM && (
        <div className="jp-aifactory-field">
          <label htmlFor={`${id}-search`}>{trans.__('Find a parameter')}</label>
          <div className="jp-aifactory-input">
            <input
              id={`${id}-search`}
              type="search"
              spellCheck={false}
              value={search}
              onChange={event => setSearch(event.target.value)}
            />
          </div>
        </div>
      )}
      {found.map(stage => (
        <StageFields key={stage} {...props} stage={stage} search={search.trim().toLowerCase()} />
      ))}
      {bare.length > 0 && (
        <p className="jp-aifactory-help">{trans.__('Without parameters: %1.', bare.join(', '))}</p>
      )}
    </section>
  );
}

function StageFields(props: StagesProps & { stage: string; search: string }): JSX.Element | null {
  const { bench, form, draft, examined, errors, asked, id, stage, search, onDraft } = props;
  const { trans } = bench;
  const schema = form.schema.properties[stage];
  const all = names(form, stage);
  const shown = all.filter(
    name =>
      !search ||
      `${stage}.${name} ${schema.properties[name].description ?? ''}`.toLowerCase().includes(search)
  );
  const runs = examined.stages.includes(stage);
  const changed = all.filter(name => examined.changed.has(`${stage}.${name}`)).length;
  const wrong = all.filter(name => errors[`${stage}.${name}`]).length;
  const [open, setOpen] = React.useState(changed > 0 || draft.options.only.includes(stage));
  const hasAsked = asked.startsWith(`${stage}.`);
  React.useEffect(() => {
    if (wrong > 0 || hasAsked || changed > 0) {
      setOpen(true);
    }
  }, [wrong > 0, hasAsked, changed > 0]);
  if (!shown.length) {
    return null;
  }
  const without = (kept: Record<string, string>, key: string) =>
    Object.fromEntries(Object.entries(kept).filter(([each]) => each !== key));
  return (
    <details
      className="jp-aifactory-stagefields"
      open={open || hasAsked || !!search}
      onToggle={event => search || setOpen(event.currentTarget.open)}
    >
      <summary>
        <span className="jp-aifactory-stagename">{stage}</span>
        <span className="jp-aifactory-counts">
          {!runs && <span>{trans.__('not in this run')}</span>}
          {changed > 0 && <span>{trans._n('● %1 changed', '● %1 changed', changed)}</span>}
          {wrong > 0 && <strong>{trans._n('✗ %1 wrong', '✗ %1 wrong', wrong)}</strong>}
        </span>
      </summary>
      <fieldset>
        <legend className="jp-aifactory-unseen">{stage}</legend>
        {schema.description && <p className="jp-aifactory-help">{schema.description}</p>}
        {shown.map(name => {
          const key = `${stage}.${name}`;
          return (
            <Field
              key={key}
              id={fieldId(id, key)}
              name={name}
              schema={schema.properties[name]}
              value={form.values[stage]?.[name]}
              text={draft.texts[key]}
              sweep={draft.sweeps[key]}
              changed={examined.changed.has(key)}
              problem={errors[key] ?? ''}
              canSweep={form.line === 'build'}
              trans={trans}
              onText={text => onDraft(before => ({ ...before, texts: { ...before.texts, [key]: text } }))}
              onSweep={text =>
                onDraft(before => ({
                  ...before,
                  sweeps: text === undefined ? without(before.sweeps, key) : { ...before.sweeps, [key]: text }
                }))
              }
              onReset={() =>
                onDraft(before => ({
                  ...before,
                  texts: without(before.texts, key),
                  sweeps: without(before.sweeps, key)
                }))
              }
            />
          );
        })}
      </fieldset>
    </details>
  );
}

function names(form: Form, stage: string): string[] {
  return Object.keys(form.schema.properties[stage]?.properties ?? {});
}

/** The id of the input of a field, which is named as the server names it. */
export function fieldId(id: string, key: string): string {
  return `${id}-${key}`;
}
