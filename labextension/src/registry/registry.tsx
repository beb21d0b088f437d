/** The registry view: the versions of a product and what its aliases name. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';

import { factoryIcon } from '../icons';
import { figure } from '../moments';
import type { Workbench } from '../workbench';

function Registry({ bench, product }: { bench: Workbench; product: string }): JSX.Element {
  const { model, trans } = bench;
  const item = model.factory?.models.find(each => each.product === product);
  return (
    <div className="jp-aifactory-form">
      <h2>{product}</h2>
      {item ? (
        <ul>
          {Object.entries(item.aliases).map(([alias, version]) => (
            <li key={alias}>{trans.__('%1: version %2', alias, version)}</li>
          ))}
          <li>{trans.__('%1 of the champion: %2', item.metric, figure(item.value))}</li>
        </ul>
      ) : (
        <p>{trans.__('No model of this name yet.')}</p>
      )}
    </div>
  );
}

/** The registry view of a product, for the main area. */
export function createRegistry(bench: Workbench, product: string): MainAreaWidget {
  const content = ReactWidget.create(
    <UseSignal signal={bench.model.changed}>{() => <Registry bench={bench} product={product} />}</UseSignal>
  );
  const widget = new MainAreaWidget({ content });
  widget.id = `aifactory-registry-${product}`;
  widget.title.label = product;
  widget.title.icon = factoryIcon;
  widget.title.closable = true;
  widget.toolbar.hide();
  return widget;
}
