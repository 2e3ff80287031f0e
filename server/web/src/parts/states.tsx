import type { ComponentChildren } from 'preact';
import type { Problem } from '../api/client';
import type { Answer } from '../api/live';
import { Icon } from './icon';
import type { IconName } from './icon';

export function Empty({
  title,
  icon,
  children,
}: {
  title: string;
  icon?: IconName;
  children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      {icon && (
        <span class="empty-icon">
          <Icon name={icon} />
        </span>
      )}
      <h2>{title}</h2>
      <div class="empty-text">{children}</div>
    </div>
  );
}

// A list that its filters leave empty.
export function NothingMatches({ what, clear }: { what: string; clear: () => void }) {
  return (
    <Empty title={`No ${what} matches these filters`} icon="search">
      <button type="button" class="button" onClick={clear}>
        Clear the filters
      </button>
    </Empty>
  );
}

export function ProblemView({ problem, retry }: { problem: Problem; retry?: () => void }) {
  const forbidden = problem.status === 403;
  return (
    <div class="empty" role="alert">
      <span class="empty-icon">
        <Icon name="warn" />
      </span>
      <h2>{forbidden ? 'Your role does not reach this far' : problem.title}</h2>
      <div class="empty-text">
        {problem.detail && <p>{problem.detail}</p>}
        {forbidden && <p>Ask an administrator of vdiwatch for the role of operator.</p>}
        {problem.requestId && (
          <p class="faint">
            Request <code>{problem.requestId}</code>: quote it when you ask for help.
          </p>
        )}
        {retry && !forbidden && (
          <p>
            <button type="button" class="button" onClick={retry}>
              Try again
            </button>
          </p>
        )}
      </div>
    </div>
  );
}

export function Skeleton({ rows = 6 }: { rows?: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, i) => (
        <span key={i} class="skeleton-row" />
      ))}
    </div>
  );
}

// The page once its data is there; before that a skeleton, a problem or, over old data, a warning.
export function Loaded<T>({
  answer,
  rows,
  children,
}: {
  answer: Answer<T>;
  rows?: number;
  children: (data: T) => ComponentChildren;
}) {
  if (answer.data === undefined) {
    return answer.error ? (
      <ProblemView problem={answer.error} retry={answer.reload} />
    ) : (
      <Skeleton rows={rows ?? 6} />
    );
  }
  return (
    <>
      {answer.error && (
        <p class="notice notice-warn" role="status">
          <Icon name="warn" /> This is the last good answer; refreshing fails: {answer.error.message}
        </p>
      )}
      <div class={answer.stale ? 'is-stale' : undefined} aria-busy={answer.stale}>
        {children(answer.data)}
      </div>
    </>
  );
}
