import type { Delivery } from '../api/alert_types';
import { alertLink, deliveryLink, link } from '../app/url';
import { number } from '../app/words';
import { Table } from './table';
import { When } from './when';

const dots: Record<string, string> = {
  sent: 'd-live',
  waiting: 'd-stale',
  failed: 'd-alarm',
  dropped: 'd-off',
};

export function DeliveryStanding({ state }: { state: string }) {
  return (
    <span class="presence">
      <span class={`dot ${dots[state] ?? 'd-off'}`} />
      {state}
    </span>
  );
}

function Row({ delivery }: { delivery: Delivery }) {
  return (
    <tr>
      <td class="nowrap">
        <DeliveryStanding state={delivery.state} />
      </td>
      <th scope="row" class="cell-why">
        <a href={deliveryLink(delivery.id)}>
          {delivery.kind} → {delivery.sink}
        </a>
        {delivery.why && <p>{delivery.why}</p>}
      </th>
      <td>
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
        {delivery.next_at ? <When at={delivery.next_at} /> : <span class="faint">–</span>}
      </td>
      <td class="minor">
        <a class="quiet" href={link('/deliveries', { sink: delivery.sink })}>
          {delivery.sink}
        </a>
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
          <th scope="col" class="minor">
            Sink
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
