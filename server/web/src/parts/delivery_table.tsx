import { serverNow } from '../api/client';
import type { Delivery } from '../api/alert_types';
import { alertLink, deliveryLink } from '../app/url';
import { capital, number } from '../app/words';
import { Standing } from './standing';
import type { Mark } from './standing';
import { Table } from './table';
import { When } from './when';

const marks: Record<string, Mark> = { sent: 'live', waiting: 'stale', failed: 'alarm', dropped: 'off' };

export function DeliveryStanding({ state }: { state: string }) {
  return <Standing mark={marks[state] ?? 'off'}>{state}</Standing>;
}

// What a message says: that alerts opened, are due again, or are resolved.
export const messageKind = (kind: Delivery['kind']) => capital(kind ?? 'message');

// When it is tried next; a time that has passed waits for its turn.
export function Next({ at }: { at: string }) {
  return Date.parse(at) > serverNow() ? <When at={at} /> : <>as soon as it can</>;
}

function Row({ delivery }: { delivery: Delivery }) {
  return (
    <tr>
      <td class="nowrap">
        <DeliveryStanding state={delivery.state} />
      </td>
      <th scope="row" class="cell-why">
        <a href={deliveryLink(delivery.id)}>
          {messageKind(delivery.kind)} → {delivery.sink}
        </a>
        {delivery.why && <p>{delivery.why}</p>}
      </th>
      <td class="told">
        {delivery.alerts.map(({ id, name, pool }, i) => (
          <span key={id}>
            {i > 0 && ', '}
            <a href={alertLink(id)}>{name}</a>
            {pool && <span class="faint"> {pool}</span>}
          </span>
        ))}
      </td>
      <td class="num">{number(delivery.attempts)}</td>
      <td class="nowrap">
        <When at={delivery.created_at} />
      </td>
      <td class="nowrap minor">
        {delivery.next_at ? <Next at={delivery.next_at} /> : <span class="faint">–</span>}
      </td>
    </tr>
  );
}

// Messages on their way to a sink, newest first.
export function DeliveryTable({ deliveries, label }: { deliveries: Delivery[]; label: string }) {
  return (
    <Table label={label}>
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Message</th>
          <th scope="col">About</th>
          <th scope="col" class="num">
            Attempts
          </th>
          <th scope="col">Made</th>
          <th scope="col" class="minor">
            Next attempt
          </th>
        </tr>
      </thead>
      <tbody>
        {deliveries.map((delivery) => (
          <Row key={delivery.id} delivery={delivery} />
        ))}
      </tbody>
    </Table>
  );
}
