import { useAnswer } from '../api/live';
import type { DesktopPage, RuleGrade } from '../api/types';
import { usePoolOptions } from '../app/pools';
import { link, useQuery } from '../app/url';
import { capital, gradeName, grades, number, presences } from '../app/words';
import { DesktopTable } from '../parts/desktop_table';
import { Chip, FilterSelect, FilterTabs, FilterText } from '../parts/filters';
import { Page } from '../parts/page';
import { Pager, pageSize } from '../parts/pager';
import { Loaded, NothingMatches } from '../parts/states';
import { FirstRun } from './first_run';

const filterNames = ['pool', 'grade', 'presence', 'rule', 'rule_grade', 'fact', 'value', 'q'] as const;

function Filters() {
  const { query, change } = useQuery();
  const pools = usePoolOptions();
  const rule = query['rule'];
  const ruleGrade = query['rule_grade'] as RuleGrade | undefined;
  return (
    <div class="filters">
      <FilterText label="Filter by host name" param="q" />
      <FilterTabs
        label="Grade"
        param="grade"
        options={grades.map((g) => ({ value: g, name: gradeName(g), grade: g }))}
      />
      <FilterSelect label="Pool" param="pool" options={pools} />
      <FilterSelect
        label="Presence"
        param="presence"
        options={[...presences, 'retired'].map((p) => ({ value: p, name: capital(p) }))}
      />
      {rule && (
        <Chip remove={() => change({ rule: undefined, rule_grade: undefined, cursor: undefined })}>
          {`${rule}${ruleGrade ? `: ${gradeName(ruleGrade).toLowerCase()}` : ''}`}
        </Chip>
      )}
      {query['fact'] && (
        <Chip remove={() => change({ fact: undefined, value: undefined, cursor: undefined })}>
          {`${query['fact']} = ${query['value'] ?? ''}`}
        </Chip>
      )}
    </div>
  );
}

function standing(page: DesktopPage, further: boolean): string {
  const shown = number(page.desktops.length);
  if (page.next_cursor) return `${further ? 'The next' : 'The first'} ${shown}; more follow`;
  return further ? `The last ${shown}` : `${shown} shown, all there are`;
}

export function DesktopsPage() {
  const { query, change } = useQuery();
  const asked = Object.fromEntries(filterNames.map((name) => [name, query[name]]));
  const answer = useAnswer<DesktopPage>(
    link('/desktops', { ...asked, cursor: query['cursor'], limit: pageSize }),
  );
  const filtered = filterNames.some((name) => query[name]);
  const clear = () =>
    change({ ...Object.fromEntries(filterNames.map((name) => [name, undefined])), cursor: undefined });
  return (
    <Page title="Desktops" under={answer.data && standing(answer.data, Boolean(query['cursor']))}>
      <Filters />
      <Loaded answer={answer} rows={12}>
        {(page) =>
          page.desktops.length > 0 ? (
            <>
              <div class="card flush">
                <DesktopTable desktops={page.desktops} label="Desktops" withPool={!query['pool']} />
              </div>
              <Pager next={page.next_cursor} />
            </>
          ) : filtered ? (
            <NothingMatches what="desktop" clear={clear} />
          ) : (
            <FirstRun />
          )
        }
      </Loaded>
    </Page>
  );
}
