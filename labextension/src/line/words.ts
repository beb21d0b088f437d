/** What nodes and edges of a line are called, for those who read and for those who listen. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Edge, GateNode, StageNode } from '../models';
import { duration, figure } from '../moments';
import { statusWord } from '../status';

/** The state of a stage in one line: its word, its cell or how long it took. */
export function stageState(node: StageNode, trans: TranslationBundle): string {
  const word = statusWord(node.status, trans);
  if (node.status === 'running') {
    return node.cells ? trans.__('cell %1 of %2', node.cell ?? 0, node.cells) : word;
  }
  return node.seconds === null ? word : trans.__('%1, %2', word, duration(node.seconds));
}

/** What went in and came out: the place where a step that loses rows is seen. */
export function stageRows(node: StageNode, trans: TranslationBundle): string {
  if (node.rows_in === null && node.rows_out === null) {
    return '';
  }
  if (node.rows_in === null) {
    return trans.__('%1 rows out', figure(node.rows_out));
  }
  if (node.rows_out === null) {
    return trans.__('%1 rows in', figure(node.rows_in));
  }
  return trans.__('%1 → %2 rows', figure(node.rows_in), figure(node.rows_out));
}

/** What a screen reader says of a stage. */
export function stageLabel(node: StageNode, trans: TranslationBundle): string {
  return [
    trans.__('%1: %2', node.stage, stageState(node, trans)),
    stageRows(node, trans),
    node.stale ? trans.__('stale: %1', node.stale) : '',
    node.message
  ]
    .filter(Boolean)
    .join('. ');
}

/** What a screen reader says of a gate. */
export function gateLabel(node: GateNode, trans: TranslationBundle): string {
  const failed = node.checks.filter(check => !check.passed);
  return [
    trans.__('Gate %1 of %2: %3', node.name, node.stage, statusWord(node.status, trans)),
    ...failed.map(check => trans.__('%1 is %2, limit %3', check.name, check.value, check.limit))
  ].join('. ');
}

/** What stands on a gate: value against limit of the first check that failed, else the first, with its name where that has room. */
export function leadingCheck(node: GateNode, hasRoom: (text: string) => boolean): string {
  const check = node.checks.find(each => !each.passed) ?? node.checks[0];
  if (!check) {
    return node.text;
  }
  const told = `${check.value} / ${check.limit}`;
  return hasRoom(`${check.name} ${told}`) ? `${check.name} ${told}` : told;
}

/** What flows: the name, the version and the rows of a table. */
export function edgeLines(edge: Edge, trans: TranslationBundle): string[] {
  const version = edge.version ? trans.__('%1 v%2', edge.asset, edge.version.replace(/^v/, '')) : edge.asset;
  return edge.rows === null ? [version] : [version, trans.__('%1 rows', figure(edge.rows))];
}

/** A text that keeps to a width, cut with an ellipsis; `measure` tells how wide a text is. */
export function fitted(text: string, width: number, measure: (text: string) => number): string {
  if (measure(text) <= width) {
    return text;
  }
  const letters = [...text];
  let [fits, most] = [0, letters.length];
  while (most - fits > 1) {
    const middle = Math.floor((fits + most) / 2);
    if (measure(`${letters.slice(0, middle).join('').trimEnd()}…`) <= width) {
      fits = middle;
    } else {
      most = middle;
    }
  }
  return `${letters.slice(0, fits).join('').trimEnd()}…`;
}
