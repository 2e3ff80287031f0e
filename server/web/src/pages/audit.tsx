import { useAnswer } from '../api/live';
import type { AuditEntry, AuditPage as Entries } from '../api/access_types';
import { desktopLink, link, poolLink, useQuery } from '../app/url';
import { spaced } from '../app/words';
import { Chip } from '../parts/filters';
import { Page } from '../parts/page';
import { Pager, pageSize } from '../parts/pager';
import { Empty, Loaded, NothingMatches } from '../parts/states';
import { Table } from '../parts/table';
import { Exactly, When } from '../parts/when';

const filterNames = ['actor', 'action', 'since', 'until'] as const;
const dayStart = (day: string) => `${day}T00:00:00Z`;
const dayEnd = (day: string) => `${day}T23:59:59Z`;

function Day({ label, param }: { label: string; param: 'since' | 'until' }) {
  const { query, change } = useQuery();
  return (
    <label class="filter-select">
      <span>{label}</span>
      <input
        type="date"
        value={query[param] ?? ''}
        onChange={(event) => change({ [param]: event.currentTarget.value || undefined, cursor: undefined })}
      />
    </label>
  );
}

function Filters() {
  const { query, change } = useQuery();
  return (
    <div class="filters">
      <Day label="From" param="since" />
      <Day label="To" param="until" />
      {(['actor', 'action'] as const).map(
        (param) =>
          query[param] && (
            <Chip key={param} remove={() => change({ [param]: undefined, cursor: undefined })}>
              {`${param}: ${query[param]}`}
            </Chip>
          ),
      )}
    </div>
  );
}

// The log's own words, with names for ids: "desktop 5c91… (fra-hzn-005)", "pool:citrix-xen".
function Subject({ text }: { text: string }) {
  const desktop = /^desktop ([0-9a-f]{16}) \((.+)\)$/.exec(text);
  if (desktop) return <a href={desktopLink(desktop[1]!)}>{desktop[2]}</a>;
  const pool = /^pool:(.+)$/.exec(text);
  if (pool) return <a href={poolLink(pool[1]!)}>{pool[1]}</a>;
  return <>{text}</>;
}

// Times among the log's words, as the reader wants times.
function Detail({ text }: { text: string }) {
  return (
    <>
      {text.split(/(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)/).map((part, i) =>
        i % 2 === 1 ? <Exactly key={i} at={part} /> : part,
      )}
    </>
  );
}

function Row({ entry }: { entry: AuditEntry }) {
  const { linkTo } = useQuery();
  return (
    <tr>
      <td class="nowrap">
        <When at={entry.at} />
      </td>
      <th scope="row">
        <a href={linkTo({ actor: entry.actor, cursor: undefined })}>{entry.actor}</a>
      </th>
      <td>
        <a class="quiet" href={linkTo({ action: entry.action, cursor: undefined })}>
          {spaced(entry.action.replace('.', ' ')).replace(/^api /, 'API ')}
        </a>
      </td>
      <td class="breaks">
        <Subject text={entry.subject} />
      </td>
      <td class="breaks faint">
        <Detail text={entry.detail} />
      </td>
    </tr>
  );
}

export function AuditPage() {
  const { query, change } = useQuery();
  const { actor, action, since, until, cursor } = query;
  const answer = useAnswer<Entries>(
    link('/audit', {
      actor,
      action,
      since: since && dayStart(since),
      until: until && dayEnd(until),
      cursor,
      limit: pageSize,
    }),
  );
  const filtered = filterNames.some((name) => query[name]);
  return (
    <Page title="Audit" under="Every write, who did it and when; nothing here is ever changed. The newest first.">
      <Filters />
      <Loaded answer={answer} rows={12}>
        {({ entries, next_cursor }) =>
          entries.length > 0 ? (
            <>
              <section class="card flush">
                <Table label="Audit log">
                  <thead>
                    <tr>
                      <th scope="col">When</th>
                      <th scope="col">Who</th>
                      <th scope="col">Did</th>
                      <th scope="col">To</th>
                      <th scope="col">Detail</th>
                    </tr>
                  </thead>
                  <tbody>
                    {entries.map((entry) => (
                      <Row key={entry.id} entry={entry} />
                    ))}
                  </tbody>
                </Table>
              </section>
              <Pager next={next_cursor} />
            </>
          ) : filtered ? (
            <NothingMatches
              what="entry"
              clear={() =>
                change({ ...Object.fromEntries(filterNames.map((name) => [name, undefined])), cursor: undefined })
              }
            />
          ) : (
            <Empty title="Nothing was done yet" icon="audit" />
          )
        }
      </Loaded>
    </Page>
  );
}
