/** All commands of the workbench. Each says in `describedBy` what arguments it takes, so that scripts and assistants can
 * call it; called without them, it asks. */

import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import {
  Dialog,
  InputDialog,
  type MainAreaWidget,
  Notification,
  showDialog,
  type WidgetTracker
} from '@jupyterlab/apputils';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { notebookIcon, redoIcon, refreshIcon, runIcon, stopIcon } from '@jupyterlab/ui-components';
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { messageOf, onPage } from './advice';
import type { FormContent } from './form/form';
import { factoryIcon, lineIcon } from './icons';
import type { LineContent } from './line/widget';
import type { Launch, Line, Run, RunRequest } from './models';
import { openExecuted, openFile, placeBeside, rememberBeside } from './notebook';
import type { CardContent } from './registry/card';
import type { RegistryContent } from './registry/registry';
import { byHand } from './state';
import type { Workbench } from './workbench';

export interface Surroundings {
  app: JupyterFrontEnd;
  shell: ILabShell | null;
  bench: Workbench;
  lines: WidgetTracker<MainAreaWidget<LineContent>>;
  forms: WidgetTracker<MainAreaWidget<FormContent>>;
  registries: WidgetTracker<MainAreaWidget<RegistryContent>>;
  cards: WidgetTracker<MainAreaWidget<CardContent>>;
  panelId: string;
}

type Args = ReadonlyPartialJSONObject;
type Schema = ReadonlyJSONObject;

/** How long a hint stands over the page, in milliseconds. */
const SHOWN = 8_000;

const TEXT = { type: 'string' };
const LINE = { type: 'string', enum: ['build', 'operate'] };

function schema(properties: Record<string, Schema>, required: string[] = []): { args: ReadonlyJSONObject } {
  return { args: { type: 'object', properties, required, additionalProperties: true } };
}

/** Adds the commands. */
export function addCommands(around: Surroundings): void {
  addViews(around);
  addDocuments(around);
  addRuns(around);
}

