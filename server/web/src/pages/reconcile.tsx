import { useState } from 'preact/hooks';
import type { TargetedEvent } from 'preact';
import { post } from '../api/client';
import type { Machine, Reconciliation } from '../api/report_types';
import { useAct } from '../app/act';
import { desktopLink, link, poolLink } from '../app/url';
import { number, plural } from '../app/words';
import { Presence } from '../parts/desktop_table';
import { Field, FormProblem, textOf } from '../parts/form';
import { Icon } from '../parts/icon';
import { Card, Page } from '../parts/page';
import { ScopeSelect } from '../parts/scope_select';
import { ReportSections } from '../parts/section_tabs';
import { Table } from '../parts/table';
import { When } from '../parts/when';

function Figures({ found }: { found: Reconciliation }) {
  const { both, stale, never_reported, not_in_export } = found.counts;
  const rows: [number, string][] = [
    [both, 'in the export, and reporting or off'],
    [never_reported, 'in the export, and never reported'],
    [stale, 'in the export, and silent'],
    [not_in_export, 'reporting here, and not in the export'],
  ];
  return (
    <ul class="figures">
      {rows.map(([n, words]) => (
        <li key={words} class={n === 0 ? 'is-zero' : undefined}>
          <b>{number(n)}</b> {words}
        </li>
      ))}
    </ul>
  );
}

function Machines({ title, machines }: { title: string; machines: Machine[] }) {
  if (machines.length === 0) return null;
  return (
    <Card title={title} class="flush">
      <Table label={title}>
        <thead>
          <tr>
            <th scope="col">Desktop</th>
            <th scope="col">Pool</th>
            <th scope="col">Presence</th>
            <th scope="col">Last seen</th>
          </tr>
        </thead>
        <tbody>
          {machines.map((machine) => (
            <tr key={machine.id}>
              <th scope="row">
                <a href={desktopLink(machine.id)}>{machine.host_name}</a>
              </th>
              <td>
                <a class="quiet" href={poolLink(machine.pool)}>
                  {machine.pool}
                </a>
              </td>
              <td>
                <Presence name={machine.presence} />
              </td>
              <td>
                <When at={machine.last_seen} />
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Card>
  );
}

function Found({ found }: { found: Reconciliation }) {
  const { column, encoding, rows, hosts, repeated, unnamed } = found.export;
  return (
    <>
      <p class="card-note found-note">
        Read {plural(rows, 'row')} by the column <code>{column}</code> ({encoding}): {plural(hosts, 'machine')}
        {repeated > 0 && `, ${number(repeated)} named twice`}
        {unnamed > 0 && `, ${number(unnamed)} without a name`}.
      </p>
      <Figures found={found} />
      {found.never_reported.length > 0 && (
        <Card title="Never reported">
          <p class="names">{found.never_reported.join(', ')}</p>
        </Card>
      )}
      <Machines title="Fell silent" machines={found.stale} />
      <Machines title="Not in the export" machines={found.not_in_export} />
    </>
  );
}

export function ReconcilePage() {
  const { busy, problem, run } = useAct();
  const [found, setFound] = useState<Reconciliation>();
  const submit = (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const file = data.get('file');
    if (!(file instanceof Blob)) return;
    const path = link('/reports/reconcile', { scope: textOf(data, 'scope'), column: textOf(data, 'column') });
    void run(async () => setFound(await post<Reconciliation>(path, file)));
  };
  return (
    <Page
      title="Who is missing"
      under="Compares the machines of a broker’s, Intune’s or ConfigMgr’s export with the desktops that report."
    >
      <ReportSections />
      <Card title="The export">
        <form class="form-grid" onSubmit={submit}>
          <Field name="CSV file" wide>
            <input name="file" type="file" accept=".csv,.txt,text/csv" required />
          </Field>
          <Field name="About">
            <ScopeSelect name="scope" />
          </Field>
          <Field name="Column of names" optional>
            <input name="column" spellcheck={false} placeholder="found by itself" />
          </Field>
          <button type="submit" class="button button-main" disabled={busy}>
            <Icon name="upload" />
            {busy ? 'Comparing…' : 'Compare'}
          </button>
        </form>
        <FormProblem text={problem} />
        <p class="card-note">Nothing of it is stored but a line in the audit log.</p>
      </Card>
      <section class="found" aria-live="polite">
        {found && <Found found={found} />}
      </section>
    </Page>
  );
}
