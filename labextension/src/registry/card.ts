/** The card of a model as a page of its own: drawn by the server, shown without scripts. */

import { MainAreaWidget, ToolbarButton } from '@jupyterlab/apputils';
import { downloadIcon, refreshIcon } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';

import { messageOf } from '../advice';
import { factoryIcon } from '../icons';
import type { CardOf } from '../models';
import type { Workbench } from '../workbench';

/** The page in a frame that may do nothing, not even run a script. */
export class CardContent extends Widget {
  constructor(
    private readonly bench: Workbench,
    readonly of: CardOf
  ) {
    super();
    this.addClass('jp-aifactory-content');
    this.addClass('jp-aifactory-card');
    this.problem.className = 'jp-aifactory-problem';
    this.problem.setAttribute('role', 'alert');
    this.frame.setAttribute('sandbox', '');
    this.frame.title = bench.trans.__('The model card of %1 as a page', cardName(of));
    this.frame.hidden = this.problem.hidden = true;
    this.node.append(this.problem, this.frame);
    this.themes.observe(document.body, { attributeFilter: ['data-jp-theme-light'] });
    void this.read();
  }

  async read(): Promise<void> {
    try {
      const { title, html } = await this.bench.model.api.card(this.of);
      this.html = html;
      this.draw();
      this.title.label = title;
      this.problem.textContent = '';
    } catch (error) {
      this.problem.textContent = messageOf(error);
    }
    this.problem.hidden = !this.problem.textContent;
    this.frame.hidden = !this.html;
  }

  dispose(): void {
    this.themes.disconnect();
    super.dispose();
  }

  /** The page follows the system; here it shall follow the theme of JupyterLab. */
  private draw(): void {
    const isDark = document.body.dataset.jpThemeLight === 'false';
    this.frame.srcdoc = this.html
      .replaceAll('(prefers-color-scheme: dark)', isDark ? 'all' : 'not all')
      .replace('content="light dark"', `content="${isDark ? 'dark' : 'light'}"`);
  }

  /** Keep the page as a file, as it is now. */
  save(): void {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([this.html], { type: 'text/html' }));
    link.download = `${this.title.label.replace(/[^\w@=-]+/g, '_')}.html`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  private readonly frame = document.createElement('iframe');
  private readonly problem = document.createElement('p');
  private readonly themes = new MutationObserver(() => this.draw());
  private html = '';
}

/** The card of a model, for the main area. */
export function createCard(bench: Workbench, of: CardOf): MainAreaWidget<CardContent> {
  const { trans } = bench;
  const content = new CardContent(bench, of);
  const widget = new MainAreaWidget({ content });
  widget.id = cardId(of);
  widget.title.label = content.title.label = cardName(of);
  widget.title.icon = factoryIcon;
  content.node.setAttribute('aria-label', trans.__('Model card of %1', cardName(of)));
  widget.toolbar.node.setAttribute('aria-label', trans.__('Toolbar of the model card of %1', cardName(of)));
  widget.title.closable = true;
  widget.toolbar.addItem(
    'save',
    new ToolbarButton({
      icon: downloadIcon,
      label: trans.__('Save as HTML'),
      tooltip: trans.__('Keep the card as a file, as it is now'),
      onClick: () => content.save()
    })
  );
  widget.toolbar.addItem(
    'again',
    new ToolbarButton({
      icon: refreshIcon,
      tooltip: trans.__('Read it again'),
      onClick: () => void content.read()
    })
  );
  return widget;
}

/** What the page is called until it is there. */
function cardName({ product, version }: CardOf): string {
  return version === null ? product : `${product} ${version}`;
}

/** One page for each model. */
export function cardId({ product, version, candidate }: CardOf): string {
  return `aifactory-card-${product}-${version ?? candidate}`;
}
