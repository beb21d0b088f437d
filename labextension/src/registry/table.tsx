/** A table that draws only the rows in sight when there are more than 200. */

import * as React from 'react';

export interface Column<T> {
  name: string;
  head: React.ReactNode;
  cell: (row: T) => React.ReactNode;
  number?: boolean;
}

const PLAIN = 200;
const BEYOND = 10;
/** Above and below what stands in a row, with its line. */
const PADDING = 9;

export function Table<T>(props: {
  rows: T[];
  columns: Column<T>[];
  label: string;
  /** How high a row is where not all are drawn. */
  height: number;
  name: (row: T) => React.Key;
}): JSX.Element {
  const { rows, columns, label, height, name } = props;
  const [top, setTop] = React.useState(0);
  const [room, setRoom] = React.useState(600);
  const all = rows.length <= PLAIN;
  const first = all ? 0 : Math.max(0, Math.floor(top / height) - BEYOND);
  const last = all ? rows.length : Math.min(rows.length, Math.ceil((top + room) / height) + BEYOND);
  return (
    <div
      className="jp-aifactory-tablebox"
      role="region"
      aria-label={label}
      tabIndex={0}
      data-tall={!all}
      ref={node => node && !all && node.clientHeight !== room && setRoom(node.clientHeight)}
      onScroll={event => all || setTop(event.currentTarget.scrollTop)}
    >
      <table className="jp-aifactory-table" aria-label={label} aria-rowcount={rows.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ name: column, head, number }) => (
              <th key={column} scope="col" data-number={!!number}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap height={first * height} columns={columns.length} />
          {rows.slice(first, last).map((row, index) => (
            <tr
              key={name(row)}
              aria-rowindex={first + index + 2}
              style={all ? undefined : { height, maxHeight: height }}
            >
              {columns.map(({ name: column, cell, number }) => (
                <td key={column} data-number={!!number}>
                  {all ? (
                    cell(row)
                  ) : (
                    <div className="jp-aifactory-clipped" style={{ maxHeight: height - PADDING }}>
                      {cell(row)}
                    </div>
                  )}
                </td>
              ))}
            </tr>
          ))}
          <Gap height={(rows.length - last) * height} columns={columns.length} />
        </tbody>
      </table>
    </div>
  );
}

function Gap({ height, columns }: { height: number; columns: number }): JSX.Element | null {
  return height > 0 ? (
    <tr aria-hidden="true">
      <td colSpan={columns} style={{ height, padding: 0 }} />
    </tr>
  ) : null;
}
