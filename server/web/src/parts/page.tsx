import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export interface Crumb {
  name: string;
  href: string;
}

let firstPage = true;

interface PageProps {
  title: string; // of the browser's tab
  heading?: ComponentChildren; // the same unless given
  crumbs?: Crumb[];
  aside?: ComponentChildren; // right of the heading
  under?: ComponentChildren; // a line below it
  children: ComponentChildren;
}

// A page's frame. Its heading takes the focus after a change of page, so that a screen reader starts there.
export function Page({ title, heading, crumbs, aside, under, children }: PageProps) {
  const h1 = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · vdiwatch`;
  }, [title]);
  useEffect(() => {
    if (!firstPage) h1.current?.focus({ preventScroll: true });
    firstPage = false;
  }, []);
  return (
    <>
      <div class="page-head">
        <div class="page-name">
          {crumbs && (
            <nav class="crumbs" aria-label="Breadcrumbs">
              {crumbs.map((crumb) => (
                <a key={crumb.href} href={crumb.href}>
                  {crumb.name}
                </a>
              ))}
            </nav>
          )}
          <h1 ref={h1} tabIndex={-1}>
            {heading ?? title}
          </h1>
          {under && <div class="page-under">{under}</div>}
        </div>
        {aside && <div class="page-aside">{aside}</div>}
      </div>
      {children}
    </>
  );
}

export function Card({
  title,
  aside,
  class: name,
  children,
}: {
  title: ComponentChildren;
  aside?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}) {
  return (
    <section class={`card${name ? ` ${name}` : ''}`}>
      <header class="card-head">
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
