import { useAnswer } from '../api/live';
import type { Trends } from '../api/trend_types';
import { link, useQuery } from '../app/url';
import { FilterTabs } from './filters';
import { Card } from './page';
import { Loaded } from './states';
import { Trend } from './trend';

const ranges = ['7', '30', '90'];
const usual = '30';

// How the desktops of a pool, or of all, stood day by day; the range is in the address.
export function TrendCard({ pool }: { pool?: string }) {
  const { query } = useQuery();
  const days = ranges.includes(query['days'] ?? '') ? query['days'] : usual;
  const answer = useAnswer<Trends>(link('/trends', { pool, days }));
  const drawn = (answer.data?.points.length ?? 2) > 1;
  return (
    <Card
      title="Desktops by grade, day by day"
      class={`trend-card${drawn ? '' : ' trend-none'}`}
      aside={
        <FilterTabs
          label="Range"
          param="days"
          initial={usual}
          options={ranges.map((value) => ({ value, name: `${value} days` }))}
        />
      }
    >
      <Loaded answer={answer} rows={4}>
        {({ points }) =>
          points.length < 2 ? (
            <p class="card-note">
              The picture starts tomorrow: it needs the counts of two days, and each day leaves its own.
            </p>
          ) : (
            <Trend
              label={pool ? `Desktops of ${pool} by grade` : 'Desktops by grade'}
              points={points.map(({ day, desktops }) => ({ at: day, counts: desktops }))}
            />
          )
        }
      </Loaded>
    </Card>
  );
}
