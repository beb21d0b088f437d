/** A question before something is changed: what it does is shown, a reason is asked for, until the server takes it. */

import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import * as React from 'react';

import { messageOf } from '../advice';
import { ApiError } from '../api';
import type { Launch } from '../models';
import type { Workbench } from '../workbench';

/** What is filled in; each question asks why. */
export interface Answer {
  reason: string;
}

export interface FormProps<T extends Answer> {
  answer: T;
  onChange: (answer: T) => void;
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
    const dialog = new Dialog<T>({
      title,
      body: new QuestionBody(bench, question, given, problem),
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: accept })],
      focusNodeSelector: 'textarea'
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

class QuestionBody<T extends Answer> extends ReactWidget implements Dialog.IBodyWidget<T> {
  constructor(
    private readonly bench: Workbench,
    private readonly question: Question<T>,
    private answer: T,
    private readonly problem: string
  ) {
    super();
    this.addClass('jp-aifactory-dialog');
  }

  getValue(): T {
    return this.answer;
  }

  protected render(): JSX.Element {
    const { answer, problem, bench } = this;
    const Form = this.question.form;
    const onChange = (changed: T) => {
      // It is drawn again in a while: what was filled in since `answer` was drawn stays.
      const parts = Object.entries(changed).filter(([name, value]) => value !== answer[name as keyof T]);
      this.answer = { ...this.answer, ...Object.fromEntries(parts) };
      this.update();
    };
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
          onChange={reason => onChange({ ...answer, reason })}
        />
      </>
    );
  }
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
