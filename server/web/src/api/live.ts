import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get, Problem, serverNow } from './client';

// Pages poll: one beat for all of them, silent while the tab is hidden or the reader paused it.
const beatMs = 15_000;
const listeners = new Set<() => void>();
let paused = false;
let lastBeat = Date.now();

function beat() {
  if (paused || document.hidden || Date.now() - lastBeat < beatMs) return;
  lastBeat = Date.now();
  for (const listener of [...listeners]) listener();
}

setInterval(beat, 1000);
document.addEventListener('visibilitychange', beat);

export const isPaused = () => paused;
export function setPaused(value: boolean) {
  paused = value;
  beat();
}

export function useBeat(run: () => void) {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    const listener = () => latest.current();
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, []);
}

// The last answers, so that Back shows a page at once and refreshes it behind.
const seen = new Map<string, unknown>();
const seenLimit = 60;

export function forgetAnswers() {
  seen.clear();
}

function remember(path: string, data: unknown) {
  seen.delete(path);
  seen.set(path, data);
  if (seen.size > seenLimit) seen.delete(seen.keys().next().value as string);
}

export interface Answer<T> {
  data: T | undefined; // the last good answer for this path, even if a refresh failed since
  stale: boolean; // it is the answer to the filters before, until the one to these comes
  error: Problem | undefined;
  reload: () => void;
}

let freshAt = 0;
export const lastFresh = () => freshAt;

const withoutQuery = (path: string | null) => path?.split('?', 1)[0];

// Reads path now and on every beat; null reads nothing. While only the query changes, the list before stays.
export function useAnswer<T>(path: string | null): Answer<T> {
  const [, redraw] = useState(0);
  const state = useRef<{ path: string | null; before?: T | undefined; error?: Problem | undefined }>({
    path,
  });
  if (state.current.path !== path) {
    const { path: last, before } = state.current;
    const shown =
      last !== null && withoutQuery(last) === withoutQuery(path)
        ? ((seen.get(last) as T | undefined) ?? before)
        : undefined;
    state.current = { path, before: shown };
  }

  const load = useCallback(
    (signal?: AbortSignal) => {
      if (path === null) return;
      const settle = (error?: Problem) => {
        if (state.current.path !== path || signal?.aborted) return;
        state.current.error = error;
        redraw((n) => n + 1);
      };
      get<T>(path, signal).then(
        (data) => {
          remember(path, data);
          freshAt = serverNow();
          settle();
        },
        (error) => settle(error instanceof Problem ? error : new Problem(0, 'Failed', String(error))),
      );
    },
    [path],
  );

  useEffect(() => {
    const abort = new AbortController();
    load(abort.signal);
    return () => abort.abort();
  }, [load]);
  useBeat(() => load());

  const fresh = path === null ? undefined : (seen.get(path) as T | undefined);
  const { before, error } = state.current;
  const stale = fresh === undefined && before !== undefined && error === undefined;
  return { data: stale ? before : fresh, stale, error, reload: () => load() };
}
