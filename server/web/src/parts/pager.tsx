import { useEffect, useRef } from 'preact/hooks';
import { useQuery } from '../app/url';

export const pageSize = '50';

// Forward through a list by its cursors; the browser's Back leads backwards.
export function Pager({ next, size = pageSize }: { next: string | null; size?: string }) {
  const { query, linkTo } = useQuery();
  const at = query['cursor'];
  const before = useRef(at);
  useEffect(() => {
    if (before.current !== at) scrollTo(0, 0); // another page of the list starts at its top
    before.current = at;
  }, [at]);
  if (!at && !next) return null;
  return (
    <nav class="pager" aria-label="Pages">
      {at && (
        <a class="button" href={linkTo({ cursor: undefined })}>
          First page
        </a>
      )}
      {next && (
        <a class="button" href={linkTo({ cursor: next })}>
          Next {size}
        </a>
      )}
    </nav>
  );
}
