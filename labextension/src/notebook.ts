/** Opens what a run has left behind: executed notebooks without a kernel, reports and cards beside them. */

import type { NotebookPanel } from '@jupyterlab/notebook';
import type { CommandRegistry } from '@lumino/commands';
import type { Widget } from '@lumino/widgets';

/** The documents that were opened beside each view, so that the next one joins them instead of splitting again. */
const besides = new Map<string, Widget>();

const TURNS = 10;
const PAUSE = 300;

/** Opens a file; `beside` names the widget that shall stay in sight. */
export async function openFile(
  commands: CommandRegistry,
  path: string,
  options: { factory?: string; beside?: string; live?: boolean } = {}
): Promise<Widget | undefined> {
  const { factory, beside = '', live } = options;
  const widget: Widget | undefined = await commands.execute('docmanager:open', {
    path,
    ...(factory ? { factory } : {}),
    ...(path.endsWith('.ipynb') && !live
      ? { kernelPreference: { shouldStart: false, autoStartDefault: false, canStart: true } }
      : {}),
    options: placeBeside(beside)
  });
  if (widget) {
    rememberBeside(beside, widget);
  }
  return widget;
}

/** Where a document stands that is opened beside a view; anywhere without one. */
export function placeBeside(beside: string): { mode?: 'tab-after' | 'split-right'; ref?: string } {
  const before = besides.get(beside);
  if (!beside) {
    return {};
  }
  return before && !before.isDisposed && before.isAttached
    ? { mode: 'tab-after', ref: before.id }
    : { mode: 'split-right', ref: beside };
}

/** The next document beside the view joins this one. */
export function rememberBeside(beside: string, widget: Widget): void {
  beside && besides.set(beside, widget);
}

/** Opens an executed notebook and scrolls to the cell that failed. */
export async function openExecuted(
  commands: CommandRegistry,
  path: string,
  failedCell: number | null,
  beside = ''
): Promise<Widget | undefined> {
  const widget = await openFile(commands, path, { beside, factory: 'Notebook' });
  if (widget && failedCell !== null) {
    const panel = widget as NotebookPanel;
    await panel.context.ready;
    await panel.revealed;
    await toCell(panel, failedCell);
  }
  return widget;
}

/** The cell with an error in its outputs is the one, whatever was added before it; else the one that was named. */
async function toCell(panel: NotebookPanel, named: number): Promise<void> {
  const { content } = panel;
  const failed = content.widgets.findIndex(({ model }) => {
    const outputs = (model.toJSON() as { outputs?: { output_type: string }[] }).outputs;
    return outputs?.some(output => output.output_type === 'error');
  });
  const index = failed >= 0 ? failed : named;
  const cell = content.widgets[index];
  if (!cell) {
    return;
  }
  content.activeCellIndex = index;
  // The notebook measures its cells while it draws them, and moves what was in sight out of it again.
  for (let turn = 0; turn < TURNS && !panel.isDisposed; turn++) {
    await content.scrollToCell(cell);
    await new Promise(resolve => setTimeout(resolve, PAUSE));
    if (inSight(cell.node, content.node)) {
      return;
    }
  }
}

function inSight(inner: HTMLElement, outer: HTMLElement): boolean {
  const [a, b] = [inner.getBoundingClientRect(), outer.getBoundingClientRect()];
  return a.height > 0 && a.top < b.bottom && a.bottom > b.top;
}
