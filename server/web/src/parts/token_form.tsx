import { useEffect, useRef, useState } from 'preact/hooks';
import type { TargetedEvent } from 'preact';
import { post, Problem } from '../api/client';
import { useAnswer } from '../api/live';
import type { NewToken, PoolRow } from '../api/types';
import { useQuery } from '../app/url';
import { Snippet } from './copy';
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
  const pools = useAnswer<{ pools: PoolRow[] }>('/pools').data?.pools ?? [];
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

// The people's listener cannot tell the agents' address for certain: same host, default port.
const collector = () => `https://${location.hostname}:7443`;
const agentConfig = ({ token, ca_pin }: Created) => `# /etc/vdiwatch/agent.yaml, or C:\\Program Files\\vdiwatch\\agent.yaml
collector: ${collector()}
ca_pin: ${ca_pin}
token: ${token}
`;

export function NewTokenResult({ created, close }: { created: Created; close: () => void }) {
  const section = useRef<HTMLElement>(null);
  useEffect(() => section.current?.focus(), []);
  return (
    <section class="card new-token" tabIndex={-1} ref={section} aria-label="The new token">
      <header class="card-head">
        <h2>Token for {created.pool}</h2>
      </header>
      <p class="notice notice-warn">
        <Icon name="warn" />
        <span>
          <b>It is shown this once.</b> Only its hash is stored; if it gets lost, create another.
        </span>
      </p>
      <Snippet title="Token" text={created.token} />
      <Snippet title="The agent’s configuration" text={agentConfig(created)} />
      <p class="muted">
        <code>ca_pin</code> names the collector’s own certificate authority by its key, so that no file is needed
        beside it. Check the address: agents have a port of their own, 7443 unless the daemon’s configuration says
        otherwise.
      </p>
      <Snippet title="Then, on the desktop" text={'vdiwatch-agent check-in'} />
      <button type="button" class="button" onClick={close}>
        Done
      </button>
    </section>
  );
}
