import { useAnswer } from '../api/live';
import type { AlertPage } from '../api/alert_types';
import type { Changes } from '../api/trend_types';
import type { Counts, Overview, PoolPage, PoolRow } from '../api/types';
import { dayOf } from '../app/time';
import { alertLink, desktopsLink, link, poolLink } from '../app/url';
import {
  duration,
  gradeName,
  grades,
  headline,
  number,
  percent,
  plural,
  presenceMeaning,
  presences,
} from '../app/words';
import { Bar, GradeBar } from '../parts/bar';
import { ChangeList, hasChanges } from '../parts/changes';
import { GradeMark } from '../parts/grade';
import { Icon } from '../parts/icon';
import { Outward } from '../parts/outward';
import { Card, Page } from '../parts/page';
import { PoolList } from '../parts/pool_list';
import { Loaded } from '../parts/states';
import { TrendCard } from '../parts/trend_card';
import { When } from '../parts/when';
import { FirstRun } from './first_run';

const worstShown = '8';
const sparkDays = '30';
const alertsShown = '5';
const changesShown = '6';

function GradeTile({
  title,
  counts,
  total,
  href,
}: {
  title: string;
  counts: Counts;
  total: number;
  href: (grade?: string) => string;
}) {
  return (
    <Card
      title={title}
      class="tile"
      aside={
        <a class="tile-total" href={href()}>
          {number(total)}
        </a>
      }
    >
      <GradeBar counts={counts} label={title} />
      <ul class="legend">
        {grades.map((grade) => (
          <li key={grade}>
            <a href={href(grade)} class={counts[grade] ? '' : 'is-zero'}>
              <GradeMark grade={grade} />
              <span>{gradeName(grade)}</span>
              <b>{number(counts[grade] ?? 0)}</b>
            </a>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function CoverageTile({ overview }: { overview: Overview }) {
  const heard = overview.live + overview.off;
  return (
    <Card
      title="Coverage"
      class="tile"
      aside={<span class="tile-total">{percent(heard, overview.desktops)}</span>}
    >
      <Bar
        label="Coverage"
        parts={presences.map((name) => ({ name, count: overview[name], tone: `t-${name}` }))}
      />
      <ul class="legend">
        {presences.map((name) => (
          <li key={name}>
            <a href={desktopsLink({ presence: name })} class={overview[name] ? '' : 'is-zero'}>
              <span class={`dot d-${name}`} />
              <span>
                {name} <small>{presenceMeaning(name)}</small>
              </span>
              <b>{number(overview[name])}</b>
            </a>
          </li>
        ))}
        {overview.unjudged > 0 && (
          <li class="legend-note">{plural(overview.unjudged, 'desktop')} enrolled, facts still to come</li>
        )}
      </ul>
    </Card>
  );
}

function PolicyNote({ overview }: { overview: Overview }) {
  return (
    <p class="policy-note">
      Judged by{' '}
      {overview.policy.packs.map((pack, i) => (
        <span key={pack.name}>
          {i > 0 && ', '}
          <a href="/rules">
            {pack.name} {pack.version}
          </a>
          , after{' '}
          <a href={pack.source.url} rel="noreferrer" target="_blank">
            <Outward text={pack.source.title} />
          </a>{' '}
          as of {dayOf(pack.source.as_of)}
        </span>
      ))}
      . Policy loaded <When at={overview.policy.loaded_at} />. vdiwatch {overview.version}.
    </p>
  );
}

// The alerts that are open, the newest first.
function OpenAlerts() {
  const { data } = useAnswer<AlertPage>(link('/alerts', { state: 'open', limit: alertsShown }));
  return (
    <Card
      title="Open alerts"
      aside={
        <a class="more" href="/alerts?state=open">
          All open alerts
          <Icon name="right" />
        </a>
      }
    >
      {data?.alerts.length === 0 && <p class="card-note">None is open.</p>}
      <ul class="alert-list">
        {data?.alerts.map((alert) => (
          <li key={alert.id}>
            <span class="dot d-alarm" />
            <div>
              <a class="alert-name" href={alertLink(alert.id)}>
                {alert.name}
              </a>{' '}
              {alert.pool && <a href={poolLink(alert.pool)}>{alert.pool}</a>}
              <p class="clamped">{alert.text}</p>
            </div>
            <span class="faint nowrap">
              <When at={alert.opened_at ?? alert.since} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function SinceYesterday() {
  const answer = useAnswer<Changes>(link('/changes', { limit: changesShown }));
  return (
    <Card
      title="Since yesterday"
      aside={
        <a class="more" href="/changes">
          All changes
          <Icon name="right" />
        </a>
      }
    >
      <Loaded answer={answer} rows={3}>
        {(changes) =>
          hasChanges(changes) ? (
            <ChangeList changes={changes} />
          ) : (
            <p class="card-note">No pool changed its grade, none came or went, and the policy is the same.</p>
          )
        }
      </Loaded>
    </Card>
  );
}

function Body({ overview, pools }: { overview: Overview; pools: PoolRow[] }) {
  const total = grades.reduce((sum, grade) => sum + (overview.pools[grade] ?? 0), 0);
  return (
    <>
      {overview.policy.problem && (
        <p class="notice notice-bad" role="alert">
          <Icon name="warn" />{' '}
          <span>
            A policy file is bad; the last good policy stays in force. <code>{overview.policy.problem}</code>
          </span>
        </p>
      )}
      <div class="tiles">
        <GradeTile
          title="Pools"
          counts={overview.pools}
          total={total}
          href={(grade) => link('/pools', { grade })}
        />
        <GradeTile
          title="Desktops"
          counts={overview.grades}
          total={overview.desktops}
          href={(grade) => desktopsLink({ grade })}
        />
        <CoverageTile overview={overview} />
      </div>
      <div class="columns overview-middle">
        <TrendCard />
        <SinceYesterday />
      </div>
      <Card
        title="Worst pools first"
        class="flush"
        aside={
          <a class="more" href="/pools">
            All {plural(total, 'pool')}
            <Icon name="right" />
          </a>
        }
      >
        <PoolList pools={pools} />
      </Card>
      <OpenAlerts />
      <PolicyNote overview={overview} />
    </>
  );
}

export function OverviewPage() {
  const overview = useAnswer<Overview>('/overview');
  const pools = useAnswer<PoolPage>(link('/pools', { limit: worstShown, trend: sparkDays }));
  const empty = overview.data?.desktops === 0;
  return (
    <Page
      title="Overview"
      heading={overview.data && !empty ? headline(overview.data.pools) : 'Overview'}
      under={overview.data && !empty && <Standing overview={overview.data} />}
    >
      <Loaded answer={overview} rows={9}>
        {(data) =>
          empty ? (
            <FirstRun />
          ) : (
            <Loaded answer={pools} rows={9}>
              {(list) => <Body overview={data} pools={list.pools} />}
            </Loaded>
          )
        }
      </Loaded>
    </Page>
  );
}

function Standing({ overview }: { overview: Overview }) {
  const fit = (overview.grades.compliant ?? 0) + (overview.grades.conditional ?? 0);
  return (
    <>
      {number(fit)} of {plural(overview.desktops, 'desktop')} can run Docker Desktop within them;{' '}
      {number(overview.live)} are live, checking in every {duration(overview.check_in_every_s)}.
    </>
  );
}
