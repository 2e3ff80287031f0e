import { useEffect, useRef, useState } from 'preact/hooks';
import { useAct } from '../app/act';
import { Icon } from './icon';
import type { IconName } from './icon';

// A button for what cannot be undone: the first press asks, the second does it.
export function Confirm({
  name,
  question,
  icon,
  act,
}: {
  name: string;
  question: string;
  icon?: IconName;
  act: () => Promise<unknown>;
}) {
  const [asking, setAsking] = useState(false);
  const { busy, problem, run } = useAct();
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (asking) first.current?.focus();
  }, [asking]);
  if (!asking) {
    return (
      <button type="button" class="button button-small" onClick={() => setAsking(true)}>
        {icon && <Icon name={icon} />}
        {name}
      </button>
    );
  }
  return (
    <span class="confirm" role="group" aria-label={question}>
      <span>{problem || question}</span>
      <button
        type="button"
        class="button button-small button-danger"
        disabled={busy}
        ref={first}
        onClick={() => run(act).then((done) => done && setAsking(false))}
      >
        {name}
      </button>
      <button type="button" class="button button-small" onClick={() => setAsking(false)}>
        Cancel
      </button>
    </span>
  );
}
