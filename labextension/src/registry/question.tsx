/** A question before something is changed: what it does is shown, a reason is asked for, until the server takes it. */

import { Dialog } from '@jupyterlab/apputils';
import * as React from 'react';

import { messageOf } from '../advice';
import { ApiError } from '../api';
import { DialogBody, type FormProps, unlessFocused } from '../dialogbody';
import type { Launch } from '../models';
import type { Workbench } from '../workbench';

/** What is filled in; each question asks why. */
export interface Answer {
  reason: string;
}

export interface Question<T extends Answer> {
  title: string;
  accept: string;
  first: T;
  form: (props: FormProps<T>) => JSX.Element;
  send: (answer: T) => Promise<Launch>;
}

/** Asks until the server has taken the answer, or the user has let it be. */
export async function ask<T extends Answer>(bench: Workbench, question: Question<T>): Promise<Launch | null> {
  const { title, accept, send } = question;
  let given = question.first;
  let problem = '';
  for (;;) {
    const shown = { bench, question, problem };
    const dialog = new Dialog<T>({
      title,
      body: new DialogBody(given, props => <Asking {...shown} {...props} />),
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: accept })],
      focusNodeSelector: unlessFocused('textarea')
    });
    dialog.addClass('jp-aifactory-wide');
    const answer = await dialog.launch();
    if (!answer.button.accept) {
      return null;
    }
    given = answer.value ?? given;
    if (!given.reason.trim()) {
      problem = bench.trans.__('Say why: the reason is kept in the audit trail.');
      continue;
    }
    try {
      return await send(given);
    } catch (error) {
      problem = problemText(error);
    }
  }
}

/** What the server refused, by field where it says so. */
export function problemText(error: unknown): string {
  const fields = error instanceof ApiError ? Object.entries(error.errors) : [];
  return fields.length ? fields.map(([name, text]) => `${name} ${text}`).join('; ') : messageOf(error);
}

interface AskingProps<T extends Answer> extends FormProps<T> {
  bench: Workbench;
  question: Question<T>;
  problem: string;
}

function Asking<T extends Answer>({
  bench,
  question,
  problem,
  answer,
  onChange
}: AskingProps<T>): JSX.Element {
  const Form = question.form;
  return (
    <>
      {problem && (
        <p className="jp-aifactory-problem" role="alert">
          {problem}
        </p>
      )}
      <Form answer={answer} onChange={onChange} />
      <Reason
        bench={bench}
        reason={answer.reason}
        wrong={!!problem && !answer.reason.trim()}
        onChange={reason => onChange({ reason } as Partial<T>)}
      />
    </>
  );
}

function Reason(props: {
  bench: Workbench;
  reason: string;
  wrong: boolean;
  onChange: (reason: string) => void;
}): JSX.Element {
  const { bench, reason, wrong, onChange } = props;
  const id = React.useId();
  return (
    <>
      <label htmlFor={id}>{bench.trans.__('Why? It is kept in the audit trail, with your name.')}</label>
      <textarea
        id={id}
        rows={2}
        required
        aria-invalid={wrong}
        value={reason}
        onChange={event => onChange(event.target.value.replace(/\s*\n\s*/g, ' '))}
      />
    </>
  );
}
