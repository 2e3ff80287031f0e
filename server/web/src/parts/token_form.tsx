import { useState } from 'preact/hooks';
import type { TargetedEvent } from 'preact';
import { post, Problem } from '../api/client';
import type { NewToken } from '../api/types';
import { usePools } from '../app/pools';
import { useQuery } from '../app/url';
import { Icon } from './icon';
import { Card } from './page';

export interface Created {
  token: string;
  pool: string;
  ca_pin: string;
}

const lifetimes: [string, string][] = [
  ['86400', '1 day'],
  ['604800', '7 days'],
  ['2592000', '30 days'],
  ['7776000', '90 days'],
  ['31536000', '1 year'],
];

const text = (form: FormData, name: string) => String(form.get(name) ?? '').trim();

function read(form: HTMLFormElement): NewToken {
  const data = new FormData(form);
  return {
    pool: text(data, 'pool'),
    expires_in_s: Number(text(data, 'expires_in_s')),
    max_uses: Number(text(data, 'max_uses')) || 0,
    cidr: text(data, 'cidr'),
    note: text(data, 'note'),
  };
}

export function TokenForm({ done }: { done: (created: Created) => void }) {
  const { query } = useQuery();
  const pools = usePools();
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    const wanted = read(event.currentTarget);
    setBusy(true);
    setProblem('');
    post<{ token: string; ca_pin: string }>('/tokens', wanted).then(
      ({ token, ca_pin }) => done({ token, pool: wanted.pool, ca_pin }),
      (error) => {
        setProblem(error instanceof Problem ? `${error.title}. ${error.detail}` : String(error));
        setBusy(false);
      },
    );
  };
  return (
    <Card title="New token">
      <form class="form-row" onSubmit={submit}>
        <label class="field">
          <span>Pool</span>
          <input
            name="pool"
            required
            list="pool-names"
            defaultValue={query['pool'] ?? ''}
            autocomplete="off"
            spellcheck={false}
            placeholder="finance-vmware"
          />
          <datalist id="pool-names">
            {pools.map(({ name }) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </label>
        <label class="field">
          <span>Valid for</span>
          <select name="expires_in_s" defaultValue="2592000">
            {lifetimes.map(([value, name]) => (
              <option key={value} value={value} selected={value === '2592000'}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label class="field field-short">
          <span>
            Desktops at most <small>optional</small>
          </span>
          <input name="max_uses" type="number" min="1" step="1" inputmode="numeric" placeholder="no limit" />
        </label>
        <label class="field">
          <span>
            Only from network <small>optional</small>
          </span>
          <input name="cidr" spellcheck={false} autocomplete="off" placeholder="10.20.0.0/16" />
        </label>
        <label class="field field-wide">
          <span>
            Note <small>optional</small>
          </span>
          <input name="note" autocomplete="off" placeholder="Golden image of November" />
        </label>
        <button type="submit" class="button button-main" disabled={busy}>
          <Icon name="enrolment" />
          {busy ? 'Creating…' : 'Create token'}
        </button>
      </form>
      <p class="form-problem" role="alert">
        {problem && (
          <>
            <Icon name="warn" /> {problem}
          </>
        )}
      </p>
    </Card>
  );
}
