import { useEffect, useState } from 'preact/hooks';

// A choice of the reader's, kept in this browser; whoever shows it redraws when it changes.
export interface Preference<T extends string> {
  now: () => T;
  choose: (value: T) => void;
  use: () => [T, (value: T) => void];
}

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage may be switched off
  }
}

function store(key: string, value: string) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // it then lasts for this visit
  }
}

// The first of `values` stands where nothing was chosen.
export function preference<T extends string>(
  name: string,
  values: readonly [T, ...T[]],
  apply: (value: T) => void = () => {},
): Preference<T> {
  const key = `vdiwatch.${name}`;
  const listeners = new Set<() => void>();
  let value = values.find((one) => one === stored(key)) ?? values[0];
  apply(value);
  const choose = (next: T) => {
    value = next;
    store(key, next);
    apply(next);
    for (const listener of [...listeners]) listener();
  };
  const use = (): [T, (value: T) => void] => {
    const [, redraw] = useState(0);
    useEffect(() => {
      const listener = () => redraw((n) => n + 1);
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    }, []);
    return [value, choose];
  };
  return { now: () => value, choose, use };
}

export const after = <T>(values: readonly T[], value: T): T =>
  values[(values.indexOf(value) + 1) % values.length]!;
