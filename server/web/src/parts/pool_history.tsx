import type { Pool } from '../api/types';
import { sentence } from '../app/words';
import { GradeBadge, GradeMark } from './grade';
import { Card } from './page';
import { When } from './when';

// A pool's changes of grade, newest first, each with its reason and the policy it was judged by.
export function PoolHistory({ pool }: { pool: Pool }) {
  return (
    <Card title="History">
      {pool.history.length === 0 && <p class="card-note">Its grade has not changed yet.</p>}
      <ol class="timeline">
        {pool.history.map((entry) => (
          <li key={entry.at + entry.to}>
            <GradeMark grade={entry.to} />
            <div>
              <GradeBadge grade={entry.to} />{' '}
              {entry.from && entry.from !== entry.to && <span class="faint">from {entry.from}</span>}
              {entry.reasons[0] && <p>{sentence(entry.reasons[0])}</p>}
            </div>
            <span class="timeline-when">
              <When at={entry.at} />
              <code title={`Policy set ${entry.policy}`}>
                {entry.policy.replace('sha256:', '').slice(0, 8)}
              </code>
            </span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
