import { describe, expect, it } from 'vitest';

import { failureText } from '../src/launches';
import { launch, trans } from './made';

describe('failureText', () => {
  it('says of what, what did not happen and why, without the command', () => {
    const command = 'aifactory run shop --set train.trials=50';
    const failed = launch({ command, status: 'failed', message: 'The disk is full.' });
    expect(failureText(failed, trans)).toBe('shop: the run did not start. The disk is full.');
    expect(failureText({ ...failed, what: 'rollout' }, trans)).toBe(
      'shop: the rollout was not changed. The disk is full.'
    );
  });

  it('names the buttons of the page', () => {
    const message = 'It is at work. Run the line first: aifactory run shop';
    expect(failureText(launch({ message }), trans)).toBe(
      'shop: the run did not start. It is at work. Run the line first.'
    );
  });

  it('says of anything else that it failed, and needs no pipeline', () => {
    const other = launch({ what: 'init', pipeline: '', message: 'There is one.' });
    expect(failureText(other, trans)).toBe('AI Factory: no pipeline was made. There is one.');
    expect(failureText({ ...other, what: 'check' }, trans)).toBe('AI Factory: it failed. There is one.');
  });
});
