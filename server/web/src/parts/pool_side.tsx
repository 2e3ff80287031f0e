import type { Pool, ValueCount } from '../api/types';
import { desktopsLink } from '../app/url';
import { capital, number, percent, presences, spaced, thresholdSentences, valueName } from '../app/words';
import { Bar, gradeParts } from './bar';
import { isDuplicate } from './desktop_table';
import { Coverage } from './coverage';
import { Card } from './page';
import { Pair } from './pair';

function Standing({ pool }: { pool: Pool }) {
  const parts = gradeParts(pool);
  const expected = pool.expected_members;
  return (
    <Card title="Desktops now">
      <Bar parts={parts} label="Grades" />
      <dl class="pairs">
        {parts.map(({ name, count, tone }) => (
          <Tally
            key={name}
            name={name}
            href={desktopsLink({ pool: pool.name, grade: tone.slice(2) })}
            n={count}
          />
        ))}
        {presences.map((name) => (
          <Tally
            key={name}
            name={capital(name)}
            href={desktopsLink({ pool: pool.name, presence: name })}
            n={pool[name]}
          />
        ))}
        {pool.unjudged > 0 && <Pair name="Facts still to come">{number(pool.unjudged)}</Pair>}
        <Pair name="Reporting">
          <Coverage pool={pool} />
          {expected !== null && (
            <span class="faint">
              , {number(pool.reporting)} and {number(expected)} expected
            </span>
          )}
        </Pair>
      </dl>
    </Card>
  );
}

function Tally({ name, n, href }: { name: string; n: number; href: string }) {
  return <Pair name={name}>{n > 0 ? <a href={href}>{number(n)}</a> : <span class="zero">0</span>}</Pair>;
}

// How many desktops answer what, each a link to them.
function Answers({ pool, fact, values }: { pool: Pool; fact: string; values: ValueCount[] }) {
  const total = values.reduce((sum, { desktops }) => sum + desktops, 0);
  return (
    <>
      {values.map(({ value, desktops }) => (
        <Pair key={value} name={valueName(value)}>
          <a href={desktopsLink({ pool: pool.name, fact, value })}>{number(desktops)}</a>{' '}
          <span class="faint">{percent(desktops, total)}</span>
        </Pair>
      ))}
    </>
  );
}

function Platform({ pool }: { pool: Pool }) {
  return (
    <Card title="Platform">
      {pool.platforms.length === 0 && <p class="card-note">No desktop has told yet.</p>}
      <dl class="pairs">
        <Answers pool={pool} fact="platform.kind" values={pool.platforms} />
      </dl>
    </Card>
  );
}

// The verdict first, then what it rests on: what was declared, and what restarts have shown.
const persistenceFacts: [fact: string, title: string][] = [
  ['persistence.basis', 'Known by'],
  ['persistence.declared', 'Declared by the VDI product'],
  ['persistence.observed', 'Observed over restarts'],
];

function Persistence({ pool }: { pool: Pool }) {
  const { persistence, facts } = pool;
  return (
    <Card title="Persistence">
      {persistence.length === 0 && <p class="card-note">Not known yet; it takes a few boots to observe.</p>}
      <dl class="pairs">
        <Answers pool={pool} fact="persistence.verdict" values={persistence} />
      </dl>
      {persistence.length > 0 && (
        <details class="fold">
          <summary>What that rests on</summary>
          {persistenceFacts.map(([fact, title]) => (
            <div key={fact} class="sub-pairs">
              <h4>{title}</h4>
              <dl class="pairs">
                <Answers pool={pool} fact={fact} values={facts[fact] ?? []} />
              </dl>
            </div>
          ))}
        </details>
      )}
    </Card>
  );
}

function Clones({ pool }: { pool: Pool }) {
  const clones = (pool.facts['identity.duplicate'] ?? []).filter(({ value }) => isDuplicate(value));
  if (clones.length === 0) return null;
  return (
    <Card title="Duplicates and clones">
      <dl class="pairs">
        <Answers pool={pool} fact="identity.duplicate" values={clones} />
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
          <Pair key={name} name={name}>
            {text}
          </Pair>
        ))}
        <Pair name="Docker Desktop">{pool.docker}</Pair>
        {attributes.map(([name, value]) => (
          <Pair key={name} name={spaced(name)}>
            {value}
          </Pair>
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
      <Clones pool={pool} />
      <Platform pool={pool} />
      <Persistence pool={pool} />
      <Settings pool={pool} />
    </div>
  );
}
