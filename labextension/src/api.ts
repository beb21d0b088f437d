/** The only place that knows the URLs of the server's half. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type {
  Blueprint,
  CardOf,
  CommandText,
  Comparison,
  Factory,
  Form,
  Launch,
  Line,
  LineGraph,
  ModelHistory,
  RolloutChange,
  RolloutVerdict,
  RunDetail,
  RunRequest,
  TableColumns,
  Template
} from './models';

const ROOT = 'aifactory/api';

/** What the server refused, with a message for each wrong field. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly errors: Record<string, string> = {}
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export class FactoryApi {
  constructor(readonly settings: ServerConnection.ISettings = ServerConnection.makeSettings()) {}

  factory(): Promise<Factory> {
    return this.get('factory');
  }

  line(
    pipeline: string,
    line: Line,
    place: { run?: string; window?: string; branch?: string; stale?: 'no' } = {}
  ) {
    return this.get<LineGraph>(`pipelines/${quoted(pipeline)}/line`, { line, ...place });
  }

  form(pipeline: string, line: Line, options: { run?: string; stage?: string } = {}) {
    return this.get<Form>(`pipelines/${quoted(pipeline)}/form`, { line, ...options });
  }

  check(request: RunRequest): Promise<CommandText> {
    return this.post(`pipelines/${quoted(request.pipeline)}/check`, request);
  }

  run(run: string): Promise<RunDetail> {
    return this.get(`runs/${quoted(run)}`);
  }

  start(request: RunRequest): Promise<Launch> {
    return this.post('runs', request);
  }

  cancel(run: string): Promise<object> {
    return this.post(`runs/${quoted(run)}/cancel`, {});
  }

  resume(run: string, keepKernel = false): Promise<Launch> {
    return this.post(`runs/${quoted(run)}/resume`, keepKernel ? { keep_kernel: true } : {});
  }

  launch(launch: string): Promise<Launch> {
    return this.get(`launches/${quoted(launch)}`);
  }

  model(product: string): Promise<ModelHistory> {
    return this.get(`models/${quoted(product)}`);
  }

  compare(product: string, left: number, right: number): Promise<Comparison> {
    return this.get(`models/${quoted(product)}/compare`, { left: String(left), right: String(right) });
  }

  /** `atOnce` says that no rollout shall begin, whatever the pipeline's policy is. */
  promote(product: string, version: number, alias: string, reason: string, atOnce = false): Promise<Launch> {
    const how = atOnce ? { at_once: true } : {};
    return this.post(`models/${quoted(product)}/promote`, { version, alias, reason, ...how });
  }

  rollout(product: string): Promise<RolloutVerdict | null> {
    return this.get(`models/${quoted(product)}/rollout`);
  }

  changeRollout(product: string, change: RolloutChange, reason: string): Promise<Launch> {
    return this.post(`models/${quoted(product)}/rollout`, { ...change, reason });
  }

  card({ product, version, candidate }: CardOf): Promise<{ title: string; html: string }> {
    const asked = version === null ? { candidate } : { version: String(version) };
    return this.get(`models/${quoted(product)}/card`, asked);
  }

  rollBack(product: string, reason: string): Promise<Launch> {
    return this.post(`models/${quoted(product)}/rollback`, { reason });
  }

  blueprints(): Promise<Blueprint[]> {
    return this.get('blueprints');
  }

  templates(): Promise<Template[]> {
    return this.get('templates');
  }

  ownTemplate(stage: string): Promise<{ path: string }> {
    return this.post('templates', { stage });
  }

  table(table: string): Promise<TableColumns> {
    return this.get('tables', { table });
  }

  newPipeline(
    from:
      | { blueprint: string; name: string }
      | { table: string; name: string; target?: string; time?: string; key?: string; segment?: string }
  ): Promise<Launch> {
    return this.post('pipelines', from);
  }

  liveNotebook(run: string, position: number): Promise<{ path: string }> {
    return this.post('notebooks', { run, position });
  }

  /** The address of the server's events, which arrive as they happen. */
  get eventsUrl(): string {
    const { appendToken, token, wsUrl } = this.settings;
    const query = appendToken && token ? URLExt.objectToQueryString({ token }) : '';
    return URLExt.join(wsUrl, 'api/events/subscribe') + query;
  }

  private get<T>(path: string, query: Record<string, string | undefined> = {}): Promise<T> {
    const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value)) as Record<
      string,
      string
    >;
    return this.request(path + URLExt.objectToQueryString(given), { method: 'GET' });
  }

  private post<T>(path: string, body: object): Promise<T> {
    return this.request(path, { method: 'POST', body: JSON.stringify(body) });
  }

  private async request<T>(path: string, init: RequestInit): Promise<T> {
    const url = URLExt.join(this.settings.baseUrl, ROOT, path);
    const response = await ServerConnection.makeRequest(url, init, this.settings);
    const text = await response.text();
    if (response.ok) {
      return (text ? JSON.parse(text) : {}) as T;
    }
    throw refusal(response, text);
  }
}

function quoted(name: string): string {
  return encodeURIComponent(name);
}

function refusal(response: Response, text: string): ApiError {
  try {
    const { message, errors } = JSON.parse(text);
    return new ApiError(message || response.statusText, response.status, errors ?? {});
  } catch {
    return new ApiError(`${response.status} ${response.statusText}`, response.status);
  }
}
