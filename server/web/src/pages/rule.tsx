import { useRoute } from 'preact-iso/router';
import { useAnswer } from '../api/live';
import type { DesktopPage, Pack, Rule, RuleGrade } from '../api/types';
import { dayOf } from '../app/time';
import { desktopsLink, link, useQuery } from '../app/url';
import { gradeName, spaced } from '../app/words';
import { DesktopTable } from '../parts/desktop_table';
import { FilterTabs } from '../parts/filters';
import { GradeBadge } from '../parts/grade';
import { Icon } from '../parts/icon';
import { Card, Page } from '../parts/page';
import { Severity, VendorLink } from '../parts/rule';
import { Empty, Loaded } from '../parts/states';

const shown = '20';
const asked: RuleGrade[] = ['noncompliant', 'conditional', 'unknown', 'waived', 'compliant'];

function Words({ rule }: { rule: Rule }) {
  return (
    <Card title="What it asks">
      <div class="rule-words">
        {rule.because && <p>{rule.because}</p>}
        {rule.remediation && (
          <p class="rule-fix">
            <Icon name="wrench" />
            <span>
              {rule.remediation}
              {rule.contact && <span class="faint"> Who can: {spaced(rule.contact)}.</span>}
            </span>
          </p>
        )}
      </div>
    </Card>
  );
}

function Source({ pack, rule }: { pack: Pack; rule: Rule }) {
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
          <dt>Id</dt>
          <dd>
            <code>{rule.id}</code>
          </dd>
        </div>
      </dl>
    </Card>
  );
}

function Who({ rule }: { rule: Rule }) {
  const { query } = useQuery();
  const grade = query['grade'] ?? 'noncompliant';
  const answer = useAnswer<DesktopPage>(
    link('/desktops', { rule: rule.id, rule_grade: grade, limit: shown }),
  );
  return (
    <Card
      title="Desktops under this rule"
      class="flush"
      aside={
        <a class="more" href={desktopsLink({ rule: rule.id, rule_grade: grade })}>
          The whole list
          <Icon name="right" />
        </a>
      }
    >
      <div class="card-tabs">
        <FilterTabs
          label="Grade under this rule"
          param="grade"
          initial="noncompliant"
          options={asked.map((one) => ({ value: one, name: gradeName(one), grade: one }))}
        />
      </div>
      <Loaded answer={answer}>
        {({ desktops }) =>
          desktops.length > 0 ? (
            <DesktopTable desktops={desktops} label="Desktops under this rule" withPool />
          ) : (
            <p class="card-note">No reporting desktop is {gradeName(grade as RuleGrade).toLowerCase()} here.</p>
          )
        }
      </Loaded>
    </Card>
  );
}

export function RulePage() {
  const id = useRoute().params['id'] ?? '';
  const answer = useAnswer<{ packs: Pack[] }>('/rules');
  const pack = answer.data?.packs.find(({ rules }) => rules.some((rule) => rule.id === id));
  const rule = pack?.rules.find((one) => one.id === id);
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
    >
      <Loaded answer={answer} rows={8}>
        {() =>
          pack && rule ? (
            <div class="columns">
              <div>
                <Words rule={rule} />
                <Who rule={rule} />
              </div>
              <div class="columns-side">
                <Source pack={pack} rule={rule} />
              </div>
            </div>
          ) : (
            <Empty title="No rule of the policy in force has this id" icon="rules">
              <p>
                It may have been renamed or removed. See <a href="/rules">all rules</a>.
              </p>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}
