import { useState } from 'preact/hooks';
import type { Pool } from '../api/types';
import { plural, sentence } from '../app/words';
import { GradeBadge, GradeMark } from './grade';
import { Card } from './page';
import { PolicyName } from './policy_name';
import { When } from './when';

const shownFirst = 8;

// A pool's changes of grade, newest first, each with its reason and the policy it was judged by.
export function PoolHistory({ pool }: { pool: Pool }) {
  const [all, setAll] = useState(false);
  const { history } = pool;
  const shown = all ? history : history.slice(0, shownFirst);
  return (
    <Card title="History">
      {history.length === 0 && <p class="card-note">Its grade has not changed yet.</p>}
      <ol class="timeline">
        {shown.map((entry) => (
          <li key={entry.at + entry.to}>
            <GradeMark grade={entry.to} />
            <div>
              <GradeBadge grade={entry.to} />{' '}
              {entry.from && entry.from !== entry.to && <span class="faint">from {entry.from}</span>}
              {entry.reasons[0] && <p>{sentence(entry.reasons[0])}</p>}
            </div>
            <span class="timeline-when">
              <When at={entry.at} />
              <PolicyName digest={entry.policy} />
            </span>
          </li>
        ))}
      </ol>
      {history.length > shown.length && (
        <p class="card-note">
          <button type="button" class="text-button" onClick={() => setAll(true)}>
            Show {plural(history.length - shown.length, 'earlier change')}
          </button>
        </p>
      )}
    </Card>
  );
}
