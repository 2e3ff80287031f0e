import type { TargetedEvent } from 'preact';
import { post } from '../api/client';
import type { NewToken } from '../api/types';
import { useAct } from '../app/act';
import { usePools } from '../app/pools';
import { useQuery } from '../app/url';
import { Field, FormProblem, textOf } from './form';
import { Icon } from './icon';
import { LifetimeSelect } from './lifetime_select';
import { Card } from './page';

export interface Created {
  token: string;
  pool: string;
  ca_pin: string;
}

function read(form: HTMLFormElement): NewToken {
  const data = new FormData(form);
  return {
    pool: textOf(data, 'pool'),
    expires_in_s: Number(textOf(data, 'expires_in_s')),
    max_uses: Number(textOf(data, 'max_uses')) || 0,
    cidr: textOf(data, 'cidr'),
    note: textOf(data, 'note'),
  };
}

export function TokenForm({ done }: { done: (created: Created) => void }) {
  const { query } = useQuery();
  const pools = usePools();
  const { busy, problem, run } = useAct();
  const submit = (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    const wanted = read(event.currentTarget);
    void run(async () => {
      const made = await post<{ token: string; ca_pin: string }>('/tokens', wanted);
      done({ ...made, pool: wanted.pool });
    });
  };
  return (
    <Card title="New token">
      <form class="form-row" onSubmit={submit}>
        <Field name="Pool">
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
        </Field>
        <Field name="Valid for">
          <LifetimeSelect usual={30 * 86_400} />
        </Field>
        <Field name="Desktops at most" optional>
          <input name="max_uses" type="number" min="1" step="1" inputmode="numeric" placeholder="no limit" />
        </Field>
        <Field name="Only from network" optional>
          <input name="cidr" spellcheck={false} autocomplete="off" placeholder="10.20.0.0/16" />
        </Field>
        <Field name="Note" optional>
          <input name="note" autocomplete="off" placeholder="Golden image of November" />
        </Field>
        <button type="submit" class="button button-main" disabled={busy}>
          <Icon name="enrolment" />
          {busy ? 'Creating…' : 'Create token'}
        </button>
      </form>
      <FormProblem text={problem} />
    </Card>
  );
}
