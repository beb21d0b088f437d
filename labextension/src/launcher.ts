/** What can be made new: commands for it, and their cards in the launcher. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type { ILauncher } from '@jupyterlab/launcher';
import { type LabIcon, notebookIcon, spreadsheetIcon } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { messageOf } from './advice';
import { factoryIcon } from './icons';
import { LaunchFailed } from './launches';
import type { Workbench } from './workbench';

export const NEW = ['aifactory:new-pipeline', 'aifactory:new-pipeline-from-table', 'aifactory:new-stage'];

/** Adds the commands that make something new. */
export function addNew(app: JupyterFrontEnd, bench: Workbench): void {
  const { trans } = bench;
  const add = (
    command: string,
    about: { label: string; card: string; caption: string; icon: LabIcon; args: string[] },
    make: (given: Record<string, string>) => Promise<string | null>
  ) =>
    app.commands.addCommand(command, {
      label: args => (args.isLauncher ? about.card : about.label),
      caption: about.caption,
      icon: about.icon,
      describedBy: {
        args: {
          type: 'object',
          properties: Object.fromEntries(about.args.map(name => [name, { type: 'string' }]))
        }
      },
      execute: async args => {
        try {
          return await make(given(args, about.args));
        } catch (error) {
          if (!(error instanceof LaunchFailed)) {
            Notification.error(messageOf(error), { autoClose: false });
          }
          throw error;
        }
      }
    });

  add(
    'aifactory:new-pipeline',
    {
      label: trans.__('New Pipeline from Blueprint…'),
      card: trans.__('Pipeline from Blueprint'),
      caption: trans.__('A pipeline with sample data, ready to run and to change'),
      icon: factoryIcon,
      args: ['blueprint', 'name']
    },
    async values => (await import('./create')).pipelineOfBlueprint(bench, values)
  );
  add(
    'aifactory:new-pipeline-from-table',
    {
      label: trans.__('New Pipeline from Table…'),
      card: trans.__('Pipeline from Table'),
      caption: trans.__('A pipeline that predicts a column of a table of yours'),
      icon: spreadsheetIcon,
      args: ['table', 'target', 'time', 'key', 'segment', 'name']
    },
    async values => (await import('./create')).pipelineOfTable(bench, app.serviceManager.contents, values)
  );
  add(
    'aifactory:new-stage',
    {
      label: trans.__('New Stage from Template…'),
      card: trans.__('Stage from Template'),
      caption: trans.__('The notebook of a stage as your own, to be changed'),
      icon: notebookIcon,
      args: ['stage']
    },
    async values => (await import('./create')).stageOfTemplate(bench, values)
  );
}

function given(args: ReadonlyPartialJSONObject, names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap(name =>
      typeof args[name] === 'string' && args[name] ? [[name, args[name] as string]] : []
    )
  );
}

/** Adds the cards. */
export function addCards(launcher: ILauncher, { trans }: Workbench): void {
  NEW.forEach((command, rank) =>
    launcher.add({ command, category: trans.__('AI Factory'), rank, args: { isLauncher: true } })
  );
}
