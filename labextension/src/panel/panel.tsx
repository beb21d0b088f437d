/** The factory panel of the left sidebar. */

import { ReactWidget, refreshIcon, SidePanel } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import type { AccordionPanel } from '@lumino/widgets';

import { factoryIcon } from '../icons';
import type { Factory } from '../models';
import { counts } from '../state';
import type { Workbench } from '../workbench';
import { Incidents } from './incidents';
import { Models } from './models';
import { Monitors } from './monitors';
import { Empty, IconButton } from './parts';
import { Pipelines } from './pipelines';
import { Runs } from './runs';

type Body = (props: { bench: Workbench }) => JSX.Element;

/** A part of the panel that is drawn only while it can be seen. */
class Watching extends ReactWidget {
  constructor(
    protected readonly bench: Workbench,
    private readonly Body: Body
  ) {
    super();
    this.addClass('jp-aifactory-section');
    bench.model.changed.connect(this.onChanged, this);
  }

  protected onChanged(): void {
    if (this.isVisible) {
      this.update();
    }
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.update();
  }

  protected render(): JSX.Element {
    return <this.Body bench={this.bench} />;
  }
}

class Section extends Watching {
  constructor(
    bench: Workbench,
    Body: Body,
    private readonly label: (factory: Factory | null) => string
  ) {
    super(bench, guarded(Body));
    this.title.label = label(bench.model.factory);
  }

  protected onChanged(): void {
    this.title.label = this.label(this.bench.model.factory);
    super.onChanged();
  }
}

/** Shows a body only when there is something to show: before, and when the factory cannot be read, it says so. */
function guarded(Inner: Body): Body {
  return ({ bench }) => {
    const { model, trans } = bench;
    if (!model.factory) {
      return <Empty>{model.problem ? trans.__('Not known.') : trans.__('Reading the factory…')}</Empty>;
    }
    return <Inner bench={bench} />;
  };
}

/** The head of the panel: which workspace, whether it can be read, and one polite place that tells of changes. */
function Head({ bench }: { bench: Workbench }): JSX.Element {
  const { model, trans, commands } = bench;
  const { running, failed, open } = counts(model.factory);
  const told = [
    trans._n('%1 run at work', '%1 runs at work', running),
    failed ? trans._n('%1 pipeline failed', '%1 pipelines failed', failed) : '',
    open ? trans._n('%1 open incident', '%1 open incidents', open) : ''
  ];
  return (
    <div className="jp-aifactory-head">
      <div className="jp-aifactory-row">
        <strong className="jp-aifactory-name">{model.factory?.workspace || trans.__('AI Factory')}</strong>
        <IconButton
          icon={refreshIcon}
          label={trans.__('Read the factory again')}
          onClick={() => void commands.execute('aifactory:refresh')}
        />
      </div>
      {model.factory && !model.problem && (
        <p className="jp-aifactory-detail" role="status">
          {told.filter(Boolean).join(' · ')}
        </p>
      )}
      {model.factory && !model.connected && (
        <p className="jp-aifactory-detail">{trans.__('Not live: connecting again…')}</p>
      )}
      {model.problem && (
        <Empty
          problem
          action={{ label: trans.__('Try again'), onClick: () => void commands.execute('aifactory:refresh') }}
        >
          {model.problem}
        </Empty>
      )}
    </div>
  );
}

/** The panel with its sections, each with a count in its title. */
export function createPanel(bench: Workbench): SidePanel {
  const { trans } = bench;
  const panel = new SidePanel();
  panel.id = 'aifactory-panel';
  panel.addClass('jp-aifactory-panel');
  panel.title.icon = factoryIcon;
  panel.title.caption = trans.__('AI Factory');
  panel.node.setAttribute('role', 'region');
  panel.node.setAttribute('aria-label', trans.__('AI Factory'));
  panel.header.addWidget(new Watching(bench, Head));

  const sections: [Body, (factory: Factory | null) => string][] = [
    [
      Pipelines,
      factory => (factory ? trans.__('Pipelines (%1)', factory.pipelines.length) : trans.__('Pipelines'))
    ],
    [
      Runs,
      factory => {
        const working = counts(factory).running;
        return working
          ? trans._n('Runs (%1 at work)', 'Runs (%1 at work)', working)
          : factory
            ? trans.__('Runs (%1)', factory.runs.length)
            : trans.__('Runs');
      }
    ],
    [Models, factory => (factory ? trans.__('Models (%1)', factory.models.length) : trans.__('Models'))],
    [
      Monitors,
      factory => {
        const { breached } = counts(factory);
        return breached
          ? trans.__('Monitors (%1 of %2 out of bounds)', breached, factory?.monitors.length ?? 0)
          : factory
            ? trans.__('Monitors (%1)', factory.monitors.length)
            : trans.__('Monitors');
      }
    ],
    [
      Incidents,
      factory => (factory ? trans.__('Incidents (%1 open)', counts(factory).open) : trans.__('Incidents'))
    ]
  ];
  for (const [body, label] of sections) {
    panel.addWidget(new Section(bench, body, label));
  }
  // Before anybody has moved the borders: room for what changes most.
  (panel.content as AccordionPanel).setRelativeSizes([3, 4, 2, 3, 2]);
  return panel;
}
