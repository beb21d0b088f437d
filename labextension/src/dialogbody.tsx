/** What a dialog asks for: it is kept as it is typed, and the focus is never taken away from who types. */

import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import * as React from 'react';

export interface FormProps<T> {
  answer: T;
  onChange: (changed: Partial<T>) => void;
}

/** A form in a dialog; `getValue` is what is filled in. */
export class DialogBody<T extends object> extends ReactWidget implements Dialog.IBodyWidget<T> {
  constructor(
    private answer: T,
    private readonly form: (props: FormProps<T>) => JSX.Element
  ) {
    super();
    this.addClass('jp-aifactory-dialog');
  }

  getValue(): T {
    return this.answer;
  }

  protected render(): JSX.Element {
    const change = (changed: Partial<T>) => (this.answer = { ...this.answer, ...changed });
    return <Filled first={this.answer} form={this.form} change={change} />;
  }
}

/** React has the answer too: drawn by an update of the widget, a moment later, the cursor would jump to the end. */
function Filled<T extends object>(props: {
  first: T;
  form: (props: FormProps<T>) => JSX.Element;
  change: (changed: Partial<T>) => T;
}): JSX.Element {
  const { form: Form, change } = props;
  const [answer, setAnswer] = React.useState(props.first);
  return <Form answer={answer} onChange={changed => setAnswer(change(changed))} />;
}

/** `focusNodeSelector` of a dialog, which looks when the page is idle: who is in a field by then stays there. */
export function unlessFocused(selector: string): string {
  return `:focus, .jp-Dialog-body:not(:focus-within) :is(${selector})`;
}
