import { useRoute } from 'preact-iso/router';
import { useAnswer } from '../api/live';
import type { RuleDetail, RuleGrade } from '../api/types';
import { dayOf } from '../app/time';
import { desktopsLink, link, useQuery } from '../app/url';
import { capital, number, plural, ruleGrades, gradeName } from '../app/words';
import { GradeBar } from '../parts/bar';
import { GradeBadge } from '../parts/grade';
import { Card, Page } from '../parts/page';
import { Pager, pageSize } from '../parts/pager';
import { RuleFix, Severity, VendorLink } from '../parts/rule';
import { RulePools } from '../parts/rule_pools';
import { RuleTests } from '../parts/rule_tests';
import { Loaded } from '../parts/states';

function Words({ rule }: { rule: RuleDetail }) {
  return (
    <Card title="What it asks">
      <div class="rule-words">
        {rule.expects && <p class="rule-expects">{capital(rule.expects)}.</p>}
        {rule.because && <p>{rule.because}</p>}
        <RuleFix rule={rule} />
      </div>
      {rule.exceptions.length > 0 && (
        <>
          <h3 class="rule-sub">Exceptions, in order</h3>
          <ol class="exceptions">
            {rule.exceptions.map((exception, i) => (
              <li key={i}>
                <GradeBadge grade={exception.grade} /> <span>{capital(exception.because)}</span>
              </li>
            ))}
          </ol>
        </>
      )}
    </Card>
  );
}

function Source({ rule }: { rule: RuleDetail }) {
  const { pack } = rule;
  return (
    <Card title="Where it comes from">
      <dl class="pairs pairs-text">
        <div>
          <dt>Pack</dt>
          <dd>
            <a href="/rules">{pack.name}</a> {pack.version}
          </dd>
        </div>
        <div>
          <dt>Source</dt>
          <dd>
            <VendorLink url={pack.source.url} section={pack.source.title} />
          </dd>
        </div>
        <div>
          <dt>Section</dt>
          <dd>
            <VendorLink url={rule.url} section={rule.section} />
          </dd>
        </div>
        <div>
          <dt>As of</dt>
          <dd>{dayOf(pack.source.as_of)}</dd>
        </div>
        <div>
          <dt>A failure is</dt>
          <dd>
            <GradeBadge grade={rule.otherwise as RuleGrade} />
          </dd>
        </div>
        <div>
          <dt>Unknown</dt>
          <dd>{rule.unknown_counts ? 'counts' : 'is shown, and not counted'}</dd>
        </div>
        <div>
          <dt>Id</dt>
          <dd>
            <code>{rule.id}</code>
          </dd>
        </div>
      </dl>
    </Card>
  );
}

function Standing({ rule }: { rule: RuleDetail }) {
  const shown = ruleGrades.filter((grade) => grade !== 'not_applicable' || rule.desktops[grade]);
  return (
    <Card title="Desktops now">
      <GradeBar counts={rule.desktops} label="Desktops under this rule" />
      <dl class="pairs">
        {shown.map((grade) => (
          <div key={grade}>
            <dt>{gradeName(grade)}</dt>
            <dd>
              {rule.desktops[grade] ? (
                <a href={desktopsLink({ rule: rule.id, rule_grade: grade })}>{number(rule.desktops[grade])}</a>
              ) : (
                <span class="zero">0</span>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

export function RulePage() {
  const id = useRoute().params['id'] ?? '';
  const { query } = useQuery();
  const answer = useAnswer<RuleDetail>(
    link(`/rules/${encodeURIComponent(id)}`, { cursor: query['cursor'], limit: pageSize }),
  );
  const rule = answer.data;
  return (
    <Page
      key={id}
      title={rule?.title ?? id}
      crumbs={[{ name: 'Rules', href: '/rules' }]}
      heading={
        rule && (
          <span class="headed">
            {rule.title}
            <Severity name={rule.severity} />
          </span>
        )
      }
      under={
        rule && (
          <>
            {rule.desktops.noncompliant ? (
              <a href={desktopsLink({ rule: rule.id, rule_grade: 'noncompliant' })}>
                {plural(rule.desktops.noncompliant, 'reporting desktop')}
              </a>
            ) : (
              'No reporting desktop'
            )}{' '}
            {(rule.desktops.noncompliant ?? 0) > 1 ? 'fail' : 'fails'} it
          </>
        )
      }
    >
      <Loaded answer={answer} rows={8}>
        {(data) => (
          <div class="columns">
            <div>
              <Words rule={data} />
              <Card title="Pools, the worst first" class="flush">
                {data.pools.length > 0 ? (
                  <RulePools rule={data} />
                ) : (
                  <p class="card-note">No reporting desktop is judged by it.</p>
                )}
              </Card>
              <Pager next={data.next_cursor} />
              <RuleTests rule={data} />
            </div>
            <div class="columns-side">
              <Standing rule={data} />
              <Source rule={data} />
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  );
}
