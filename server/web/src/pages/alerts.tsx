import { useAnswer } from '../api/live';
import type { AlertPage } from '../api/alert_types';
import { usePoolOptions } from '../app/pools';
import { link, useQuery } from '../app/url';
import { number } from '../app/words';
import { AlertTable } from '../parts/alert_table';
import { Chip, FilterSelect, FilterTabs } from '../parts/filters';
import { Page } from '../parts/page';
import { Pager, pageSize } from '../parts/pager';
import { AlertSections } from '../parts/section_tabs';
import { Empty, Loaded, NothingMatches } from '../parts/states';

const filterNames = ['state', 'pool', 'severity', 'cause'] as const;
const states = [
  { value: 'open', name: 'Open' },
  { value: 'waiting', name: 'Waiting' },
  { value: 'resolved', name: 'Resolved' },
];
const severities = ['critical', 'major', 'minor'].map((value) => ({ value, name: value }));

function Filters() {
  const { query, change } = useQuery();
  const pools = usePoolOptions();
  return (
    <div class="filters">
      <FilterTabs label="State" param="state" options={states} />
      <FilterSelect label="Pool" param="pool" options={pools} />
      <FilterSelect label="Severity" param="severity" options={severities} />
      {query['cause'] && (
        <Chip remove={() => change({ cause: undefined, cursor: undefined })}>{query['cause']}</Chip>
      )}
    </div>
  );
}

function NoAlert({ state }: { state: string | undefined }) {
  return (
    <Empty title={state === 'open' ? 'No alert is open' : 'No alert yet'} icon="alert">
      <p>
        A pool that turns noncompliant or unknown raises one for each rule that fails, after its hold-down. Where
        alerts go is written in the daemon’s <code>alerts.yaml</code>; see the <a href="/sinks">sinks</a>.
      </p>
    </Empty>
  );
}

export function AlertsPage() {
  const { query, change } = useQuery();
  const asked = Object.fromEntries(filterNames.map((name) => [name, query[name]]));
  const answer = useAnswer<AlertPage>(link('/alerts', { ...asked, cursor: query['cursor'], limit: pageSize }));
  const filtered = ['pool', 'severity', 'cause'].some((name) => query[name]);
  const page = answer.data;
  const open = page?.alerts.filter(({ state }) => state === 'open').length ?? 0;
  return (
    <Page
      title="Alerts"
      under={page && (page.next_cursor ? 'The newest first.' : `${number(open)} open of ${number(page.alerts.length)} shown, the newest first.`)}
    >
      <AlertSections />
      <Filters />
      <Loaded answer={answer} rows={10}>
        {({ alerts, next_cursor }) =>
          alerts.length > 0 ? (
            <>
              <div class="card flush">
                <AlertTable alerts={alerts} label="Alerts" withPool={!query['pool']} />
              </div>
              <Pager next={next_cursor} />
            </>
          ) : filtered ? (
            <NothingMatches
              what="alert"
              clear={() => change({ pool: undefined, severity: undefined, cause: undefined, cursor: undefined })}
            />
          ) : (
            <NoAlert state={query['state']} />
          )
        }
      </Loaded>
    </Page>
  );
}
