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
  orders: string[]; // what the address may say for this column; each press takes the next
  initial: string; // what the list is sorted by when the address does not say
  class?: string;
  children: ComponentChildren;
}

// A heading that sorts; the order lives in the address as ?sort=name or ?sort=-name, and the daemon
// sorts. A sort begins at the first page.
export function SortHead({ orders, initial, class: name, children }: SortProps) {
  const { query, linkTo } = useQuery();
  const sort = query['sort'] ?? initial;
  const at = orders.indexOf(sort);
  const falling = sort.startsWith('-');
  const next = orders[(at + 1) % orders.length];
  return (
    <th scope="col" class={name} aria-sort={at < 0 ? 'none' : falling ? 'descending' : 'ascending'}>
      <a class="sort" href={linkTo({ sort: next === initial ? undefined : next, cursor: undefined })}>
        {children}
        {at >= 0 && <Icon name={falling ? 'down' : 'up'} />}
      </a>
    </th>
  );
}
