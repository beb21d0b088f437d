import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { IFactoryModel } from './factory';

/** What each view is given. */
export interface Workbench {
  model: IFactoryModel;
  commands: CommandRegistry;
  trans: TranslationBundle;
}
