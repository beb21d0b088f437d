import type { Incident } from '../models';
import { localTime } from '../moments';
import type { Workbench } from '../workbench';
import { Empty, Glyph, Rows } from './parts';

/** What went out of bounds in production: open ones first. */
export function Incidents({ bench }: { bench: Workbench }): JSX.Element {
  const { model, trans } = bench;
  const incidents = model.factory?.incidents ?? [];
  if (!incidents.length) {
    return <Empty>{trans.__('No incident: everything that is watched has stayed within its limits.')}</Empty>;
  }
  return (
    <Rows
      items={incidents}
      label={trans.__('Incidents')}
      height={58}
      name={item => [item.pipeline, item.kind, item.subject, item.opened_at].join('/')}
      row={item => <IncidentRow bench={bench} item={item} />}
    />
  );
}

function IncidentRow({ bench, item }: { bench: Workbench; item: Incident }): JSX.Element {
  const { trans, commands } = bench;
  const open = item.closed_at === null;
  return (
    <div className="jp-aifactory-row">
      <button
        type="button"
        className="jp-aifactory-main jp-aifactory-two"
        title={item.reason}
        onClick={() =>
          void commands.execute('aifactory:open-line', { pipeline: item.pipeline, line: 'operate' })
        }
      >
        <span className="jp-aifactory-line">
          <Glyph status={open ? 'warned' : 'ended'} trans={trans} />
          <span className="jp-aifactory-name">{[item.kind, item.subject].filter(Boolean).join(' · ')}</span>
          <span className="jp-aifactory-aside">{open ? trans.__('open') : trans.__('closed')}</span>
        </span>
        <span className="jp-aifactory-detail">{item.reason}</span>
        <span className="jp-aifactory-detail">
          {open
            ? trans.__('%1 · since %2', item.pipeline, item.opened_window || localTime(item.opened_at))
            : trans.__(
                '%1 · %2 to %3',
                item.pipeline,
                item.opened_window || localTime(item.opened_at),
                item.closed_window || localTime(item.closed_at)
              )}
        </span>
      </button>
    </div>
  );
}
