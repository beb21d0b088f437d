/** The factory panel of the left sidebar. */

import { ReactWidget, refreshIcon, SidePanel } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import type { AccordionPanel } from '@lumino/widgets';

import { factoryIcon } from '../icons';
import { counts } from '../state';
import type { Workbench } from '../workbench';
import { Incidents } from './incidents';
import { Models } from './models';
import { Monitors } from './monitors';
import { fitSections } from './fit';
import { Empty, IconButton, Seen } from './parts';
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

  protected onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.update();
  }

  protected render(): JSX.Element {
    return (
      <Seen.Provider value={this.isVisible}>
        <this.Body bench={this.bench} />
      </Seen.Provider>
    );
  }
}

type Part = 'pipelines' | 'runs' | 'models' | 'monitors' | 'incidents';

/** The sections, and what each is worth where room is scarce. */
const SECTIONS: { part: Part; Body: Body; weight: number }[] = [
  { part: 'pipelines', Body: Pipelines, weight: 3 },
  { part: 'runs', Body: Runs, weight: 2 },
  { part: 'models', Body: Models, weight: 1 },
  { part: 'monitors', Body: Monitors, weight: 2 },
  { part: 'incidents', Body: Incidents, weight: 1 }
];

class Section extends Watching {
  constructor(
    bench: Workbench,
    Body: Body,
    private readonly part: Part
  ) {
    super(bench, guarded(Body, part));
    this.name();
  }

  protected onChanged(): void {
    this.name();
    super.onChanged();
  }

  private name(): void {
    const title = this.node.getAttribute('aria-labelledby') ?? '';
    const isHeld = !!title && document.activeElement?.id === title;
    this.title.label = sectionTitle(this.part, this.bench);
    if (isHeld) {
      document.getElementById(title)?.focus(); // Lumino has put another element in its place
    }
  }
}

/** The name of a section with what counts in it. */
function sectionTitle(part: Part, { model, trans }: Workbench): string {
  const { factory } = model;
  const { running, breached, open } = counts(factory);
  const known = factory?.[part].length ?? 0;
  switch (part) {
    case 'pipelines':
      return factory ? trans.__('Pipelines (%1)', known) : trans.__('Pipelines');
    case 'runs':
      return running
        ? trans._n('Runs (%1 at work)', 'Runs (%1 at work)', running)
        : factory
          ? trans.__('Runs (%1)', known)
          : trans.__('Runs');
    case 'models':
      return factory ? trans.__('Models (%1)', known) : trans.__('Models');
    case 'monitors':
      return breached
        ? trans.__('Monitors (%1 of %2 out of bounds)', breached, known)
        : factory
          ? trans.__('Monitors (%1)', known)
          : trans.__('Monitors');
    case 'incidents':
      return factory ? trans.__('Incidents (%1 open)', open) : trans.__('Incidents');
  }
}

/** Shows a body only when there is something to show: an empty list is not told where nothing could be read. */
function guarded(Inner: Body, part: Part): Body {
  return ({ bench }) => {
    const { model, trans } = bench;
    if (model.problem && !model.factory?.[part].length) {
      return <Empty>{trans.__('Not known.')}</Empty>;
    }
    return model.factory ? <Inner bench={bench} /> : <Empty>{trans.__('Reading the factory…')}</Empty>;
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
          {model.missing
            ? trans.__(
                'The server does not know the AI factory. Start JupyterLab with: aifactory lab. Or: jupyter server extension enable aifactory_nb'
              )
            : model.problem}
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

  for (const { part, Body } of SECTIONS) {
    panel.addWidget(new Section(bench, Body, part));
  }
  fitSections(
    panel.content as AccordionPanel,
    SECTIONS.map(({ weight }) => weight)
  );
  return panel;
}