function addViews({ app, shell, bench, lines, forms, registries, cards, panelId }: Surroundings): void {
  const { model, trans } = bench;
  const { commands } = app;
  const inMainArea = (widget: MainAreaWidget, place: DocumentRegistry.IOpenOptions = {}) => {
    if (!widget.isAttached) {
      app.shell.add(widget, 'main', place);
    }
    app.shell.activateById(widget.id);
    return widget;
  };
  /** The view of a tracker with an id, made and tracked when there is none. */
  const one = async <T extends MainAreaWidget>(
    tracker: WidgetTracker<T>,
    id: string,
    make: () => T,
    place: DocumentRegistry.IOpenOptions = {}
  ) => {
    const known = tracker.find(widget => widget.id === id);
    const widget = known ?? make();
    inMainArea(widget, place);
    if (!known) {
      await tracker.add(widget);
    }
    return widget;
  };

  commands.addCommand('aifactory:show-panel', {
    label: trans.__('Show the Factory'),
    caption: trans.__('Show pipelines, runs, models, monitors and incidents'),
    icon: factoryIcon,
    describedBy: schema({}),
    execute: () => app.shell.activateById(panelId)
  });
  commands.addCommand('aifactory:refresh', {
    label: trans.__('Read the Factory Again'),
    icon: refreshIcon,
    describedBy: schema({}),
    execute: () => model.refresh()
  });
  commands.addCommand('aifactory:open-line', {
    label: trans.__('Open Line'),
    caption: trans.__('Show the stages, gates and tables of a pipeline'),
    icon: lineIcon,
    describedBy: schema({ pipeline: TEXT, line: LINE, run: TEXT, window: TEXT, branch: TEXT, select: TEXT }),
    execute: async args => {
      const pipeline = await chosenPipeline(bench, args);
      if (!pipeline) {
        return null;
      }
      const { createLineView, lineViewId } = await import('./line/widget');
      const { run, window, branch, select = '' } = texts(args);
      const line = lineOf(args) ?? (await newestLine(bench, pipeline));
      const place = { pipeline, line, run, window, branch };
      const known = lines.find(widget => widget.id === lineViewId(pipeline));
      const widget = known ?? createLineView(bench, place);
      if (known && (args.line || run || window || branch || select)) {
        known.content.lookAt(place, select);
      }
      inMainArea(widget);
      if (!known) {
        await lines.add(widget);
        widget.content.lookAtChanged.connect(() => void lines.save(widget));
      }
      return widget;
    }
  });
  commands.addCommand('aifactory:run-form', {
    label: trans.__('Run with Other Values…'),
    caption: trans.__('Choose the values of the parameters, then run'),
    icon: runIcon,
    describedBy: schema({ pipeline: TEXT, line: LINE, stage: TEXT, run: TEXT }),
    execute: async args => {
      const pipeline = await chosenPipeline(bench, args);
      if (!pipeline) {
        return null;
      }
      const { createRunForm, formId } = await import('./form/form');
      const { stage, run } = texts(args);
      const place = { pipeline, line: lineOf(args) ?? 'build', stage, run };
      const id = formId(pipeline);
      const known = forms.find(widget => widget.id === id);
      if (known && (args.line || stage || run)) {
        known.content.lookAt(place);
        await forms.save(known);
      }
      return one(forms, id, () => createRunForm(bench, place));
    }
  });
  commands.addCommand('aifactory:registry', {
    label: trans.__('Open Registry'),
    caption: trans.__('Show the versions of a model, and which one served when'),
    icon: factoryIcon,
    describedBy: schema({ product: TEXT }),
    execute: async args => {
      const product =
        texts(args).product ??
        (await chosen(
          bench,
          trans.__('Model'),
          () => names(bench, 'models'),
          () => trans.__('No model yet: run a pipeline first.')
        ));
      if (!product) {
        return null;
      }
      const { createRegistry, registryId } = await import('./registry/registry');
      return one(registries, registryId(product), () => createRegistry(bench, product));
    }
  });
  commands.addCommand('aifactory:model-card', {
    label: trans.__('Open Model Card'),
    caption: trans.__(
      'What a model learned from, how good it was, which gates it met and who put it to work'
    ),
    icon: factoryIcon,
    describedBy: schema(
      { product: TEXT, version: { type: ['integer', 'null'] }, candidate: TEXT, beside: TEXT },
      ['product']
    ),
    execute: async args => {
      const current = app.shell.currentWidget;
      const fromOurs = current && [lines, registries].some(tracker => tracker.has(current));
      const { product = '', candidate = '', beside = fromOurs ? current.id : '' } = texts(args);
      const { createCard, cardId } = await import('./registry/card');
      const of = { product, candidate, version: typeof args.version === 'number' ? args.version : null };
      const known = cards.find(widget => widget.id === cardId(of));
      void known?.content.read();
      const widget = await one(cards, cardId(of), () => createCard(bench, of), placeBeside(beside));
      rememberBeside(beside, widget);
      return widget;
    }
  });
  commands.addCommand('aifactory:factory-floor', {
    label: trans.__('Factory Floor'),
    caption: trans.__('Panel, line and newest report side by side'),
    icon: factoryIcon,
    describedBy: schema({ pipeline: TEXT }),
    execute: async args => {
      shell?.expandLeft();
      app.shell.activateById(panelId);
      await model.known;
      const runs = (model.factory?.runs ?? []).filter(run => !byHand(run));
      const running = runs[0]?.pipeline;
      const pipeline = texts(args).pipeline ?? running ?? names(bench, 'pipelines')[0];
      if (!pipeline) {
        tell(noPipeline(bench));
        return null;
      }
      const view = await commands.execute('aifactory:open-line', { pipeline });
      const report = runs.find(run => run.pipeline === pipeline && run.report)?.report;
      if (report) {
        await openFile(commands, report, { beside: view.id });
        app.shell.activateById(view.id);
      }
      return view;
    }
  });
}

