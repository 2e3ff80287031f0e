import { useAnswer } from '../api/live';
import type { PoolRow, ValueCount } from '../api/types';
import { desktopsLink, link, poolLink, useQuery } from '../app/url';
import { gradeName, grades, percent, plural, valueName } from '../app/words';
import { GradeBar } from '../parts/bar';
import { Count } from '../parts/count';
import { FilterText, FilterTabs } from '../parts/filters';
import { GradeBadge, gradeClass } from '../parts/grade';
import { Page } from '../parts/page';
import { Empty, Loaded } from '../parts/states';
import { SortHead, Table } from '../parts/table';
import { When } from '../parts/when';
import { PoolWhy } from '../parts/why';
import { FirstRun } from './first_run';

const initialSort = 'state';
const orders: Record<string, (a: PoolRow, b: PoolRow) => number> = {
  name: (a, b) => a.name.localeCompare(b.name),
  desktops: (a, b) => a.desktops - b.desktops,
  noncompliant: (a, b) => a.noncompliant - b.noncompliant,
  reporting: (a, b) => a.reporting / (a.desktops || 1) - b.reporting / (b.desktops || 1),
  since: (a, b) => Date.parse(a.since) - Date.parse(b.since),
};

// The daemon's order (worst first) stands for `state`; the rest is sorted here, the list is whole.
function sorted(pools: PoolRow[], sort: string): PoolRow[] {
  const falling = sort.startsWith('-');
  const order = orders[sort.replace(/^-/, '')];
  const list = order ? [...pools].sort(order) : [...pools];
  return falling ? list.reverse() : list;
}

function Values({ values }: { values: ValueCount[] | undefined }) {
  const top = values?.[0];
  if (!top) return <span class="faint">–</span>;
  const rest = (values?.length ?? 0) - 1;
  return (
    <>
      {valueName(top.value)}
      {rest > 0 && <span class="faint"> +{rest}</span>}
    </>
  );
}

function Row({ pool, wide }: { pool: PoolRow; wide: boolean }) {
  return (
    <tr class={gradeClass(pool.grade)}>
      <td class="cell-grade">
        <GradeBadge grade={pool.grade} loud />
      </td>
      <th scope="row" class="cell-why">
        <a href={poolLink(pool.name)}>{pool.name}</a>
        <p>
          <PoolWhy pool={pool} />
        </p>
      </th>
      <td class="cell-bar">
        <GradeBar counts={pool} label={`Desktops of ${pool.name}`} />
      </td>
      <td class="num">
        <Count n={pool.desktops} href={desktopsLink({ pool: pool.name })} of={`desktops in ${pool.name}`} />
      </td>
      <td class="num">
        <Count
          n={pool.noncompliant}
          grade="noncompliant"
          href={desktopsLink({ pool: pool.name, grade: 'noncompliant' })}
          of={`noncompliant desktops in ${pool.name}`}
        />
      </td>
      <td class="num minor">{percent(pool.reporting, pool.expected_members ?? pool.desktops)}</td>
      {wide && (
        <td class="minor">
          <Values values={pool.platforms} />
        </td>
      )}
      {wide && (
        <td class="minor">
          <Values values={pool.persistence} />
        </td>
      )}
      <td class="minor nowrap">{pool.desktops > 0 && <When at={pool.since} />}</td>
    </tr>
  );
}

function PoolTable({ pools }: { pools: PoolRow[] }) {
  const wide = pools.some((pool) => pool.platforms || pool.persistence);
  return (
    <Table label="Pools" class="pools-table">
      <thead>
        <tr>
          <SortHead by="state" initial={initialSort}>
            State
          </SortHead>
          <SortHead by="name" initial={initialSort}>
            Pool and why
          </SortHead>
          <th scope="col">Desktops by grade</th>
          <SortHead by="desktops" initial={initialSort} descends class="num">
            Desktops
          </SortHead>
          <SortHead by="noncompliant" initial={initialSort} descends class="num">
            Failing
          </SortHead>
          <SortHead by="reporting" initial={initialSort} class="num minor">
            Reporting
          </SortHead>
          {wide && (
            <th scope="col" class="minor">
              Platform
            </th>
          )}
          {wide && (
            <th scope="col" class="minor">
              Persistence
            </th>
          )}
          <SortHead by="since" initial={initialSort} descends class="minor">
            Since
          </SortHead>
        </tr>
      </thead>
      <tbody>
        {pools.map((pool) => (
          <Row key={pool.name} pool={pool} wide={wide} />
        ))}
      </tbody>
    </Table>
  );
}

export function PoolsPage() {
  const { query, change } = useQuery();
  const answer = useAnswer<{ pools: PoolRow[] }>(link('/pools', { grade: query['grade'], q: query['q'] }));
  const filtered = Boolean(query['grade'] || query['q']);
  return (
    <Page
      title="Pools"
      under={
        answer.data && `${plural(answer.data.pools.length, 'pool')}${filtered ? ' match' : ', worst first'}`
      }
    >
      {(filtered || answer.data?.pools.length !== 0) && (
        <div class="filters">
          <FilterText label="Filter pools by name" param="q" />
          <FilterTabs
            label="Grade"
            param="grade"
            options={grades.map((g) => ({ value: g, name: gradeName(g), grade: g }))}
          />
        </div>
      )}
      <Loaded answer={answer} rows={8}>
        {({ pools }) =>
          pools.length > 0 ? (
            <PoolTable pools={sorted(pools, query['sort'] ?? initialSort)} />
          ) : filtered ? (
            <Empty title="No pool matches" icon="search">
              <button type="button" class="button" onClick={() => change({ grade: undefined, q: undefined })}>
                Clear the filters
              </button>
            </Empty>
          ) : (
            <FirstRun />
          )
        }
      </Loaded>
    </Page>
  );
}
