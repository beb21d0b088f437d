/** What two versions differ in, and nothing else. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { messageOf } from '../advice';
import type { Comparison } from '../models';
import type { Workbench } from '../workbench';
import { shownPair, unlike } from './history';

/** A comparison read from the server; the problem says why it could not be. */
export function useComparison(
  { model }: Workbench,
  product: string,
  left: number | undefined,
  right: number | undefined
): { comparison: Comparison | null; problem: string } {
  const [comparison, setComparison] = React.useState<Comparison | null>(null);
  const [problem, setProblem] = React.useState('');
  React.useEffect(() => {
    let stale = false;
    setComparison(null);
    setProblem('');
    if (left === undefined || right === undefined || left === right) {
      return;
    }
    model.api.compare(product, left, right).then(
      found => stale || setComparison(found),
      error => stale || setProblem(messageOf(error))
    );
    return () => {
      stale = true;
    };
  }, [product, left, right]);
  return { comparison, problem };
}

/** The tables of what differs. */
export function Differences(props: { comparison: Comparison; trans: TranslationBundle }): JSX.Element {
  const { comparison, trans } = props;
  const { left, right, parameters, data, features } = comparison;
  const metrics = unlike(comparison);
  const names = { left, right, trans };
  if (!metrics.length && !parameters.length && !data.length && !hasFeatures(features)) {
    return <p>{trans.__('Versions %1 and %2 do not differ.', left, right)}</p>;
  }
  return (
    <div className="jp-aifactory-differences">
      {metrics.length > 0 && (
        <Part
          {...names}
          title={trans.__('Metrics')}
          rows={metrics.map(each => ({ ...plain(each), better: each.better }))}
        />
      )}
      {metrics.length > 0 && typeof comparison.rows_of === 'number' && (
        <p className="jp-aifactory-when">
          {trans.__(
            'Both on the rows that version %1 held out, where they met. The list of versions has each on its own.',
            comparison.rows_of
          )}
        </p>
      )}
      {comparison.same_rows === false && (
        <p className="jp-aifactory-warning">
          {trans.__('They were measured on different rows: no side can be called better.')}
        </p>
      )}
      {data.length > 0 && <Part {...names} title={trans.__('Data')} rows={data.map(plain)} />}
      {parameters.length > 0 && (
        <Part {...names} title={trans.__('Parameters')} rows={parameters.map(plain)} />
      )}
      {hasFeatures(features) && (
        <>
          <h4>{trans.__('Features')}</h4>
          {features.added.length > 0 && <p>{trans.__('Added: %1', features.added.join(', '))}</p>}
          {features.removed.length > 0 && <p>{trans.__('Removed: %1', features.removed.join(', '))}</p>}
        </>
      )}
    </div>
  );
}

function hasFeatures({ added, removed }: Comparison['features']): boolean {
  return added.length + removed.length > 0;
}

function plain({ name, left, right }: { name: string; left: unknown; right: unknown }): PartRow {
  const [one, other] = shownPair(left, right);
  return { name, left: one, right: other, better: '' };
}

interface PartRow {
  name: string;
  left: string;
  right: string;
  better: 'left' | 'right' | '';
}

function Part(props: {
  title: string;
  rows: PartRow[];
  left: number;
  right: number;
  trans: TranslationBundle;
}): JSX.Element {
  const { title, rows, left, right, trans } = props;
  const better = (
    <span className="jp-aifactory-better">
      <span aria-hidden="true"> ▲ </span>
      {trans.__('better')}
    </span>
  );
  return (
    <table className="jp-aifactory-table">
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">{trans.__('What')}</th>
          <th scope="col">{trans.__('Version %1', left)}</th>
          <th scope="col">{trans.__('Version %1', right)}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <tr key={row.name}>
            <th scope="row">{row.name}</th>
            <td data-better={row.better === 'left'}>
              {row.left}
              {row.better === 'left' && better}
            </td>
            <td data-better={row.better === 'right'}>
              {row.right}
              {row.better === 'right' && better}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
