import type { Desktop, Incarnation } from '../api/types';
import { spaced } from '../app/words';
import { Card } from './page';
import { Table } from './table';
import { When } from './when';

function IncarnationRow({ life }: { life: Incarnation }) {
  return (
    <tr>
      <th scope="row">
        <code>{life.id}</code>
      </th>
      <td>{spaced(life.state)}</td>
      <td class="nowrap">
        <When at={life.enrolled_at} />
      </td>
      <td class="nowrap">
        <When at={life.last_seen} />
      </td>
      <td class="nowrap">
        <When at={life.certificate_expires} />
      </td>
      <td class="minor">
        <code>{life.boot_id.slice(0, 13)}</code>
      </td>
    </tr>
  );
}

// Every life of an agent on this desktop, with the certificate it got.
export function Incarnations({ desktop }: { desktop: Desktop }) {
  return (
    <Card title="Incarnations" class="flush">
      <Table label="Incarnations">
        <thead>
          <tr>
            <th scope="col">Life</th>
            <th scope="col">State</th>
            <th scope="col">Enrolled</th>
            <th scope="col">Last seen</th>
            <th scope="col">Certificate ends</th>
            <th scope="col" class="minor">
              Boot
            </th>
          </tr>
        </thead>
        <tbody>
          {desktop.incarnations.map((life) => (
            <IncarnationRow key={life.id} life={life} />
          ))}
        </tbody>
      </Table>
    </Card>
  );
}
