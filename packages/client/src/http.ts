import {
  API,
  ErrorKind,
  httpRoutes,
  Problem,
  RefusalError,
  type HttpReplyOf,
  type HttpRequestOf,
  type HttpRouteName,
} from '@parley/events';
import { garbled, unreachable } from './refusals.ts';

/**
 * Where a server is and how to reach it. `baseUrl`: origin without a slash at its end, '' for the page's own.
 * `headless`: no cookies; the refresh token travels in bodies. `timeoutMs`: how long one answer may take.
 */
export interface ServerAddress {
  readonly baseUrl: string;
  readonly headless?: boolean;
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
}

/**
 * What a call may carry beside its request: values for the path's `:names`, and the access token. `outlives`: it goes on
 * when the page that made it is gone.
 */
export interface CallOptions {
  readonly params?: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly outlives?: boolean;
}

/**
 * Calls one HTTP route of the contract.
 * @returns its checked reply.
 * @throws RefusalError as the server gave it; `unavailable` when no answer came; `internal` for an unreadable answer.
 */
export async function callRoute<N extends HttpRouteName>(
  server: ServerAddress,
  name: N,
  request: HttpRequestOf<N>,
  options: CallOptions = {},
): Promise<HttpReplyOf<N>> {
  const response = await exchange(server, name, request, options);
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw refusalOf(name, response, body);
  const reply = httpRoutes[name].reply.safeParse(body);
  if (!reply.success) throw garbled(name, reply.error);
  return reply.data as HttpReplyOf<N>;
}

async function exchange(
  server: ServerAddress,
  name: HttpRouteName,
  request: object,
  options: CallOptions,
): Promise<Response> {
  const { method } = httpRoutes[name];
  const send = server.fetch ?? fetch;
  try {
    return await send(urlOf(server, name, request, options.params ?? {}), {
      method,
      headers: headersOf(method, options.token),
      credentials: server.headless ? 'omit' : 'same-origin',
      keepalive: options.outlives ?? false,
      signal: AbortSignal.timeout(server.timeoutMs ?? 10_000),
      ...(method === 'GET' ? {} : { body: JSON.stringify(request) }),
    });
  } catch (fault) {
    throw unreachable(fault);
  }
}

function headersOf(method: string, token: string | undefined): Record<string, string> {
  return {
    accept: 'application/json',
    ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
}

function urlOf(
  server: ServerAddress,
  name: HttpRouteName,
  request: object,
  params: Readonly<Record<string, string>>,
): string {
  const route = httpRoutes[name];
  const path = route.path.replaceAll(/:(\w+)/g, (_, key: string) => encodeURIComponent(params[key] ?? ''));
  return server.baseUrl + API + path + (route.method === 'GET' ? queryOf(request) : '');
}

function queryOf(request: object): string {
  const given = Object.entries(request).filter(([, value]) => value !== undefined);
  if (given.length === 0) return '';
  return '?' + new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
}

/** RFC 9457. An answer of something in between (a proxy's error page) counts as no answer. */
function refusalOf(name: HttpRouteName, response: Response, body: unknown): RefusalError {
  const problem = Problem.safeParse(body);
  const kind = ErrorKind.safeParse(problem.data?.code);
  if (!problem.success || !kind.success) return unreachable(new Error(`${name}: HTTP status ${response.status}`));
  const { detail, retryAfterMs } = problem.data;
  return new RefusalError({
    kind: kind.data,
    message: detail,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
