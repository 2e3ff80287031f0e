import { serverNow } from '../api/client';
import { useAnswer } from '../api/live';
import type { ComplianceReport } from '../api/report_types';
import { mayEnrol, useSession } from '../app/session';
import { link, useQuery } from '../app/url';
import { Icon } from '../parts/icon';
import { Page } from '../parts/page';
import { ReportView } from '../parts/report_view';
import { ScopeSelect } from '../parts/scope_select';
import { ReportSections } from '../parts/section_tabs';
import { Loaded } from '../parts/states';

const listed = '200';

const parts: [part: string, name: string][] = [
  ['pools', 'Pools'],
  ['rules', 'Rules'],
  ['desktops', 'Desktops'],
  ['waivers', 'Waivers'],
];

function Downloads({ scope, at }: { scope: string | undefined; at: string | undefined }) {
  const href = (format: string, part?: string) =>
    link('/api/v1/reports/compliance', { scope, at, format, part });
  return (
    <div class="downloads">
      <a class="button" href={href('xlsx')} download>
        <Icon name="download" />
        XLSX
      </a>
      <a class="button" href={href('json')} download="compliance.json">
        <Icon name="download" />
        JSON
      </a>
      <span class="downloads-csv">
        <span class="faint">CSV</span>
        {parts.map(([part, name]) => (
          <a key={part} href={href('csv', part)} download>
            {name}
          </a>
        ))}
      </span>
      <button type="button" class="button" onClick={() => print()}>
        <Icon name="print" />
        Print
      </button>
    </div>
  );
}

export function ReportsPage() {
  const { query, change } = useQuery();
  const { session } = useSession();
  const { scope, at } = query;
  const answer = useAnswer<ComplianceReport>(
    link('/reports/compliance', { scope, at, limit: listed }),
  );
  const today = new Date(serverNow()).toISOString().slice(0, 10);
  return (
    <Page
      title="Compliance report"
      under="How pools stood at a date, under the policy of that day, and why."
      aside={<Downloads scope={scope} at={at} />}
    >
      {mayEnrol(session) && <ReportSections />}
      <div class="filters">
        <label class="filter-select">
          <span>About</span>
          <ScopeSelect value={scope} choose={(next) => change({ scope: next === 'fleet' ? undefined : next })} />
        </label>
        <label class="filter-select">
          <span>As of</span>
          <input
            type="date"
            max={today}
            value={at?.slice(0, 10) ?? ''}
            onChange={(event) => change({ at: event.currentTarget.value || undefined })}
          />
        </label>
        {at && (
          <button type="button" class="text-button" onClick={() => change({ at: undefined })}>
            Now
          </button>
        )}
      </div>
      <Loaded answer={answer} rows={12}>
        {(report) => <ReportView report={report} />}
      </Loaded>
    </Page>
  );
}
