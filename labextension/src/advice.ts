/** What the factory says, as it fits a page: its advice is written for a terminal, and here there are buttons. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

/** A message with its advice for a terminal in the words of the buttons of this page. */
export function onPage(message: string, trans: TranslationBundle): string {
  const words: [RegExp, string][] = [
    [/\s*Go on with: aifactory \S+ .*--resume \S+( --keep-kernel)?/g, ` ${trans.__('Go on with “Resume”.')}`],
    [/ more: aifactory show \S+/g, ` ${trans.__('more; the line shows them.')}`],
    [
      /Wait for it \(--wait\), or end it: kill \d+ on \S+\./g,
      trans.__('Wait for it, or end it with “Cancel Run” in its line.')
    ],
    [/End it there: kill -INT \d+ on (\S+)\./g, trans.__('End it there, on %1.', '$1')],
    [/Run the line first: aifactory run \S+/g, trans.__('Run the line first.')],
    [/\s*Start over with: --fresh/g, ` ${trans.__('Start over with “Run again what is up to date”.')}`],
    [/Make one with 'aifactory init [^']*'\./g, trans.__('Make one with “New Pipeline” in the Launcher.')]
  ];
  return words.reduce((text, [terminal, page]) => text.replace(terminal, page), message);
}

/** What an error of any kind says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
