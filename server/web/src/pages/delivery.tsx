import { useRoute } from 'preact-iso/router';
import { post } from '../api/client';
import { useAnswer } from '../api/live';
import type { DeliveryDetail } from '../api/alert_types';
import { useAct } from '../app/act';
import { mayEnrol, useSession } from '../app/session';
import { alertLink, link, poolLink } from '../app/url';
import { answerText, number, plural } from '../app/words';
import { DeliveryStanding, messageKind, Next } from '../parts/delivery_table';
import { FormProblem } from '../parts/form';
import { Icon } from '../parts/icon';
import { Card, Page } from '../parts/page';
import { Standing } from '../parts/standing';
import { Loaded } from '../parts/states';
import { Table } from '../parts/table';
import { Exactly, When } from '../parts/when';

function Log({ delivery }: { delivery: DeliveryDetail }) {
  if (delivery.log.length === 0) return <p class="card-note">Not tried yet.</p>;
  return (
    <Table label="Attempts">
      <thead>
        <tr>
          <th scope="col">Result</th>
          <th scope="col">Answer</th>
          <th scope="col" class="num">
            Took
          </th>
          <th scope="col">At</th>
        </tr>
      </thead>
      <tbody>
        {delivery.log.map((attempt) => (
          <tr key={attempt.at}>
            <td class="nowrap">
              <Standing mark={attempt.delivered ? 'live' : 'alarm'}>
                {attempt.delivered ? 'delivered' : 'failed'}
              </Standing>
            </td>
            <th scope="row" class="breaks">
              {answerText(attempt.answer)}
            </th>
            <td class="num nowrap">{number(attempt.took_ms)} ms</td>
            <td class="nowrap">
              <Exactly at={attempt.at} />
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Replay({ delivery, reload }: { delivery: DeliveryDetail; reload: () => void }) {
  const { session } = useSession();
  const { busy, problem, run } = useAct();
  if (!mayEnrol(session) || delivery.state === 'waiting') return null;
  return (
    <>
      <FormProblem text={problem} />
      <button
        type="button"
        class="button"
        disabled={busy}
        onClick={() => run(() => post(`/deliveries/${delivery.id}/replay`)).then(reload)}
      >
        <Icon name="send" />
        {busy ? 'Asking…' : 'Send it again'}
      </button>
    </>
  );
}

export function DeliveryPage() {
  const id = useRoute().params['id'] ?? '';
  const answer = useAnswer<DeliveryDetail>(`/deliveries/${encodeURIComponent(id)}`);
  const delivery = answer.data;
  return (
    <Page
      key={id}
      title={delivery ? `${messageKind(delivery.kind)} to ${delivery.sink}` : 'Delivery'}
      crumbs={[{ name: 'Deliveries', href: '/deliveries' }]}
      heading={
        delivery && (
          <span class="headed">
            {messageKind(delivery.kind)} → {delivery.sink}
            <DeliveryStanding state={delivery.state} />
          </span>
        )
      }
      under={
        delivery && (
          <>
            Made <When at={delivery.created_at} />, {plural(delivery.attempts, 'attempt')}
            {delivery.next_at && (
              <>
                , next <Next at={delivery.next_at} />
              </>
            )}
            {delivery.why && `: ${delivery.why}`}
          </>
        )
      }
      aside={delivery && <Replay delivery={delivery} reload={answer.reload} />}
    >
      <Loaded answer={answer} rows={6}>
        {(data) => (
          <>
            <Card title="Attempts" class="flush">
              <Log delivery={data} />
            </Card>
            <Card title="What it tells">
              <ul class="plain about">
                {data.alerts.map((alert) => (
                  <li key={alert.id}>
                    <a href={alertLink(alert.id)}>{alert.name}</a>
                    {alert.pool && (
                      <>
                        {' of '}
                        <a href={poolLink(alert.pool)}>{alert.pool}</a>
                      </>
                    )}
                  </li>
                ))}
              </ul>
              <p>
                <a class="button button-small" href={link('/deliveries', { sink: data.sink })}>
                  All deliveries to {data.sink}
                </a>
              </p>
            </Card>
          </>
        )}
      </Loaded>
    </Page>
  );
}
