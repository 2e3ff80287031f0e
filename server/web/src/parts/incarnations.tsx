import { useState } from 'preact/hooks';
import { serverNow } from '../api/client';
import type { Desktop, Incarnation } from '../api/types';
import { plural, spaced } from '../app/words';
import { LifeLines } from './life_lines';
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

const shownFirst = 10;

// Every life of an agent on this desktop, with the certificate it got; newest first.
export function Incarnations({ desktop }: { desktop: Desktop }) {
  const [all, setAll] = useState(false);
  const lives = [...desktop.incarnations].sort(
    (a, b) => Date.parse(b.enrolled_at) - Date.parse(a.enrolled_at),
  );
  const shown = all ? lives : lives.slice(0, shownFirst);
  return (
    <Card title="Incarnations" class="flush" aside={<span class="faint card-note">{plural(lives.length, 'life', 'lives')}</span>}>
      <LifeLines desktop={desktop} now={serverNow()} />
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
          {shown.map((life) => (
            <IncarnationRow key={life.id} life={life} />
          ))}
        </tbody>
      </Table>
      {lives.length > shown.length && (
        <p class="card-note">
          <button type="button" class="text-button" onClick={() => setAll(true)}>
            Show {plural(lives.length - shown.length, 'earlier life', 'earlier lives')}
          </button>
        </p>
      )}
    </Card>
  );
}
