import type { ComponentChildren } from 'preact';

// How something stands: a mark and a word, never the mark alone.
export type Mark = 'live' | 'stale' | 'off' | 'retired' | 'alarm';

export function Standing({ mark, title, children }: { mark: Mark; title?: string; children: ComponentChildren }) {
  return (
    <span class="presence" title={title}>
      <span class={`dot d-${mark}`} />
      {children}
    </span>
  );
}
