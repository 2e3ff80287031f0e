import { useEffect, useState } from 'preact/hooks';
import { serverNow } from '../api/client';
import { absolute, ago } from '../app/time';

// How long ago, with the exact time in its title; redrawn as it ages.
export function When({ at }: { at: string | null | undefined }) {
  const time = Date.parse(at ?? '');
  const [, redraw] = useState(0);
  const young = Math.abs(serverNow() - time) < 120_000;
  useEffect(() => {
    const timer = setInterval(() => redraw((n) => n + 1), young ? 5_000 : 30_000);
    return () => clearInterval(timer);
  }, [young]);
  if (Number.isNaN(time)) return <span class="faint">never</span>;
  return (
    <time dateTime={at ?? ''} title={absolute(time)}>
      {ago(time, serverNow())}
    </time>
  );
}

export function Exactly({ at }: { at: string }) {
  const time = Date.parse(at);
  return Number.isNaN(time) ? <>{at}</> : <time dateTime={at}>{absolute(time)}</time>;
}
