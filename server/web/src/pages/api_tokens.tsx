import { useState } from 'preact/hooks';
import type { TargetedEvent } from 'preact';
import { post, remove } from '../api/client';
import { useAnswer } from '../api/live';
import type { ApiToken } from '../api/access_types';
import { useAct } from '../app/act';
import { useSession } from '../app/session';
import { plural } from '../app/words';
import { AdminSections } from '../parts/admin_sections';
import { Confirm } from '../parts/confirm';
import { Snippet } from '../parts/copy';
import { Field, FormProblem, textOf } from '../parts/form';
import { Icon } from '../parts/icon';
import { LifetimeSelect } from '../parts/lifetime_select';
import { Card, Page } from '../parts/page';
import { poolsOf, Reach, ReachFields } from '../parts/reach';
import { Standing } from '../parts/standing';
import { Empty, Loaded } from '../parts/states';
import { Table } from '../parts/table';
import { When } from '../parts/when';

const usage = (token: string) => `vdiwatch profile set --server ${location.origin} --ca-file ca.pem --token-file token
# or, without the command line:
curl --cacert ca.pem --header 'Authorization: Bearer ${token}' ${location.origin}/api/v1/pools`;

function NewToken({ done }: { done: () => void }) {
  const { session } = useSession();
  const { busy, problem, run } = useAct();
  const [made, setMade] = useState<ApiToken & { token: string }>();
  const submit = (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const pools = poolsOf(textOf(data, 'pools'));
    const wanted = {
      name: textOf(data, 'name'),
      role: textOf(data, 'role'),
      expires_in_s: Number(textOf(data, 'expires_in_s')),
      ...(pools.length > 0 && { pools }),
    };
    void run(async () => {
      setMade(await post('/api-tokens', wanted));
      form.reset();
      done();
    });
  };
  return (
    <Card title="New API token">
      <form class="form-grid" onSubmit={submit}>
        <Field name="Who or what uses it">
          <input name="name" required autocomplete="off" placeholder="nightly export" />
        </Field>
        <ReachFields most={session.role} />
        <Field name="Valid for">
          <LifetimeSelect usual={90 * 86_400} />
        </Field>
        <button type="submit" class="button button-main" disabled={busy}>
          <Icon name="enrolment" />
          {busy ? 'Creating…' : 'Create'}
        </button>
      </form>
      <FormProblem text={problem} />
      {made && (
        <div class="made" role="status">
          <p>
            The token of <b>{made.name}</b> is shown this once; only its hash is stored.
          </p>
          <Snippet title="Token" text={made.token} />
          <Snippet title="How to use it" text={usage(made.token)} />
        </div>
      )}
    </Card>
  );
}

function Row({ token, reload }: { token: ApiToken; reload: () => void }) {
  return (
    <tr class={token.expired ? 'is-past' : undefined}>
      <td class="nowrap">
        <Standing mark={token.expired ? 'off' : 'live'}>{token.expired ? 'expired' : 'valid'}</Standing>
      </td>
      <th scope="row">{token.name}</th>
      <td>
        <Reach role={token.role} pools={token.pools} />
      </td>
      <td>{token.owner ?? <span class="faint">the server itself</span>}</td>
      <td class="nowrap">
        <When at={token.expires_at} />
      </td>
      <td class="nowrap">
        <When at={token.last_used} />
      </td>
      <td class="minor">
        <code>{token.id}</code>
      </td>
      <td class="cell-act">
        <Confirm
          name="Revoke"
          question={`${token.name} is refused at once.`}
          act={() => remove(`/api-tokens/${token.id}`).then(reload)}
        />
      </td>
    </tr>
  );
}

export function ApiTokensPage() {
  const answer = useAnswer<{ api_tokens: ApiToken[] }>('/api-tokens');
  return (
    <Page
      title="API tokens"
      under={answer.data && `${plural(answer.data.api_tokens.length, 'token')} of programs and the command line.`}
    >
      <AdminSections />
      <Loaded answer={answer}>
        {({ api_tokens: tokens }) => (
          <>
            <NewToken done={answer.reload} />
            {tokens.length === 0 ? (
              <Empty title="No API token yet" icon="enrolment">
                <p>A token lets a program read or act with a role of its own, until it expires.</p>
              </Empty>
            ) : (
              <section class="card flush">
                <Table label="API tokens">
                  <thead>
                    <tr>
                      <th scope="col">State</th>
                      <th scope="col">Used by</th>
                      <th scope="col">Role</th>
                      <th scope="col">Made by</th>
                      <th scope="col">Expires</th>
                      <th scope="col">Last used</th>
                      <th scope="col" class="minor">
                        Id
                      </th>
                      <th scope="col">
                        <span class="unseen">Revoke</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {tokens.map((token) => (
                      <Row key={token.id} token={token} reload={answer.reload} />
                    ))}
                  </tbody>
                </Table>
              </section>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}
