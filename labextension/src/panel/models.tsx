import type { Model } from '../models';
import { figure, localTime } from '../moments';
import { rolloutText } from '../registry/traffic';
import type { Workbench } from '../workbench';
import { Empty, Rows } from './parts';

/** The products with the versions that their aliases name. */
export function Models({ bench }: { bench: Workbench }): JSX.Element {
  const { model, trans } = bench;
  const models = model.factory?.models ?? [];
  if (!models.length) {
    return (
      <Empty>{trans.__('No model yet. The stage register of a build line makes the first version.')}</Empty>
    );
  }
  return (
    <Rows
      items={models}
      label={trans.__('Models')}
      height={40}
      name={item => item.product}
      row={item => <ModelRow bench={bench} item={item} />}
    />
  );
}

function ModelRow({ bench, item }: { bench: Workbench; item: Model }): JSX.Element {
  const { trans, commands } = bench;
  const rollout = item.rollout ? [rolloutText(item.rollout, trans)] : [];
  const aliases = Object.entries(item.aliases).map(([alias, version]) => trans.__('%1 v%2', alias, version));
  return (
    <div className="jp-aifactory-row">
      <button
        type="button"
        className="jp-aifactory-main jp-aifactory-two"
        title={[
          item.product,
          ...(item.since ? [trans.__('Champion since %1', localTime(item.since))] : []),
          ...rollout
        ].join('\n')}
        onClick={() => void commands.execute('aifactory:registry', { product: item.product })}
      >
        <span className="jp-aifactory-line">
          <span className="jp-aifactory-name">{item.product}</span>
          <span className="jp-aifactory-aside">
            {item.metric ? trans.__('%1 %2', item.metric, figure(item.value)) : ''}
          </span>
        </span>
        <span className="jp-aifactory-detail">
          {[...rollout, ...aliases, trans._n('%1 version', '%1 versions', item.versions)].join(' · ')}
        </span>
      </button>
    </div>
  );
}
