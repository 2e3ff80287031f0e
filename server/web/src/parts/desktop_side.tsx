import { useState } from 'preact/hooks';
import type { Desktop } from '../api/types';
import { capital, label, number, plural, say, spaced } from '../app/words';
import { GradeBadge, GradeMark } from './grade';
import { Card } from './page';
import { PolicyName } from './policy_name';
import { When } from './when';

function Boots({ desktop }: { desktop: Desktop }) {
  const { boots } = desktop;
  return (
    <Card title="Persistence, as observed">
      <p class="card-note">{capital(boots.text)}</p>
      <dl class="pairs">
        <div>
          <dt>Boots it survived</dt>
          <dd>{number(boots.survived)}</dd>
        </div>
        <div>
          <dt>Boots that reset it</dt>
          <dd>{number(boots.resets)}</dd>
        </div>
        <div>
          <dt>Resets in a row</dt>
          <dd>{number(boots.resets_in_a_row)}</dd>
        </div>
      </dl>
    </Card>
  );
}

// Digests are long and mean nothing to people; their beginning tells them apart.
function Claim({ value }: { value: unknown }) {
  const texts = (Array.isArray(value) ? value : [value]).map(say);
  return (
    <>
      {texts.map((text) => (
        <div key={text} title={text}>
          {/^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 14)}…` : text}
        </div>
      ))}
    </>
  );
}

function Claims({ desktop }: { desktop: Desktop }) {
  const claims = Object.entries(desktop.claims).filter(
    ([, value]) => value !== null && value !== '' && say(value) !== '',
  );
  return (
    <Card title="What it says it is">
      <dl class="pairs pairs-text">
        {claims.map(([name, value]) => (
          <div key={name}>
            <dt>{label(name)}</dt>
            <dd class="breaks">
              <Claim value={value} />
            </dd>
          </div>
        ))}
        <div>
          <dt>First seen</dt>
          <dd>
            <When at={desktop.created_at} />
          </dd>
        </div>
      </dl>
    </Card>
  );
}

// The history has an entry for each new profile; people ask when the grade changed.
const changesOf = (history: Desktop['history']) =>
  history.filter(({ grade }, i) => grade !== history[i + 1]?.grade);

const shownFirst = 12;

// Events and changes of grade in one line of time, newest first.
function Timeline({ desktop }: { desktop: Desktop }) {
  const [all, setAll] = useState(false);
  const entries = [
    ...desktop.events.map(({ at, kind, detail }) => ({ at, grade: null, words: spaced(kind), detail, policy: null })),
    ...changesOf(desktop.history).map(({ at, grade, policy }) => ({ at, grade, words: '', detail: '', policy })),
  ].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return (
    <Card title="What happened">
      {entries.length === 0 && <p class="card-note">Nothing yet.</p>}
      <ol class="timeline">
        {(all ? entries : entries.slice(0, shownFirst)).map(({ at, grade, words, detail, policy }, i) => (
          <li key={`${at}${words}${i}`}>
            {grade ? <GradeMark grade={grade} /> : <span class="timeline-dot" />}
            <div>
              {grade ? (
                <>
                  Judged <GradeBadge grade={grade} />
                </>
              ) : (
                <b class="event">{words}</b>
              )}
              {detail && <p>{detail}</p>}
            </div>
            <span class="timeline-when">
              <When at={at} />
              <PolicyName digest={policy} />
            </span>
          </li>
        ))}
      </ol>
      {!all && entries.length > shownFirst && (
        <p class="card-note">
          <button type="button" class="text-button" onClick={() => setAll(true)}>
            Show {plural(entries.length - shownFirst, 'earlier entry', 'earlier entries')}
          </button>
        </p>
      )}
    </Card>
  );
}

// Beside a desktop's verdict: its boots, its claims and its life so far.
export function DesktopSide({ desktop }: { desktop: Desktop }) {
  return (
    <div class="columns-side">
      <Boots desktop={desktop} />
      <Claims desktop={desktop} />
      <Timeline desktop={desktop} />
    </div>
  );
}
