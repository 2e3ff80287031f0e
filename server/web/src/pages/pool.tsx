import { useRoute } from 'preact-iso/router';
import { useAnswer } from '../api/live';
import type { DesktopPage, Pool, ValueCount } from '../api/types';
import { desktopsLink, link } from '../app/url';
import { number, percent, plural, poolWhy, presences, sentence, spaced, thresholdSentences, valueName } from '../app/words';
import { Bar, gradeParts } from '../parts/bar';
import { DesktopTable } from '../parts/desktop_table';
import { GradeBadge, GradeMark, gradeClass } from '../parts/grade';
import { Icon } from '../parts/icon';
import { Card, Page } from '../parts/page';
import { RuleMatrix } from '../parts/rule_matrix';
import { Loaded } from '../parts/states';
import { When } from '../parts/when';
import { Why } from '../parts/why';

const desktopsShown = 10;

function Reasons({ pool }: { pool: Pool }) {
  if (pool.reasons.length === 0) return <p class="callout g-compliant">{poolWhy(pool)}</p>;
  return (
    <ul class={`callout ${gradeClass(pool.grade)}`}>
      {pool.reasons.map((reason) => (
        <li key={reason.text}>
          <GradeMark grade={reason.grade} />
          <span><Why pool={pool.name} reason={reason} /></span>
        </li>
      ))}
    </ul>
  );
}

function Desktops({ pool }: { pool: Pool }) {
  const answer = useAnswer<DesktopPage>(link('/desktops', { pool: pool.name, limit: String(desktopsShown) }));
  return (
    <Card title="Desktops" class="flush"
      aside={<a class="more" href={desktopsLink({ pool: pool.name })}>All {plural(pool.desktops, 'desktop')}<Icon name="right" /></a>}>
      <Loaded answer={answer}>
        {({ desktops }) => desktops.length > 0
          ? <DesktopTable desktops={desktops} label={`Desktops of ${pool.name}`} withPool={false} />
          : <p class="card-note">No desktop has enrolled into this pool yet. <a href={link('/enrolment', { pool: pool.name })}>Create a token</a> for it.</p>}
      </Loaded>
    </Card>
  );
}

function History({ pool }: { pool: Pool }) {
  return (
    <Card title="History">
      {pool.history.length === 0 && <p class="card-note">Its grade has not changed yet.</p>}
      <ol class="timeline">
        {pool.history.map((entry) => (
          <li key={entry.at + entry.to}>
            <GradeMark grade={entry.to} />
            <div>
              <GradeBadge grade={entry.to} /> {entry.from && entry.from !== entry.to && <span class="faint">from {entry.from}</span>}
              {entry.reasons[0] && <p>{sentence(entry.reasons[0])}</p>}
            </div>
            <span class="timeline-when"><When at={entry.at} /><code title={`Policy set ${entry.policy}`}>{entry.policy.replace('sha256:', '').slice(0, 8)}</code></span>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Standing({ pool }: { pool: Pool }) {
  const parts = gradeParts(pool);
  const expected = pool.expected_members;
  return (
    <Card title="Desktops now">
      <Bar parts={parts} label="Grades" />
      <dl class="pairs">
        {parts.map(({ name, count, tone }) => (
          <Pair key={name} name={name} href={desktopsLink({ pool: pool.name, grade: tone.slice(2) })} n={count} />
        ))}
        {presences.map((name) => (
          <Pair key={name} name={`${name.charAt(0).toUpperCase()}${name.slice(1)}`} href={desktopsLink({ pool: pool.name, presence: name })} n={pool[name]} />
        ))}
        {pool.unjudged > 0 && <Row name="Facts still to come">{number(pool.unjudged)}</Row>}
        <Row name="Reporting">{percent(pool.reporting, expected ?? pool.desktops)}{expected !== null && <span class="faint"> of {number(expected)} expected</span>}</Row>
      </dl>
    </Card>
  );
}

function Row({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return <div><dt>{name}</dt><dd>{children}</dd></div>;
}

function Pair({ name, n, href }: { name: string; n: number; href: string }) {
  return <Row name={name}>{n > 0 ? <a href={href}>{number(n)}</a> : <span class="zero">0</span>}</Row>;
}

function Values({ title, values, empty }: { title: string; values: ValueCount[]; empty: string }) {
  const total = values.reduce((sum, { desktops }) => sum + desktops, 0);
  return (
    <Card title={title}>
      {values.length === 0 && <p class="card-note">{empty}</p>}
      <dl class="pairs">
        {values.map(({ value, desktops }) => (
          <Row key={value} name={valueName(value)}>{number(desktops)} <span class="faint">{percent(desktops, total)}</span></Row>
        ))}
      </dl>
    </Card>
  );
}

function Settings({ pool }: { pool: Pool }) {
  const attributes = Object.entries(pool.attributes);
  return (
    <Card title="How it is judged">
      <dl class="pairs pairs-text">
        {thresholdSentences(pool.thresholds).map(([name, text]) => <Row key={name} name={name}>{text}</Row>)}
        <Row name="Docker Desktop">{pool.docker}</Row>
        {attributes.map(([name, value]) => <Row key={name} name={spaced(name)}>{value}</Row>)}
      </dl>
    </Card>
  );
}

function Body({ pool }: { pool: Pool }) {
  return (
    <>
      <Reasons pool={pool} />
      <div class="columns">
        <div>
          <Card title="Rules" class="flush"><RuleMatrix pool={pool.name} rules={pool.rules} /></Card>
          <Desktops pool={pool} />
          <History pool={pool} />
        </div>
        <div class="columns-side">
          <Standing pool={pool} />
          <Values title="Platform" values={pool.platforms} empty="No desktop has told yet." />
          <Values title="Persistence" values={pool.persistence} empty="Not known yet; it takes a few boots to observe." />
          <Settings pool={pool} />
        </div>
      </div>
    </>
  );
}

export function PoolPage() {
  const name = useRoute().params['name'] ?? '';
  const answer = useAnswer<Pool>(`/pools/${encodeURIComponent(name)}`);
  const pool = answer.data;
  return (
    <Page key={name} title={name} crumbs={[{ name: 'Pools', href: '/pools' }]}
      heading={<span class="headed">{name}{pool && <GradeBadge grade={pool.grade} large />}</span>}
      under={pool && <>{plural(pool.desktops, 'desktop')}{pool.desktops > 0 && <>, {pool.grade} since <When at={pool.since} /></>}</>}>
      <Loaded answer={answer} rows={10}>{(data) => <Body pool={data} />}</Loaded>
    </Page>
  );
}
