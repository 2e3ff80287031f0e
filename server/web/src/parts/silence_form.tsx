import { useState } from 'preact/hooks';
import type { TargetedEvent } from 'preact';
import { post } from '../api/client';
import { useAct } from '../app/act';
import { usePools } from '../app/pools';
import { useQuery } from '../app/url';
import { duration } from '../app/words';
import { Field, FormProblem, textOf } from './form';
import { Icon } from './icon';
import { Card } from './page';

const labels = ['pool', 'cause', 'severity'] as const;
const spans: [seconds: number, name: string][] = [
  [3600, '1 hour'],
  [4 * 3600, '4 hours'],
  [86_400, '1 day'],
  [7 * 86_400, '7 days'],
  [30 * 86_400, '30 days'],
];

function read(form: HTMLFormElement) {
  const data = new FormData(form);
  const matchers = Object.fromEntries(
    labels.map((label) => [label, textOf(data, label)]).filter(([, pattern]) => pattern),
  );
  const key = textOf(data, 'attribute');
  if (key) matchers[`attributes.${key}`] = textOf(data, 'attribute_value');
  return { matchers, lasts_s: Number(textOf(data, 'lasts_s')), reason: textOf(data, 'reason') };
}

// A silence always ends; the longest is what alerts.yaml allows.
export function SilenceForm({ longest, done }: { longest: number; done: () => void }) {
  const { query } = useQuery();
  const pools = usePools();
  const { busy, problem, run } = useAct();
  const [missing, setMissing] = useState('');
  const submit = (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    const wanted = read(event.currentTarget);
    const nothing = Object.keys(wanted.matchers).length === 0;
    setMissing(nothing ? 'Say what to silence: a pool, a cause, a severity or an attribute.' : '');
    if (!nothing) void run(() => post('/silences', wanted)).then((made) => made && done());
  };
  const allowed = spans.filter(([seconds]) => seconds <= longest);
  return (
    <Card title="New silence">
      <form class="form-grid" onSubmit={submit}>
        <Field name="Pool" optional>
          <input name="pool" list="silence-pools" defaultValue={query['pool'] ?? ''} spellcheck={false} placeholder="fin-*" />
          <datalist id="silence-pools">
            {pools.map(({ name }) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </Field>
        <Field name="Cause" optional>
          <input name="cause" defaultValue={query['cause'] ?? ''} spellcheck={false} placeholder="any" />
        </Field>
        <Field name="Severity" optional>
          <select name="severity" defaultValue="">
            <option value="">any</option>
            <option>critical</option>
            <option>major</option>
            <option>minor</option>
          </select>
        </Field>
        <Field name="Attribute" optional>
          <input name="attribute" spellcheck={false} placeholder="site" />
        </Field>
        <Field name="Its value" optional>
          <input name="attribute_value" spellcheck={false} placeholder="berlin" />
        </Field>
        <Field name="Ends after">
          <select name="lasts_s" defaultValue="14400">
            {allowed.map(([seconds, name]) => (
              <option key={seconds} value={seconds} selected={seconds === 14_400}>
                {name}
              </option>
            ))}
          </select>
        </Field>
        <Field name="Reason" wide>
          <input name="reason" required placeholder="Moving to new hosts (CHG-4711)" />
        </Field>
        <button type="submit" class="button button-main" disabled={busy}>
          <Icon name="quiet" />
          {busy ? 'Silencing…' : 'Silence'}
        </button>
      </form>
      <FormProblem text={missing || problem} />
      <p class="card-note">
        All that is given must match; <code>*</code> and <code>?</code> stand for parts of a value. Alerts stay
        visible here, and go out when the silence ends. The longest is {duration(longest)}.
      </p>
    </Card>
  );
}
