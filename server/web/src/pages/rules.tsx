import { useEffect } from 'preact/hooks';
import { useAnswer } from '../api/live';
import type { Pack, PackTotals, Rule, Statement } from '../api/types';
import { reaches } from '../app/roles';
import { useSession } from '../app/session';
import { dayOf } from '../app/time';
import { desktopsLink, ruleLink } from '../app/url';
import { plural } from '../app/words';
import { GradeBadge } from '../parts/grade';
import { Icon } from '../parts/icon';
import { Outward } from '../parts/outward';
import { Page } from '../parts/page';
import { RuleFix, Severity, VendorLink } from '../parts/rule';
import { Empty, Loaded } from '../parts/states';
import { Table } from '../parts/table';

const isGrade = (text: string): text is 'noncompliant' | 'conditional' | 'unknown' =>
  text === 'noncompliant' || text === 'conditional' || text === 'unknown';

function RuleCard({ rule }: { rule: Rule }) {
  return (
    <article class="rule" id={rule.id}>
      <header>
        <h3>
          <a class="row-link quiet" href={ruleLink(rule.id)}>
            {rule.title}
          </a>
        </h3>
        <Severity name={rule.severity} />
        <a class="more" href={desktopsLink({ rule: rule.id, rule_grade: 'noncompliant' })}>
          Who fails
          <Icon name="right" />
        </a>
      </header>
      <div class="rule-words">
        {rule.because && <p>{rule.because}</p>}
        <RuleFix rule={rule} />
      </div>
      <dl class="pairs pairs-text">
        <div>
          <dt>A failure is</dt>
          <dd>{isGrade(rule.otherwise) ? <GradeBadge grade={rule.otherwise} /> : rule.otherwise}</dd>
        </div>
        <div>
          <dt>Vendor’s section</dt>
          <dd>
            <VendorLink url={rule.url} section={rule.section} />
          </dd>
        </div>
        <div>
          <dt>Id</dt>
          <dd>
            <code>{rule.id}</code>
          </dd>
        </div>
      </dl>
    </article>
  );
}

// What the source says and which rules stand on it, so that a gap between the two is seen.
function Statements({ statements }: { statements: Statement[] }) {
  if (statements.length === 0) return null;
  return (
    <details class="fold statements">
      <summary>{plural(statements.length, 'statement')} of the source, and the rules that stand on them</summary>
      <Table label="Statements of the source">
        <thead>
          <tr>
            <th scope="col">Section</th>
            <th scope="col">Says</th>
            <th scope="col">Rules</th>
          </tr>
        </thead>
        <tbody>
          {statements.map((statement, i) => (
            <tr key={i}>
              <td>{statement.section}</td>
              <th scope="row">{statement.says}</th>
              <td>
                {statement.rules.map((id, n) => (
                  <span key={id}>
                    {n > 0 && ', '}
                    <a href={ruleLink(id)}>{id}</a>
                  </span>
                ))}
                {statement.no_rule && <span class="faint">None: {statement.no_rule}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </details>
  );
}

function PackView({ pack, totals }: { pack: Pack; totals: PackTotals | undefined }) {
  return (
    <section class="card">
      <header class="card-head">
        <h2>
          {pack.name} <span class="faint">{pack.version}</span>
        </h2>
        <span class="faint card-note">
          {plural(pack.rules.length, 'rule')}
          {totals && `, ${plural(totals.tests, 'test')}`}
        </span>
      </header>
      <p class="source">
        In our own words after{' '}
        <a href={pack.source.url} target="_blank" rel="noreferrer">
          <Outward text={pack.source.title} />
        </a>
        <span class="as-of">
          <Icon name="clock" />
          as of {dayOf(pack.source.as_of)}
        </span>
      </p>
      {totals && <Statements statements={totals.statements} />}
      {pack.rules.map((rule) => (
        <RuleCard key={rule.id} rule={rule} />
      ))}
    </section>
  );
}

export function RulesPage() {
  const { session } = useSession();
  const answer = useAnswer<{ packs: Pack[] }>('/rules');
  const totals = useAnswer<{ packs: PackTotals[] }>('/packs').data?.packs;
  const packs = answer.data?.packs;
  const there = packs !== undefined;
  useEffect(() => {
    if (there) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, [there]);
  return (
    <Page
      title="Rules"
      aside={
        reaches(session.role, 'policy_editor') && (
          <a class="button" href="/what-if">
            <Icon name="scales" />
            Try a change
          </a>
        )
      }
      under={
        packs &&
        `${plural(
          packs.reduce((n, pack) => n + pack.rules.length, 0),
          'rule',
        )} in ${plural(packs.length, 'pack')} judge every desktop`
      }
    >
      <Loaded answer={answer} rows={8}>
        {(data) =>
          data.packs.length > 0 ? (
            data.packs.map((pack) => (
              <PackView
                key={pack.name}
                pack={pack}
                totals={totals?.find(({ name }) => name === pack.name)}
              />
            ))
          ) : (
            <Empty title="No pack is loaded" icon="rules">
              <p>
                Without rules nothing is judged. Switch the built-in pack on, or put packs into the policy
                folder of the daemon’s configuration.
              </p>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}
