import { useState } from 'preact/hooks';
import type { Desktop, FactRow } from '../api/types';
import { spaced } from '../app/words';
import { Icon } from './icon';
import { Card } from './page';
import { Table } from './table';
import { Evidence, FactAnswer } from './evidence';

const matches = (fact: FactRow, q: string) =>
  `${fact.key} ${fact.sentence} ${fact.value ?? fact.missing}`.toLowerCase().includes(q.toLowerCase());

function Row({ fact, desktop }: { fact: FactRow; desktop: Desktop }) {
  return (
    <tr>
      <th scope="row" class="cell-fact">
        <code>{fact.key}</code>
        <p class="clamped" title={fact.sentence}>
          {fact.sentence}
        </p>
      </th>
      <td class="cell-answer">
        <FactAnswer fact={fact} />
      </td>
      <td class="minor faint">{spaced(fact.class)}</td>
      <td class="cell-evidence">
        <Evidence fact={fact} readings={desktop.readings} most={1} />
      </td>
    </tr>
  );
}

// All facts in the catalogue's order. What was never there for this system stays folded away.
export function FactTable({ desktop }: { desktop: Desktop }) {
  const [q, setQ] = useState('');
  const [all, setAll] = useState(false);
  const found = desktop.facts.filter((fact) => matches(fact, q));
  const told = found.filter((fact) => fact.missing !== 'not_gathered');
  const shown = all || q ? found : told;
  const hidden = found.length - shown.length;
  const filter = (
    <label class="filter-text">
      <Icon name="search" />
      <input
        type="search"
        aria-label="Filter facts"
        placeholder="Filter facts"
        value={q}
        onInput={(event) => setQ(event.currentTarget.value)}
      />
    </label>
  );
  return (
    <Card title="Facts" class="flush" aside={filter}>
      <Table label="Facts with their evidence" class="facts-table">
        <thead>
          <tr>
            <th scope="col">Fact</th>
            <th scope="col">Answer</th>
            <th scope="col" class="minor">
              Class
            </th>
            <th scope="col">Evidence</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((fact) => (
            <Row key={fact.key} fact={fact} desktop={desktop} />
          ))}
        </tbody>
      </Table>
      {shown.length === 0 && <p class="card-note">No fact matches.</p>}
      {hidden > 0 && (
        <p class="card-note">
          <button type="button" class="text-button" onClick={() => setAll(true)}>
            Show {hidden} that were not gathered
          </button>
        </p>
      )}
    </Card>
  );
}
