import type { ComponentChildren } from 'preact';
import type { Pool, ValueCount } from '../api/types';
import { desktopsLink } from '../app/url';
import { capital, number, percent, presences, spaced, thresholdSentences, valueName } from '../app/words';
import { Bar, gradeParts } from './bar';
import { Card } from './page';

function Standing({ pool }: { pool: Pool }) {
  const parts = gradeParts(pool);
  const expected = pool.expected_members;
  return (
    <Card title="Desktops now">
      <Bar parts={parts} label="Grades" />
      <dl class="pairs">
        {parts.map(({ name, count, tone }) => (
          <Pair
            key={name}
            name={name}
            href={desktopsLink({ pool: pool.name, grade: tone.slice(2) })}
            n={count}
          />
        ))}
        {presences.map((name) => (
          <Pair
            key={name}
            name={capital(name)}
            href={desktopsLink({ pool: pool.name, presence: name })}
            n={pool[name]}
          />
        ))}
        {pool.unjudged > 0 && <Row name="Facts still to come">{number(pool.unjudged)}</Row>}
        <Row name="Reporting">
          {percent(pool.reporting, expected ?? pool.desktops)}
          {expected !== null && <span class="faint"> of {number(expected)} expected</span>}
        </Row>
      </dl>
    </Card>
  );
}

function Row({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
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
          <Row key={value} name={valueName(value)}>
            {number(desktops)} <span class="faint">{percent(desktops, total)}</span>
          </Row>
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
        {thresholdSentences(pool.thresholds).map(([name, text]) => (
          <Row key={name} name={name}>
            {text}
          </Row>
        ))}
        <Row name="Docker Desktop">{pool.docker}</Row>
        {attributes.map(([name, value]) => (
          <Row key={name} name={spaced(name)}>
            {value}
          </Row>
        ))}
      </dl>
    </Card>
  );
}

// Beside a pool's rules: how its desktops stand, what they are, and how they are judged.
export function PoolSide({ pool }: { pool: Pool }) {
  return (
    <div class="columns-side">
      <Standing pool={pool} />
      <Values title="Platform" values={pool.platforms} empty="No desktop has told yet." />
      <Values
        title="Persistence"
        values={pool.persistence}
        empty="Not known yet; it takes a few boots to observe."
      />
      <Settings pool={pool} />
    </div>
  );
}
