/** Waits for commands that make no run, promotions, rollbacks and new pipelines, and says what came of those that failed. */

import type { TranslationBundle } from '@jupyterlab/translation';

import { onPage } from './advice';
import type { FactoryApi } from './api';
import type { Launch } from './models';

const LOOK_EVERY = 400;

/** A launch once it has ended, well or not. */
export async function whenEnded(api: FactoryApi, launch: Launch): Promise<Launch> {
  let found = launch;
  while (found.status === 'starting' || found.status === 'running') {
    await new Promise(resolve => setTimeout(resolve, LOOK_EVERY));
    found = await api.launch(launch.launch);
  }
  return found;
}

/** What a launch that failed was to do, of which pipeline, and why it did not. */
export function failureText({ what, pipeline, message }: Launch, trans: TranslationBundle): string {
  const words: Record<string, string> = {
    run: trans.__('the run did not start.'),
    replay: trans.__('the replay did not start.'),
    promote: trans.__('no version was promoted.'),
    rollback: trans.__('nothing was rolled back.'),
    rollout: trans.__('the rollout was not changed.'),
    init: trans.__('no pipeline was made.')
  };
  const told = words[what] ?? trans.__('it failed.');
  return trans.__('%1: %2 %3', pipeline || trans.__('AI Factory'), told, onPage(message, trans)).trim();
}

/** A command has failed; that launches fail is told by a notification anyway. */
export class LaunchFailed extends Error {}