function addDocuments({ app, bench, lines }: Surroundings): void {
  const { model, trans } = bench;
  const { commands } = app;
  /** The view that shall stay in sight: the one that is named, else the line that is looked at. */
  const besideOf = (args: Args) => {
    const current = app.shell.currentWidget;
    return texts(args).beside ?? (current && lines.has(current) ? current.id : '');
  };
  commands.addCommand('aifactory:open-notebook', {
    label: trans.__('Open Executed Notebook'),
    caption: trans.__('As the run has left it, without a kernel, at the cell that failed'),
    icon: notebookIcon,
    describedBy: schema({ path: TEXT, failedCell: { type: ['integer', 'null'] }, beside: TEXT }, ['path']),
    execute: args =>
      openExecuted(
        commands,
        String(args.path),
        typeof args.failedCell === 'number' ? args.failedCell : null,
        besideOf(args)
      )
  });
  commands.addCommand('aifactory:open-file', {
    label: args =>
      ({
        gate: trans.__('Open Gate Report'),
        run: trans.__('Open Run Report')
      })[String(args.what)] ?? trans.__('Open File of the Factory'),
    describedBy: schema({ path: TEXT, what: TEXT, beside: TEXT }, ['path']),
    execute: args =>
      openFile(commands, String(args.path), {
        beside: args.what === 'gate' ? besideOf(args) : texts(args).beside
      })
  });
  commands.addCommand('aifactory:live-notebook', {
    label: trans.__('Open as Live Notebook'),
    caption: trans.__(
      'A copy of the notebook with the parameters of this run, to be run by hand with a kernel'
    ),
    describedBy: schema({ run: TEXT, position: { type: 'integer' } }, ['run', 'position']),
    execute: told(bench, async args => {
      const { path } = await model.api.liveNotebook(String(args.run), Number(args.position));
      return openFile(commands, path, { live: true });
    })
  });
  commands.addCommand('aifactory:open-template', {
    label: args => (args.path ? trans.__('Open Template') : trans.__('Make the Template Your Own…')),
    caption: trans.__("The notebook that the stage runs; the workspace's own wins over the shipped one"),
    describedBy: schema({ stage: TEXT, path: TEXT }, ['stage']),
    execute: told(bench, async args => {
      const { path, stage = '' } = texts(args);
      if (path) {
        return openFile(commands, path, { live: true });
      }
      const answer = await showDialog({
        title: trans.__('Make the template %1 your own?', stage),
        body: trans.__(
          'The shipped notebook is copied into templates/stages of the workspace. From then on the runs use the copy.'
        ),
        buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Copy and open') })]
      });
      return answer.button.accept
        ? openFile(commands, (await model.api.ownTemplate(stage)).path, { live: true })
        : undefined;
    })
  });
}

function addRuns({ app, bench }: Surroundings): void {
  const { model, trans } = bench;
  const { commands } = app;
  const started = (launch: Launch) => {
    model.addLaunch(launch);
    return { ...launch } as unknown as ReadonlyJSONObject;
  };
  /** The runs that the server is asked to resume just now: a second click asks for nothing. */
  const asked = new Set<string>();
  const resumes = (run: string) =>
    asked.has(run) ||
    !!model.factory?.launches.some(launch => launch.run === run && launch.status === 'starting');
  commands.addCommand('aifactory:run', {
    label: args => runLabel(args, bench),
    caption: args =>
      args.from || args.only
        ? trans.__('What is up to date is taken from before')
        : trans.__('Run the whole line'),
    icon: runIcon,
    describedBy: schema({
      pipeline: TEXT,
      command: { type: 'string', enum: ['run', 'replay'] },
      line: LINE,
      window: TEXT,
      from: TEXT,
      until: TEXT,
      only: { type: 'array', items: TEXT },
      values: { type: 'object' },
      matrix: { type: 'object' },
      segment: TEXT,
      fresh: { type: 'boolean' },
      keep_kernel: { type: 'boolean' },
      first: TEXT,
      last: TEXT,
      live: { type: 'boolean' }
    }),
    execute: told(bench, async args => {
      const pipeline = await chosenPipeline(bench, args);
      const { stale: _, ...request } = args;
      return pipeline
        ? started(
            await model.api.start({
              command: 'run',
              ...(args.command === 'replay' ? {} : { line: 'build' }),
              ...request,
              pipeline
            } as unknown as RunRequest)
          )
        : null;
    })
  });
  commands.addCommand('aifactory:resume', {
    label: trans.__('Resume (Retry What Failed)'),
    caption: trans.__('Go on where the run ended: what succeeded is not run again'),
    icon: redoIcon,
    describedBy: schema({ run: TEXT, keep_kernel: { type: 'boolean' } }),
    execute: told(bench, async args => {
      const run = await chosenRun(bench, args, each => each.can_resume);
      if (!run || resumes(run)) {
        return null;
      }
      asked.add(run);
      try {
        return started(await model.api.resume(run, !!args.keep_kernel));
      } finally {
        asked.delete(run);
      }
    })
  });
  commands.addCommand('aifactory:cancel', {
    label: trans.__('Cancel Run'),
    icon: stopIcon,
    describedBy: schema({ run: TEXT, ask: { type: 'boolean' } }),
    execute: told(bench, async args => {
      const run = await chosenRun(bench, args, each => each.can_cancel);
      if (!run) {
        return null;
      }
      const answer =
        args.ask === false
          ? null
          : await showDialog({
              title: trans.__('Cancel this run?'),
              body: trans.__('%1 is interrupted. It can be resumed later.', run),
              buttons: [
                Dialog.cancelButton({ label: trans.__('Let it run') }),
                Dialog.warnButton({ label: trans.__('Cancel the run') })
              ]
            });
      return answer && !answer.button.accept ? null : ((await model.api.cancel(run)) as ReadonlyJSONObject);
    })
  });
}

