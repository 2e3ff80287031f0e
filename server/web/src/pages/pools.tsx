import { useAnswer } from '../api/live';
import type { PoolPage, PoolRow } from '../api/types';
import { desktopsLink, link, poolLink, useQuery } from '../app/url';
import { gradeName, grades, plural } from '../app/words';
import { GradeBar } from '../parts/bar';
import { Count } from '../parts/count';
import { Coverage } from '../parts/coverage';
import { FilterText, FilterTabs } from '../parts/filters';
import { GradeBadge, gradeClass } from '../parts/grade';
import { Page } from '../parts/page';
import { Pager } from '../parts/pager';
import { PoolSpark } from '../parts/pool_spark';
import { Loaded, NothingMatches } from '../parts/states';
import { SortHead, Table } from '../parts/table';
import { When } from '../parts/when';
import { PoolWhy } from '../parts/why';
import { FirstRun } from './first_run';

const initialSort = 'worst';
const trendDays = '30';
const perPage = '100';

function Row({ pool }: { pool: PoolRow }) {
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
      <td class="num minor">
        <Coverage pool={pool} />
      </td>
      <td class="minor cell-spark">
        <PoolSpark pool={pool} />
      </td>
      <td class="minor nowrap">{pool.desktops > 0 && <When at={pool.since} />}</td>
    </tr>
  );
}

function PoolTable({ pools }: { pools: PoolRow[] }) {
  return (
    <Table label="Pools" class="pools-table">
      <thead>
        <tr>
          <SortHead orders={['worst']} initial={initialSort}>
            State
          </SortHead>
          <SortHead orders={['name']} initial={initialSort}>
            Pool and why
          </SortHead>
          <th scope="col">Desktops by grade</th>
          <SortHead orders={['-desktops', 'desktops']} initial={initialSort} class="num">
            Desktops
          </SortHead>
          <SortHead orders={['-noncompliant']} initial={initialSort} class="num">
            Failing
          </SortHead>
          <SortHead orders={['-stale']} initial={initialSort} class="num minor">
            Reporting
          </SortHead>
          <th scope="col" class="minor">
            Failing, {trendDays} days
          </th>
          <SortHead orders={['-since', 'since']} initial={initialSort} class="minor">
            Since
          </SortHead>
        </tr>
      </thead>
      <tbody>
        {pools.map((pool) => (
          <Row key={pool.name} pool={pool} />
        ))}
      </tbody>
    </Table>
  );
}

export function PoolsPage() {
  const { query, change } = useQuery();
  const { grade, q, sort, cursor } = query;
  const answer = useAnswer<PoolPage>(
    link('/pools', { grade, q, sort, cursor, limit: perPage, trend: trendDays }),
  );
  const filtered = Boolean(grade || q);
  return (
    <Page
      title="Pools"
      under={
        answer.data &&
        `${plural(answer.data.pools.length, filtered ? 'matching pool' : 'pool')}${answer.data.next_cursor ? ' on this page; more follow' : ''}`
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
        {({ pools, next_cursor }) =>
          pools.length > 0 ? (
            <>
              <PoolTable pools={pools} />
              <Pager next={next_cursor} size={perPage} />
            </>
          ) : filtered ? (
            <NothingMatches
              what="pool"
              clear={() => change({ grade: undefined, q: undefined, cursor: undefined })}
            />
          ) : (
            <FirstRun />
          )
        }
      </Loaded>
    </Page>
  );
}
