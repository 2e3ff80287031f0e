import { useState } from 'preact/hooks';
import { remove, serverNow } from '../api/client';
import { useAnswer } from '../api/live';
import type { Answer } from '../api/live';
import type { Token } from '../api/types';
import { poolLink } from '../app/url';
import { number, plural } from '../app/words';
import { Confirm } from '../parts/confirm';
import { Page } from '../parts/page';
import { Standing } from '../parts/standing';
import { Empty, Loaded } from '../parts/states';
import { Table } from '../parts/table';
import { TokenForm } from '../parts/token_form';
import type { Created } from '../parts/token_form';
import { NewTokenResult } from '../parts/token_result';
import { When } from '../parts/when';

// Why a token no longer admits, or "valid".
function stateOf(token: Token): 'valid' | 'revoked' | 'expired' | 'used up' {
  if (token.revoked) return 'revoked';
  if (Date.parse(token.expires_at) <= serverNow()) return 'expired';
  if (token.max_uses && token.uses >= token.max_uses) return 'used up';
  return 'valid';
}

function Row({ token, reload }: { token: Token; reload: () => void }) {
  const state = stateOf(token);
  return (
    <tr class={state === 'valid' ? '' : 'is-past'}>
      <td>
        <Standing mark={state === 'valid' ? 'live' : 'off'}>{state}</Standing>
      </td>
      <th scope="row">
        <a href={poolLink(token.pool)}>{token.pool}</a>
      </th>
      <td>{token.note || <span class="faint">–</span>}</td>
      <td class="num">
        {number(token.uses)}
        {token.max_uses ? <span class="faint"> of {number(token.max_uses)}</span> : ''}
      </td>
      <td>{token.cidr ? <code>{token.cidr}</code> : <span class="faint">anywhere</span>}</td>
      <td class="nowrap">
        <When at={token.expires_at} />
      </td>
      <td class="nowrap minor">
        <When at={token.created_at} />
      </td>
      <td class="minor">
        <code>{token.id}</code>
      </td>
      <td class="cell-act">
        {state === 'valid' && (
          <Confirm
            name="Revoke"
            question="It admits nobody any more; who enrolled stays."
            act={() => remove(`/tokens/${token.id}`).then(reload)}
          />
        )}
      </td>
    </tr>
  );
}

function Tokens({ answer }: { answer: Answer<{ tokens: Token[] }> }) {
  return (
    <Loaded answer={answer}>
      {({ tokens }) =>
        tokens.length === 0 ? (
          <Empty title="No token yet" icon="enrolment">
            <p>
              Create one per pool. Its agents use it once to enrol, then speak with a certificate of their
              own. The commands to install them come with the token.
            </p>
          </Empty>
        ) : (
          <section class="card flush">
            <Table label="Enrolment tokens">
              <thead>
                <tr>
                  <th scope="col">State</th>
                  <th scope="col">Pool</th>
                  <th scope="col">Note</th>
                  <th scope="col" class="num">
                    Slots used
                  </th>
                  <th scope="col">From</th>
                  <th scope="col">Expires</th>
                  <th scope="col" class="minor">
                    Created
                  </th>
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
        )
      }
    </Loaded>
  );
}

export function EnrolmentPage() {
  const answer = useAnswer<{ tokens: Token[] }>('/tokens');
  const [created, setCreated] = useState<Created>();
  const done = (fresh: Created) => {
    setCreated(fresh);
    answer.reload();
  };
  return (
    <Page
      title="Enrolment"
      under={
        answer.data &&
        `${plural(answer.data.tokens.filter((t) => stateOf(t) === 'valid').length, 'valid token')}. A token admits agents into one pool.`
      }
    >
      {answer.error?.status !== 403 &&
        (created ? (
          <NewTokenResult created={created} close={() => setCreated(undefined)} />
        ) : (
          <TokenForm done={done} />
        ))}
      <Tokens answer={answer} />
    </Page>
  );
}