/** Shows what the server refused, and passes it on to who called. */
function told<T>({ trans }: Workbench, execute: (args: Args) => Promise<T>): (args: Args) => Promise<T> {
  return async args => {
    try {
      return await execute(args);
    } catch (error) {
      const message = messageOf(error);
      Notification.error(onPage(message, trans), { autoClose: false });
      throw error;
    }
  };
}

function runLabel(args: Args, { trans }: Workbench): string {
  const { from } = texts(args);
  if (args.stale) {
    return trans.__('Run What Is Stale');
  }
  if (from) {
    return trans.__('Run from Here');
  }
  return Array.isArray(args.only) ? trans.__('Run Only This Stage') : trans.__('Run Line');
}

/** The arguments that are texts and not empty. */
function texts(args: Args): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(args).filter(([, value]) => typeof value === 'string' && value)
  ) as Record<string, string>;
}

function lineOf(args: Args): Line | null {
  return args.line === 'build' || args.line === 'operate' ? args.line : null;
}

/** The line of a pipeline's newest run; a stage that was run by hand belongs to none. */
async function newestLine({ model }: Workbench, pipeline: string): Promise<Line> {
  await model.known;
  const newest = model.factory?.runs.find(run => run.pipeline === pipeline && run.line && !byHand(run));
  return newest?.line === 'operate' ? 'operate' : 'build';
}

function names({ model }: Workbench, what: 'pipelines' | 'models'): string[] {
  return what === 'pipelines'
    ? (model.factory?.pipelines ?? []).filter(each => !each.problem).map(each => each.name)
    : (model.factory?.models ?? []).map(each => each.product);
}

async function chosenPipeline(bench: Workbench, args: Args): Promise<string | null> {
  const { pipeline } = texts(args);
  return (
    pipeline ??
    chosen(
      bench,
      bench.trans.__('Pipeline'),
      () => names(bench, 'pipelines'),
      () => noPipeline(bench)
    )
  );
}

async function chosenRun(bench: Workbench, args: Args, fits: (run: Run) => boolean): Promise<string | null> {
  const runs = () => (bench.model.factory?.runs ?? []).filter(fits).map(run => run.run);
  const none = () => bench.trans.__('There is no run that this can be done with.');
  return texts(args).run ?? chosen(bench, bench.trans.__('Run'), runs, none);
}

/** Why there is no pipeline to choose, and what to do about it. */
function noPipeline({ model, trans }: Workbench): string {
  if (model.problem) {
    return onPage(model.problem, trans);
  }
  return model.factory?.pipelines.length
    ? trans.__('No pipeline can be read: the panel of the factory says why.')
    : trans.__("There is no pipeline yet: choose 'New Pipeline…' in the Launcher.");
}

/** Says something for a moment: without a time a notification is only kept behind the bell, where nobody sees it. */
function tell(message: string): void {
  Notification.info(message, { autoClose: SHOWN });
}

/** Asks which; `none` says why there is nothing to choose from. */
async function chosen(
  { model }: Workbench,
  title: string,
  known: () => string[],
  none: () => string
): Promise<string | null> {
  await model.known;
  const items = known();
  if (items.length <= 1) {
    if (!items.length) {
      tell(none());
    }
    return items[0] ?? null;
  }
  return (await InputDialog.getItem({ title, items, editable: false })).value;
}

/** The commands that stand in the palette. */
export const PALETTE = [
  'aifactory:show-panel',
  'aifactory:factory-floor',
  'aifactory:open-line',
  'aifactory:run-form',
  'aifactory:run',
  'aifactory:resume',
  'aifactory:cancel',
  'aifactory:registry',
  'aifactory:refresh'
];
