/** What is at work and what needs somebody, in the status bar. */

import { ReactWidget } from '@jupyterlab/ui-components';

import { counts } from './state';
import { glyph } from './status';
import type { Workbench } from './workbench';

export class StatusItem extends ReactWidget {
  constructor(private readonly bench: Workbench) {
    super();
    this.addClass('jp-aifactory-statusitem');
    bench.model.changed.connect(this.update, this);
  }

  protected render(): JSX.Element | null {
    const { model, trans, commands } = this.bench;
    if (!model.factory || model.problem) {
      return null;
    }
    const { running, failed, breached, unread } = counts(model.factory);
    const parts = [
      running ? `${glyph('running')} ${trans._n('%1 running', '%1 running', running)}` : '',
      failed ? `${glyph('failed')} ${trans._n('%1 failed', '%1 failed', failed)}` : '',
      breached ? `${glyph('warned')} ${trans._n('%1 drifting', '%1 drifting', breached)}` : '',
      unread
        ? `${glyph('problem')} ${trans._n('%1 pipeline unreadable', '%1 pipelines unreadable', unread)}`
        : ''
    ].filter(Boolean);
    return (
      <button
        type="button"
        title={trans.__('Show the factory')}
        onClick={() => void commands.execute('aifactory:show-panel')}
      >
        {parts.join('  ') || trans.__('Factory: all quiet')}
      </button>
    );
  }
}
