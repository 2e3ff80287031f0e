import { useAnswer } from '../api/live';
import type { DeliveryPage, SinkList } from '../api/alert_types';
import { link, useQuery } from '../app/url';
import { capital } from '../app/words';
import { DeliveryTable } from '../parts/delivery_table';
import { FilterSelect, FilterTabs } from '../parts/filters';
import { Page } from '../parts/page';
import { Pager, pageSize } from '../parts/pager';
import { AlertSections } from '../parts/section_tabs';
import { Empty, Loaded, NothingMatches } from '../parts/states';

const states = ['waiting', 'failed', 'sent', 'dropped'];

export function DeliveriesPage() {
  const { query, change } = useQuery();
  const sinks = useAnswer<SinkList>('/sinks').data?.sinks ?? [];
  const answer = useAnswer<DeliveryPage>(
    link('/deliveries', {
      sink: query['sink'],
      state: query['state'],
      cursor: query['cursor'],
      limit: pageSize,
    }),
  );
  const filtered = Boolean(query['sink'] || query['state']);
  return (
    <Page title="Deliveries" under="Every message to a sink: how often it was tried, and what was answered.">
      <AlertSections />
      <div class="filters">
        <FilterTabs
          label="State"
          param="state"
          options={states.map((value) => ({ value, name: capital(value) }))}
        />
        <FilterSelect label="Sink" param="sink" options={sinks.map(({ name }) => ({ value: name, name }))} />
      </div>
      <Loaded answer={answer} rows={10}>
        {({ deliveries, next_cursor }) =>
          deliveries.length > 0 ? (
            <>
              <div class="card flush">
                <DeliveryTable deliveries={deliveries} label="Deliveries" />
              </div>
              <Pager next={next_cursor} />
            </>
          ) : filtered ? (
            <NothingMatches
              what="delivery"
              clear={() => change({ sink: undefined, state: undefined, cursor: undefined })}
            />
          ) : (
            <Empty title="Nothing was sent yet" icon="send">
              <p>
                A message is made when an alert opens, is due again or is resolved, and a route leads it to a{' '}
                <a href="/sinks">sink</a>.
              </p>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}
