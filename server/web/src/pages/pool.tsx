import { useRoute } from 'preact-iso/router';
import type { AlertPage } from '../api/alert_types';
import { useAnswer } from '../api/live';
import type { DesktopPage, Pool } from '../api/types';
import { desktopsLink, link } from '../app/url';
import { number, plural, poolWhy } from '../app/words';
import { AlertTable } from '../parts/alert_table';
import { DesktopTable } from '../parts/desktop_table';
import { GradeBadge, GradeMark, gradeClass } from '../parts/grade';
import { Icon } from '../parts/icon';
import { Card, Page } from '../parts/page';
import { PoolHistory } from '../parts/pool_history';
import { PoolSide } from '../parts/pool_side';
import { RuleMatrix } from '../parts/rule_matrix';
import { Loaded } from '../parts/states';
import { TrendCard } from '../parts/trend_card';
import { WaiverTable } from '../parts/waiver_table';
import { When } from '../parts/when';
import { Why } from '../parts/why';

const desktopsShown = 8;
const reasonsShown = 3;
const alertsShown = 5;

function Reasons({ pool }: { pool: Pool }) {
  if (pool.reasons.length === 0) return <p class="callout g-compliant">{poolWhy(pool)}</p>;
  const rest = pool.reasons.length - reasonsShown;
  return (
    <ul class={`callout ${gradeClass(pool.grade)}`}>
      {pool.reasons.slice(0, reasonsShown).map((reason) => (
        <li key={reason.text}>
          <GradeMark grade={reason.grade} />
          <span>
            <Why pool={pool.name} reason={reason} />
          </span>
        </li>
      ))}
      {rest > 0 && <li class="callout-rest">{plural(rest, 'more reason')} among the rules below</li>}
    </ul>
  );
}

function Desktops({ pool }: { pool: Pool }) {
  const answer = useAnswer<DesktopPage>(link('/desktops', { pool: pool.name, limit: String(desktopsShown) }));
  return (
    <Card
      title="Desktops"
      class="flush"
      aside={
        <a class="more" href={desktopsLink({ pool: pool.name })}>
          All {plural(pool.desktops, 'desktop')}
          <Icon name="right" />
        </a>
      }
    >
      <Loaded answer={answer}>
        {({ desktops }) =>
          desktops.length > 0 ? (
            <DesktopTable desktops={desktops} label={`Desktops of ${pool.name}`} withPool={false} />
          ) : (
            <p class="card-note">
              No desktop has enrolled into this pool yet.{' '}
              <a href={link('/enrolment', { pool: pool.name })}>Create a token</a> for it.
            </p>
          )
        }
      </Loaded>
    </Card>
  );
}

function Waivers({ pool }: { pool: Pool }) {
  if (pool.waivers.length === 0) return null;
  return (
    <Card
      title="Waivers"
      class="flush"
      aside={
        <a class="more" href={link('/waivers', { q: pool.name })}>
          All of this pool
          <Icon name="right" />
        </a>
      }
    >
      <WaiverTable waivers={pool.waivers} inPool />
    </Card>
  );
}

// Whom the list of expected members names and nobody has heard of.
function NeverReported({ pool }: { pool: Pool }) {
  const count = pool.never_reported_count ?? 0;
  if (count === 0) return null;
  const left = count - pool.never_reported.length;
  return (
    <Card title="Expected, and never reported" aside={<b>{number(count)}</b>}>
      <details class="fold">
        <summary>Their names</summary>
        <p class="names">
          {pool.never_reported.join(', ')}
          {left > 0 && ` and ${plural(left, 'more', 'more')}`}
        </p>
      </details>
    </Card>
  );
}

function Alerts({ pool }: { pool: Pool }) {
  const { data } = useAnswer<AlertPage>(link('/alerts', { pool: pool.name, limit: String(alertsShown) }));
  if (!data || data.alerts.length === 0) return null;
  return (
    <Card
      title="Alerts"
      class="flush"
      aside={
        <a class="more" href={link('/alerts', { pool: pool.name })}>
          All of this pool
          <Icon name="right" />
        </a>
      }
    >
      <AlertTable alerts={data.alerts} label={`Alerts of ${pool.name}`} withPool={false} />
    </Card>
  );
}

function Body({ pool }: { pool: Pool }) {
  return (
    <>
      <Reasons pool={pool} />
      <div class="columns">
        <div>
          <Card title="Rules" class="flush">
            <RuleMatrix pool={pool.name} rules={pool.rules} />
          </Card>
          <TrendCard pool={pool.name} />
          <Desktops pool={pool} />
          <Alerts pool={pool} />
          <Waivers pool={pool} />
          <NeverReported pool={pool} />
          <PoolHistory pool={pool} />
        </div>
        <PoolSide pool={pool} />
      </div>
    </>
  );
}

export function PoolPage() {
  const name = useRoute().params['name'] ?? '';
  const answer = useAnswer<Pool>(`/pools/${encodeURIComponent(name)}`);
  const pool = answer.data;
  return (
    <Page
      key={name}
      title={name}
      crumbs={[{ name: 'Pools', href: '/pools' }]}
      heading={
        <span class="headed">
          {name}
          {pool && <GradeBadge grade={pool.grade} large />}
        </span>
      }
      under={
        pool && (
          <>
            {plural(pool.desktops, 'desktop')}
            {pool.desktops > 0 && (
              <>
                , {pool.grade} since <When at={pool.since} />
              </>
            )}
          </>
        )
      }
    >
      <Loaded answer={answer} rows={10}>
        {(data) => <Body pool={data} />}
      </Loaded>
    </Page>
  );
}
