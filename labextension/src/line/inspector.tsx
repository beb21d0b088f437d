/** All that is known of the selected stage or gate, as text, with what can be done. */

import { onPage } from '../advice';
import type { Check, Edge, GateNode, LineGraph, StageNode } from '../models';
import { duration, figure, localTime } from '../moments';
import { Glyph } from '../panel/parts';
import { statusWord } from '../status';
import type { Workbench } from '../workbench';
import { type Action, actionsOf } from './actions';
import { edgeLines, stageRows, stageState } from './words';

interface InspectorProps {
  bench: Workbench;
  graph: LineGraph;
  node: StageNode | GateNode;
  onClose: () => void;
}

export function Inspector({ bench, graph, node, onClose }: InspectorProps): JSX.Element {
  const { trans } = bench;
  const name = node.kind === 'stage' ? node.stage : node.name;
  return (
    <aside
      className="jp-aifactory-inspector"
      aria-label={trans.__('About %1', name)}
      onKeyDown={event => event.key === 'Escape' && onClose()}
    >
      <div className="jp-aifactory-row">
        <h3 className="jp-aifactory-name">{name}</h3>
        <button
          type="button"
          className="jp-aifactory-icon-button"
          aria-label={trans.__('Close')}
          title={trans.__('Close')}
          onClick={onClose}
        >
          <span aria-hidden="true">✕</span>
        </button>
      </div>
      {node.kind === 'stage' ? (
        <StageFacts bench={bench} graph={graph} node={node} />
      ) : (
        <GateFacts bench={bench} graph={graph} node={node} />
      )}
    </aside>
  );
}

function StageFacts({
  bench,
  graph,
  node
}: {
  bench: Workbench;
  graph: LineGraph;
  node: StageNode;
}): JSX.Element {
  const { trans } = bench;
  const metrics = Object.entries(node.metrics).filter(([, value]) => value !== null);
  const flows = (heading: string, edges: Edge[]) =>
    edges.length > 0 && (
      <>
        <h4>{heading}</h4>
        <ul>
          {edges.map(edge => (
            <li key={`${edge.source} ${edge.asset} ${edge.target}`}>{edgeLines(edge, trans).join(', ')}</li>
          ))}
        </ul>
      </>
    );
  return (
    <>
      <p>{node.summary}</p>
      <p>
        <Glyph status={node.status} trans={trans} /> {stageState(node, trans)}
        {node.started_at && ` · ${localTime(node.started_at)}`}
      </p>
      <Actions bench={bench} groups={actionsOf(node, graph)} />
      {node.message && <pre className="jp-aifactory-problem">{onPage(node.message, trans)}</pre>}
      {node.stale && (
        <p className="jp-aifactory-warning">
          <Glyph status="stale" trans={trans} /> {node.stale}
        </p>
      )}
      {stageRows(node, trans) && <p>{stageRows(node, trans)}</p>}
      {node.expected_end && node.status === 'running' && (
        <p>
          {trans.__(
            'expected to end in %1',
            duration((Date.parse(node.expected_end) - bench.model.now()) / 1000)
          )}
        </p>
      )}
      {metrics.length > 0 && (
        <table className="jp-aifactory-table">
          <caption>{trans.__('Metrics')}</caption>
          <tbody>
            {metrics.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{figure(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {flows(trans.__('Reads'), assets(graph.edges.filter(edge => edge.target === node.id)))}
      {flows(trans.__('Writes'), assets(graph.edges.filter(edge => edge.source === node.id)))}
    </>
  );
}

/** One edge for each asset: many stages may read the same, and what leads to a gate carries none. */
function assets(edges: Edge[]): Edge[] {
  return [...new Map(edges.filter(edge => edge.asset).map(edge => [edge.asset, edge])).values()];
}

function GateFacts({
  bench,
  graph,
  node
}: {
  bench: Workbench;
  graph: LineGraph;
  node: GateNode;
}): JSX.Element {
  const { trans } = bench;
  return (
    <>
      <p>
        <Glyph status={node.status} trans={trans} />{' '}
        {trans.__('Gate of %1: %2', node.stage, statusWord(node.status, trans))}
      </p>
      <Actions bench={bench} groups={actionsOf(node, graph)} />
      {node.text && <p className={node.status === 'stopped' ? 'jp-aifactory-problem' : ''}>{node.text}</p>}
      {node.checks.length > 0 && (
        <>
          <h4>{trans.__('Checks')}</h4>
          <ul className="jp-aifactory-checks">
            {[...node.checks].sort(failedFirst).map(check => (
              <li key={check.name}>
                <Glyph
                  status={check.passed ? 'passed' : node.status === 'warned' ? 'warned' : 'failed'}
                  trans={trans}
                />
                <strong>{check.name}</strong>
                <dl>
                  <dt>{trans.__('found')}</dt>
                  <dd>{check.value}</dd>
                  <dt>{trans.__('limit')}</dt>
                  <dd>{check.limit}</dd>
                </dl>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** What has to be read first; a sort keeps the rest in its order. */
function failedFirst(one: Check, other: Check): number {
  return Number(one.passed) - Number(other.passed);
}

function Actions({ bench, groups }: { bench: Workbench; groups: Action[][] }): JSX.Element {
  const { commands } = bench;
  return (
    <div className="jp-aifactory-actions">
      {groups.flat().map(({ command, args }) => (
        <button
          key={command + JSON.stringify(args)}
          type="button"
          className="jp-aifactory-button"
          title={commands.caption(command, args)}
          onClick={() => void commands.execute(command, args)}
        >
          {commands.label(command, args)}
        </button>
      ))}
    </div>
  );
}
