import type { ComponentChildren } from 'preact';
import { useQuery } from '../app/url';
import { Icon } from './icon';

// A table that scrolls sideways inside its own frame where the screen is narrow.
export function Table({
  label,
  class: name,
  children,
}: {
  label: string;
  class?: string;
  children: ComponentChildren;
}) {
  return (
    <div class="table-frame" role="region" aria-label={label} tabIndex={0}>
      <table class={name}>{children}</table>
    </div>
  );
}

interface SortProps {
  by: string;
  initial: string; // what the list is sorted by when the address does not say
  descends?: boolean; // first click: largest first
  class?: string;
  children: ComponentChildren;
}

// A heading that sorts; the order lives in the address as ?sort=name or ?sort=-name.
export function SortHead({ by, initial, descends, class: name, children }: SortProps) {
  const { query, linkTo } = useQuery();
  const sort = query['sort'] ?? initial;
  const active = sort === by || sort === `-${by}`;
  const falling = sort.startsWith('-');
  const next = active ? (falling ? by : `-${by}`) : descends ? `-${by}` : by;
  return (
    <th scope="col" class={name} aria-sort={active ? (falling ? 'descending' : 'ascending') : 'none'}>
      <a class="sort" href={linkTo({ sort: next === initial ? undefined : next })}>
        {children}
        {active && <Icon name={falling ? 'down' : 'up'} />}
      </a>
    </th>
  );
}
