/** Waits for commands that make no run: promotions, rollbacks, new pipelines. */

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

/** A command has failed; that launches fail is told by a notification anyway. */
export class LaunchFailed extends Error {}
