/** The small parts that rows of the panel are made of. */

import type { LabIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { glyph, type Shown, statusWord } from '../status';

/** Whether somebody can see what is drawn: what is hidden reads nothing and does not tick. */
export const Seen = React.createContext(true);

/** The glyph of a state with its word for those who cannot see it. */
export function Glyph({ status, trans }: { status: Shown; trans: TranslationBundle }): JSX.Element {
  return (
    <span className="jp-aifactory-glyph" data-status={status} title={statusWord(status, trans)}>
      <span aria-hidden="true">{glyph(status)}</span>
      <span className="jp-aifactory-unseen">{statusWord(status, trans)}</span>
    </span>
  );
}

/** A button that is only an icon. */
export function IconButton(props: {
  icon: LabIcon;
  label: string;
  onClick: () => void;
  disabled?: boolean;
}): JSX.Element {
  const { icon: Icon, label, onClick, disabled } = props;
  return (
    <button
      type="button"
      className="jp-aifactory-icon-button"
      title={label}
      aria-label={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon.react tag="span" width="14px" height="14px" />
    </button>
  );
}

/** How much of something is done, as a bar and in words. */
export function Progress({ value, label }: { value: number; label: string }): JSX.Element {
  return <progress className="jp-aifactory-progress" max={1} value={value} aria-label={label} />;
}

/** What stands where there is nothing, or where something went wrong: what it is and what to do next. */
export function Empty(props: {
  children: React.ReactNode;
  action?: { label: string; onClick: () => void };
  problem?: boolean;
}): JSX.Element {
  return (
    <div className="jp-aifactory-empty" role={props.problem ? 'alert' : undefined}>
      <p>{props.children}</p>
      {props.action && (
        <button type="button" className="jp-aifactory-button" onClick={props.action.onClick}>
          {props.action.label}
        </button>
      )}
    </div>
  );
}

/** The last values of a monitor beside its limit. */
export function Sparkline(props: {
  values: (number | null)[];
  limit: number | null;
  breached: boolean;
}): JSX.Element {
  const { values, limit, breached } = props;
  const known = [...values, limit].filter((value): value is number => value !== null);
  const least = Math.min(0, ...known);
  const span = Math.max(...known, least + 1e-9) - least;
  const x = (index: number) => 2 + (index * 68) / Math.max(1, values.length - 1);
  const y = (value: number) => 20 - (18 * (value - least)) / span;
  const points = values.flatMap((value, index) => (value === null ? [] : [[x(index), y(value)]]));
  const last = points[points.length - 1];
  return (
    <svg className="jp-aifactory-sparkline" width="72" height="22" viewBox="0 0 72 22" aria-hidden="true">
      {limit !== null && <line className="jp-aifactory-limit" x1="0" x2="72" y1={y(limit)} y2={y(limit)} />}
      <polyline points={points.map(point => point.join(',')).join(' ')} />
      {last && <circle data-breached={breached} cx={last[0]} cy={last[1]} r={breached ? 3 : 2} />}
    </svg>
  );
}

const PLAIN = 200;
const BEYOND = 10;

/** A list that draws only the rows in sight when there are more than 200. */
export function Rows<T>(props: {
  items: T[];
  label: string;
  height: number;
  row: (item: T) => JSX.Element;
  name: (item: T) => string;
}): JSX.Element {
  const { items, label, height, row, name } = props;
  const [top, setTop] = React.useState(0);
  const [room, setRoom] = React.useState(400);
  if (items.length <= PLAIN) {
    return (
      <ul className="jp-aifactory-rows" aria-label={label}>
        {items.map(item => (
          <li key={name(item)}>{row(item)}</li>
        ))}
      </ul>
    );
  }
  const first = Math.max(0, Math.floor(top / height) - BEYOND);
  const last = Math.min(items.length, Math.ceil((top + room) / height) + BEYOND);
  return (
    <div
      className="jp-aifactory-scroller"
      tabIndex={0}
      role="region"
      aria-label={label}
      ref={node => node && node.clientHeight !== room && node.clientHeight > 0 && setRoom(node.clientHeight)}
      onScroll={event => setTop(event.currentTarget.scrollTop)}
    >
      <ul className="jp-aifactory-rows" style={{ height: items.length * height }} aria-label={label}>
        {items.slice(first, last).map((item, index) => (
          <li
            key={name(item)}
            className="jp-aifactory-placed"
            aria-setsize={items.length}
            aria-posinset={first + index + 1}
            style={{ top: (first + index) * height, height }}
          >
            {row(item)}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The moment, told again each second while something is at work that it matters for. */
export function useNow(now: () => number, active: boolean): number {
  const [, tick] = React.useReducer((count: number) => count + 1, 0);
  const ticks = React.useContext(Seen) && active;
  React.useEffect(() => {
    if (!ticks) {
      return;
    }
    const timer = setInterval(() => document.visibilityState === 'visible' && tick(), 1000);
    return () => clearInterval(timer);
  }, [ticks]);
  return now();
}
