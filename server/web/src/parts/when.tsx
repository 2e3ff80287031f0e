import { useEffect, useState } from 'preact/hooks';
import { serverNow } from '../api/client';
import { absolute, absoluteUtc, ago } from '../app/time';
import { timeStyle } from '../app/times';

// When something was or will be, as the reader wants times; redrawn as it ages. Print shows the exact time.
export function When({ at }: { at: string | null | undefined }) {
  const time = Date.parse(at ?? '');
  const [style] = timeStyle.use();
  const [, redraw] = useState(0);
  const young = Math.abs(serverNow() - time) < 120_000;
  useEffect(() => {
    const timer = setInterval(() => redraw((n) => n + 1), young ? 5_000 : 30_000);
    return () => clearInterval(timer);
  }, [young]);
  if (Number.isNaN(time)) return <span class="faint">never</span>;
  const age = ago(time, serverNow());
  const moment = style === 'utc' ? absoluteUtc(time) : absolute(time);
  return (
    <time class="when" dateTime={at ?? ''} title={style === 'ago' ? moment : age} data-exact={moment}>
      {style === 'ago' ? age : moment}
    </time>
  );
}

export function Exactly({ at }: { at: string }) {
  const [style] = timeStyle.use();
  const time = Date.parse(at);
  if (Number.isNaN(time)) return <>{at}</>;
  return <time dateTime={at}>{style === 'utc' ? absoluteUtc(time) : absolute(time)}</time>;
}
