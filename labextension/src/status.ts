/** How states look and what they are called: a glyph and a word for each, so that no colour is needed. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { GateNode, Status } from './models';

export type Shown = Status | GateNode['status'] | 'starting' | 'stale' | 'problem' | 'ended';

const GLYPHS: Record<Shown, string> = {
  pending: '○',
  starting: '◌',
  running: '▶',
  succeeded: '✓',
  cached: '≡',
  skipped: '↷',
  failed: '✗',
  stopped: '■',
  interrupted: '‖',
  passed: '✓',
  warned: '!',
  stale: '↻',
  problem: '!',
  ended: '✓'
};

/** The glyph of a state. */
export function glyph(status: Shown): string {
  return GLYPHS[status] ?? '?';
}

/** The word of a state. */
export function statusWord(status: Shown, trans: TranslationBundle): string {
  const words: Record<Shown, string> = {
    pending: trans.__('not run'),
    starting: trans.__('starting'),
    running: trans.__('running'),
    succeeded: trans.__('succeeded'),
    cached: trans.__('up to date'),
    skipped: trans.__('skipped'),
    failed: trans.__('failed'),
    stopped: trans.__('stopped by a gate'),
    interrupted: trans.__('interrupted'),
    passed: trans.__('passed'),
    warned: trans.__('warned'),
    stale: trans.__('stale'),
    problem: trans.__('problem'),
    ended: trans.__('ended')
  };
  return words[status] ?? status;
}

/** Whether something is over that did not end well. */
export function wentWrong(status: string): boolean {
  return status === 'failed' || status === 'stopped' || status === 'interrupted';
}

/** Whether a run or stage is at work. */
export function atWork(status: string): boolean {
  return status === 'running' || status === 'starting';
}
