import { serverNow } from '../api/client';
import { useAnswer } from '../api/live';
import type { Changes } from '../api/trend_types';
import { link, useQuery } from '../app/url';
import { plural } from '../app/words';
import { ChangeList, hasChanges } from '../parts/changes';
import { FilterTabs } from '../parts/filters';
import { Page } from '../parts/page';
import { Pager, pageSize } from '../parts/pager';
import { Empty, Loaded } from '../parts/states';

const ranges = ['1', '7', '30', '90'];
const usual = '1';
const hour = 3_600_000;

// To the hour, so that a visit asks for one list; the daemon's own default for the usual range.
const sinceDays = (days: string) =>
  days === usual
    ? undefined
    : new Date(Math.floor((serverNow() - Number(days) * 24 * hour) / hour) * hour)
        .toISOString()
        .replace('.000Z', 'Z');

export function ChangesPage() {
  const { query } = useQuery();
  const days = ranges.includes(query['days'] ?? '') ? query['days']! : usual;
  const answer = useAnswer<Changes>(
    link('/changes', { since: sinceDays(days), cursor: query['cursor'], limit: pageSize }),
  );
  return (
    <Page
      title="Changes"
      crumbs={[{ name: 'Overview', href: '/' }]}
      under="Pools that changed their grade, came or went, and policies that came into force."
    >
      <div class="filters">
        <FilterTabs
          label="Range"
          param="days"
          initial={usual}
          options={ranges.map((value) => ({ value, name: value === '1' ? 'Last day' : `Last ${plural(Number(value), 'day')}` }))}
        />
      </div>
      <Loaded answer={answer} rows={8}>
        {(changes) =>
          hasChanges(changes) ? (
            <>
              <section class="card">
                <ChangeList changes={changes} />
              </section>
              <Pager next={changes.next_cursor} />
            </>
          ) : (
            <Empty title="Nothing changed" icon="check">
              <p>No pool changed its grade in this time. Try a longer one.</p>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}
