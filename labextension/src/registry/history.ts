/** What the history of a product says: bars of service, who chose a version, what to compare. Knows nothing of the page. */

import type { AliasEvent, Comparison, ModelHistory, ModelVersion } from '../models';
import { figure } from '../moments';

/** A part of the time, from 0 to 1. */
export interface Bar {
  from: number;
  to: number;
  open: boolean;
}

/** The time in which versions served, in milliseconds. */
export interface Span {
  from: number;
  to: number;
}

/** From the first service of a version until now; null when none has served. */
export function serviceSpan(versions: ModelVersion[], now: number): Span | null {
  const starts = versions.flatMap(({ served }) => served.map(([from]) => Date.parse(from)));
  return starts.length ? { from: Math.min(...starts), to: Math.max(now, ...starts) } : null;
}

/** When a version served, as parts of the whole time. */
export function barsOf(version: ModelVersion, span: Span): Bar[] {
  const length = Math.max(1, span.to - span.from);
  return version.served.map(([from, to]) => ({
    from: (Date.parse(from) - span.from) / length,
    to: to ? (Date.parse(to) - span.from) / length : 1,
    open: !to
  }));
}

/** The event that made a version the champion last. */
export function chosenBy(version: ModelVersion, events: AliasEvent[]): AliasEvent | undefined {
  return events.find(({ alias, to_version }) => alias === 'champion' && to_version === version.version);
}

/** The two versions to compare first: the champion and the newest other one; the newest two without a champion. */
export function firstPair({ versions, aliases }: ModelHistory): [number, number] | null {
  const [newest, second] = versions.map(({ version }) => version);
  const champion = aliases.champion ?? second;
  const other = newest === champion ? (aliases.challenger ?? second) : newest;
  return champion === undefined || other === undefined || champion === other ? null : [champion, other];
}

/** The names of metrics: that of the product first, then the others in the order in which they come. */
export function metricNames({ versions, metric }: ModelHistory): string[] {
  const all = new Set(versions.flatMap(({ metrics }) => Object.keys(metrics)));
  all.delete('rows');
  return metric && all.delete(metric) ? [metric, ...all] : [...all];
}

/** The metrics in which two versions differ. */
export function unlike({ metrics }: Comparison): Comparison['metrics'] {
  return metrics.filter(({ left, right }) => left !== right);
}

/** Two values that differ, as they are shown: short, unless they look the same then. */
export function shownPair(left: unknown, right: unknown): [string, string] {
  const short: [string, string] = [shown(left), shown(right)];
  return short[0] === short[1] ? [String(left ?? '–'), String(right ?? '–')] : short;
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') {
    return '–';
  }
  if (typeof value === 'number') {
    return figure(value);
  }
  return typeof value === 'string' ? value.replace(/T00:00:00$/, '') : JSON.stringify(value);
}
