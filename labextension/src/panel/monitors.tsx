import { refreshIcon } from '@jupyterlab/ui-components';

import type { Monitor } from '../models';
import { figure } from '../moments';
import { isCopy } from '../state';
import type { Workbench } from '../workbench';
import { Empty, Glyph, IconButton, Rows, Sparkline } from './parts';

/** What is watched in production: value against limit, and the windows before. Out of bounds first. */
export function Monitors({ bench }: { bench: Workbench }): JSX.Element {
  const { model, trans } = bench;
  const monitors = [...(model.factory?.monitors ?? [])].sort(
    (a, b) => Number(b.breached) - Number(a.breached)
  );
  if (!monitors.length) {
    return (
      <Empty>
        {trans.__('Nothing is watched yet. Run the operate line of a pipeline for a window of production.')}
      </Empty>
    );
  }
  return (
    <Rows
      items={monitors}
      label={trans.__('Monitors')}
      height={44}
      name={item => `${item.pipeline}/${item.name}/${item.subject}`}
      row={item => <MonitorRow bench={bench} item={item} />}
    />
  );
}

function MonitorRow({ bench, item }: { bench: Workbench; item: Monitor }): JSX.Element {
  const { trans, commands } = bench;
  const bound =
    item.direction === 'above'
      ? trans.__('at most %1', figure(item.limit))
      : trans.__('at least %1', figure(item.limit));
  return (
    <div className="jp-aifactory-row jp-aifactory-monitor" data-breached={item.breached}>
      <button
        type="button"
        className="jp-aifactory-main jp-aifactory-two"
        title={trans.__(
          '%1 of %2 in %3: %4',
          item.name,
          item.subject || item.pipeline,
          item.window,
          figure(item.value)
        )}
        onClick={() =>
          void commands.execute('aifactory:open-line', { pipeline: item.pipeline, line: 'operate' })
        }
      >
        <span className="jp-aifactory-line">
          <Glyph status={item.breached ? 'warned' : 'passed'} trans={trans} />
          <span className="jp-aifactory-name">{[item.name, item.subject].filter(Boolean).join(' · ')}</span>
        </span>
        <span className="jp-aifactory-detail">
          {item.limit === null
            ? trans.__('%1 · %2 · %3', figure(item.value), item.window, item.pipeline)
            : trans.__('%1, %2 · %3 · %4', figure(item.value), bound, item.window, item.pipeline)}
        </span>
      </button>
      <Sparkline values={item.values} limit={item.limit} breached={item.breached} />
      {item.breached && !isCopy(item.pipeline) && (
        <IconButton
          icon={refreshIcon}
          label={trans.__('Retrain %1…', item.pipeline)}
          onClick={() =>
            void commands.execute('aifactory:run-form', { pipeline: item.pipeline, line: 'operate' })
          }
        />
      )}
    </div>
  );
}
