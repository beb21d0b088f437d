/** The plugins of the workbench. */

import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, type MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { addCommands, PALETTE } from './commands';
import { FactoryModel, IFactoryModel } from './factory';
import type { FormContent } from './form/form';
import { addCards, addNew, NEW } from './launcher';
import type { LineContent } from './line/widget';
import { notifyOfEnds, type Told } from './notify';
import { createPanel } from './panel/panel';
import type { CardContent } from './registry/card';
import type { RegistryContent } from './registry/registry';
import { StatusItem } from './statusbar';
import type { Workbench } from './workbench';

const model: JupyterFrontEndPlugin<IFactoryModel> = {
  id: 'aifactory-nb:model',
  description: 'Knows the state of the AI factory and keeps it up to date.',
  autoStart: true,
  provides: IFactoryModel,
  activate: (app: JupyterFrontEnd) => {
    const factory = new FactoryModel();
    void app.restored.then(() => factory.start());
    return factory;
  }
};

const workbench: JupyterFrontEndPlugin<void> = {
  id: 'aifactory-nb:plugin',
  description: 'The factory panel, the line view and the commands of the AI factory.',
  autoStart: true,
  requires: [IFactoryModel],
  optional: [ITranslator, ILabShell, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    factory: IFactoryModel,
    translator: ITranslator | null,
    shell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ) => {
    const bench = benchOf(app, factory, translator);
    const panel = createPanel(bench);
    const lines = new WidgetTracker<MainAreaWidget<LineContent>>({ namespace: 'aifactory-line' });
    const forms = new WidgetTracker<MainAreaWidget<FormContent>>({ namespace: 'aifactory-form' });
    const registries = new WidgetTracker<MainAreaWidget<RegistryContent>>({
      namespace: 'aifactory-registry'
    });
    const cards = new WidgetTracker<MainAreaWidget<CardContent>>({ namespace: 'aifactory-card' });
    addCommands({ app, shell, bench, lines, forms, registries, cards, panelId: panel.id });
    app.shell.add(panel, 'left', { rank: 300 });
    restorer?.add(panel, 'aifactory-panel');
    void restorer?.restore(lines, {
      command: 'aifactory:open-line',
      args: widget => ({ ...widget.content.place }),
      name: widget => widget.content.place.pipeline
    });
    void restorer?.restore(forms, {
      command: 'aifactory:run-form',
      args: widget => ({ ...widget.content.place }),
      name: widget => widget.content.place.pipeline
    });
    void restorer?.restore(registries, {
      command: 'aifactory:registry',
      args: widget => ({ product: widget.content.product }),
      name: widget => widget.content.product
    });
    void restorer?.restore(cards, {
      command: 'aifactory:model-card',
      args: widget => ({ ...widget.content.of }),
      name: widget => widget.id
    });
    const category = bench.trans.__('AI Factory');
    PALETTE.forEach(command => palette?.addItem({ command, category }));
  }
};

const launcher: JupyterFrontEndPlugin<void> = {
  id: 'aifactory-nb:launcher',
  description: 'Makes new pipelines and stages, from the launcher and the palette.',
  autoStart: true,
  requires: [IFactoryModel],
  optional: [ITranslator, ILauncher, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    factory: IFactoryModel,
    translator: ITranslator | null,
    cards: ILauncher | null,
    palette: ICommandPalette | null
  ) => {
    const bench = benchOf(app, factory, translator);
    addNew(app, bench);
    cards && addCards(cards, bench);
    const category = bench.trans.__('AI Factory');
    NEW.forEach(command => palette?.addItem({ command, category }));
  }
};

const status: JupyterFrontEndPlugin<void> = {
  id: 'aifactory-nb:status',
  description: 'Shows in the status bar what is at work in the AI factory and what needs somebody.',
  autoStart: true,
  requires: [IFactoryModel],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    factory: IFactoryModel,
    bar: IStatusBar | null, // Notebook 7 has none
    translator: ITranslator | null
  ) => {
    if (bar) {
      const item = new StatusItem(benchOf(app, factory, translator));
      bar.registerStatusItem('aifactory-nb:status', { item, align: 'left', rank: 10 });
    }
  }
};

const notifications: JupyterFrontEndPlugin<void> = {
  id: 'aifactory-nb:notifications',
  description: 'Tells when a run has ended.',
  autoStart: true,
  requires: [IFactoryModel],
  optional: [ITranslator, ISettingRegistry],
  activate: async (
    app: JupyterFrontEnd,
    factory: IFactoryModel,
    translator: ITranslator | null,
    registry: ISettingRegistry | null
  ) => {
    let settings: ISettingRegistry.ISettings | null = null;
    notifyOfEnds(
      benchOf(app, factory, translator),
      () => (settings?.composite.notifications ?? 'all') as Told
    );
    settings = (await registry?.load(workbench.id).catch(() => null)) ?? null;
  }
};

function benchOf(app: JupyterFrontEnd, factory: IFactoryModel, translator: ITranslator | null): Workbench {
  const trans = (translator ?? nullTranslator).load('aifactory_nb');
  return { model: factory, commands: app.commands, trans };
}

export default [model, workbench, launcher, status, notifications];
export { IFactoryModel };
