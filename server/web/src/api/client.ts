import type { Session } from './types';

// What went wrong with a request, in words for people (RFC 9457 where the daemon answered).
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly requestId = '',
    readonly desktops: { id: string; host_name: string; pool: string }[] = [],
    readonly retryAfterS = 0,
  ) {
    super(detail || title);
  }
}

let csrf = '';
let onSignedOut = () => {};
let skewMs = 0;

// The daemon's idea of now, so that ages are right on a desk with a wrong clock.
export const serverNow = () => Date.now() + skewMs;

export const whenSignedOut = (run: () => void) => {
  onSignedOut = run;
};

async function problemOf(response: Response): Promise<Problem> {
  const body = await response.json().catch(() => ({}));
  const retry = Number(response.headers.get('Retry-After')) || 0;
  return new Problem(
    response.status,
    body.title ?? response.statusText,
    body.detail ?? '',
    body.request_id ?? '',
    body.desktops ?? [],
    retry,
  );
}

// What was read last at a path: a change to it says which state it changes.
const etags = new Map<string, string>();

const keepsEtag = (path: string) => /^\/(users|reports\/schedules)\/[^/?]+$/.test(path);
const changes = ['PATCH', 'PUT', 'DELETE'];

// A body goes as JSON, but for a file, which goes as it is.
async function request(method: string, path: string, body?: unknown, signal?: AbortSignal) {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = body instanceof Blob ? 'text/csv' : 'application/json';
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf;
  const etag = changes.includes(method) ? etags.get(path) : undefined;
  if (etag) headers['If-Match'] = etag;
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      signal: signal ?? null,
      credentials: 'same-origin',
      body: body === undefined ? null : body instanceof Blob ? body : JSON.stringify(body),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, 'The daemon does not answer', 'Is vdiwatch still running, and is the network up?');
  }
  const date = Date.parse(response.headers.get('Date') ?? '');
  // The header counts whole seconds; less than that is no skew.
  if (date) skewMs = Math.abs(date - Date.now()) > 2000 ? date - Date.now() : 0;
  if (!response.ok) {
    const problem = await problemOf(response);
    if (problem.status === 401 && path !== '/session') onSignedOut();
    throw problem;
  }
  const fresh = response.headers.get('ETag');
  if (fresh && keepsEtag(path)) etags.set(path, fresh);
  return response.status === 204 ? null : response.json();
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> =>
  request('GET', path, undefined, signal);
export const post = <T>(path: string, body: unknown = {}): Promise<T> => request('POST', path, body);
export const put = <T>(path: string, body: unknown): Promise<T> => request('PUT', path, body);
export const patch = <T>(path: string, body: unknown): Promise<T> => request('PATCH', path, body);
export const remove = <T>(path: string): Promise<T> => request('DELETE', path);

// Null where nobody is signed in.
export async function currentSession(): Promise<Session | null> {
  try {
    const session = await get<Session>('/session');
    csrf = session.csrf;
    return session;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

export async function signIn(user: string, password: string): Promise<Session> {
  const session = await post<Session>('/session', { user, password });
  csrf = session.csrf;
  return session;
}

export async function signOut(): Promise<void> {
  await request('DELETE', '/session');
  csrf = '';
}
