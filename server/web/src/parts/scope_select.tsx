import type { PoolRow } from '../api/types';
import { usePools } from '../app/pools';

// "attribute:site=Leeds" for every attribute that pools have, and every pool.
function scopesOf(pools: PoolRow[]): [value: string, name: string][] {
  const attributes = new Set(
    pools.flatMap((pool) => Object.entries(pool.attributes).map(([key, value]) => `${key}=${value}`)),
  );
  return [
    ['fleet', 'The whole fleet'],
    ...[...attributes].sort().map((text): [string, string] => [`attribute:${text}`, text.replace('=', ': ')]),
    ...pools.map(({ name }): [string, string] => [`pool:${name}`, `Pool ${name}`]),
  ];
}

// What a report is about.
export function ScopeSelect({
  value = 'fleet',
  name,
  choose,
}: {
  value?: string | undefined;
  name?: string;
  choose?: (scope: string) => void;
}) {
  const scopes = scopesOf(usePools());
  const known = scopes.some(([scope]) => scope === value);
  return (
    <select name={name} value={value} onChange={(event) => choose?.(event.currentTarget.value)}>
      {!known && <option value={value}>{value}</option>}
      {scopes.map(([scope, words]) => (
        <option key={scope} value={scope}>
          {words}
        </option>
      ))}
    </select>
  );
}
