import type { ComplianceReport, ReportPool } from '../api/report_types';
import { groupAlike } from '../app/alike';
import type { Alike } from '../app/alike';
import { dayOf } from '../app/time';
import { desktopLink, poolLink } from '../app/url';
import { grades, gradeName, number, percent, plural } from '../app/words';
import { GradeBar } from './bar';
import { GradeBadge, GradeMark } from './grade';
import { Card } from './page';
import { PolicyName } from './policy_name';
import { Severity, VendorLink } from './rule';
import { Table } from './table';
import { WaiverTable } from './waiver_table';
import { Exactly } from './when';

function Head({ report }: { report: ComplianceReport }) {
  const { policy, totals } = report;
  return (
    <section class="card report-head">
      <h2>{report.title}</h2>
      <p>
        As of{' '}
        <b>
          <Exactly at={report.as_of} />
        </b>
        , under the policy of that time: <PolicyName digest={policy.digest} />, in force since{' '}
        <Exactly at={policy.in_force_since} />
        {!policy.in_force && ', since replaced'}.
      </p>
      <ul class="plain">
        {policy.packs.map((pack) => (
          <li key={pack.name}>
            {pack.name} {pack.version}, after <VendorLink url={pack.source.url} section={pack.source.title} /> as of{' '}
            <b>{dayOf(pack.source.as_of)}</b>
          </li>
        ))}
      </ul>
      <GradeBar counts={totals} label="Desktops by grade" />
      <p class="report-figures">
        {grades.map((grade) => (
          <span key={grade}>
            <GradeMark grade={grade} /> {number(totals[grade])} {gradeName(grade).toLowerCase()}
          </span>
        ))}
        <span>
          {number(totals.reporting)} of {plural(totals.desktops, 'desktop')} reporting
        </span>
        {totals.expected_members !== null && (
          <span>
            {number(totals.never_reported ?? 0)} of {number(totals.expected_members)} expected never reported
          </span>
        )}
      </p>
    </section>
  );
}

function PoolRow({ pool }: { pool: ReportPool }) {
  return (
    <tr>
      <td class="cell-grade">
        <GradeBadge grade={pool.grade} loud />
      </td>
      <th scope="row" class="cell-why">
        <a href={poolLink(pool.name)}>{pool.name}</a>
        {pool.reasons[0] && <p>{pool.reasons[0].text}</p>}
      </th>
      <td class="num">{number(pool.desktops)}</td>
      {grades.map((grade) => (
        <td key={grade} class="num">
          {number(pool[grade])}
        </td>
      ))}
      <td class="num nowrap">
        {pool.coverage ? (
          <>
            {percent(pool.coverage.reporting, pool.coverage.expected_members)}{' '}
            <span class="faint">of {number(pool.coverage.expected_members)}</span>
          </>
        ) : (
          percent(pool.reporting, pool.desktops)
        )}
      </td>
    </tr>
  );
}

function Pools({ pools }: { pools: ReportPool[] }) {
  return (
    <Card title="Pools, worst first" class="flush">
      <Table label="Pools of the report">
        <thead>
          <tr>
            <th scope="col">Grade</th>
            <th scope="col">Pool and why</th>
            <th scope="col" class="num">
              Desktops
            </th>
            {grades.map((grade) => (
              <th key={grade} scope="col" class="num">
                {gradeName(grade)}
              </th>
            ))}
            <th scope="col" class="num">
              Reporting
            </th>
          </tr>
        </thead>
        <tbody>
          {pools.map((pool) => (
            <PoolRow key={pool.name} pool={pool} />
          ))}
        </tbody>
      </Table>
    </Card>
  );
}

function AlikeRow({ group }: { group: Alike }) {
  return (
    <tr>
      <td class="cell-grade">
        <GradeBadge grade={group.grade} />
      </td>
      <th scope="row" class="nowrap">
        <a class="quiet" href={poolLink(group.pool)}>
          {group.pool}
        </a>
      </th>
      <td class="report-why">
        {group.note && <p>{group.note}</p>}
        {group.rules.map((rule) => (
          <p key={rule.id}>
            {rule.why} <Severity name={rule.severity} />
          </p>
        ))}
        <p class="report-names">
          <b>{plural(group.desktops.length, 'desktop')}:</b>{' '}
          {group.desktops.map(({ id, host_name }, i) => (
            <span key={id}>
              {i > 0 && ', '}
              <a class="nowrap" href={desktopLink(id)}>
                {host_name}
              </a>
            </span>
          ))}
        </p>
      </td>
    </tr>
  );
}

function Exceptions({ report }: { report: ComplianceReport }) {
  if (report.desktops.length === 0) return null;
  return (
    <Card title="Exceptions" class="flush" aside={<span class="faint card-note">{plural(report.desktops.length + report.left_out, 'desktop')}</span>}>
      <Table label="Exceptions of the report" class="alike-table">
        <thead>
          <tr>
            <th scope="col">Grade</th>
            <th scope="col">Pool</th>
            <th scope="col">Why, and which desktops</th>
          </tr>
        </thead>
        <tbody>
          {groupAlike(report.desktops).map((group) => (
            <AlikeRow key={group.desktops[0]!.id} group={group} />
          ))}
        </tbody>
      </Table>
      {report.left_out > 0 && (
        <p class="card-note">
          {plural(report.left_out, 'more desktop')} {report.left_out === 1 ? 'is' : 'are'} not listed here; CSV and
          XLSX hold up to 100,000.
        </p>
      )}
    </Card>
  );
}

// A compliance report as a page, and as what comes out of the printer.
export function ReportView({ report }: { report: ComplianceReport }) {
  return (
    <div class="report">
      <Head report={report} />
      <Pools pools={report.pools} />
      <Exceptions report={report} />
      {report.waivers.length > 0 && (
        <Card title="Waivers in force" class="flush">
          <WaiverTable waivers={report.waivers} />
        </Card>
      )}
      <p class="policy-note">
        Made <Exactly at={report.made_at} />. Counts are complete. vdiwatch.
      </p>
    </div>
  );
}
