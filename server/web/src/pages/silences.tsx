import { remove } from '../api/client';
import { useAnswer } from '../api/live';
import type { Silence, SilenceList } from '../api/alert_types';
import { mayEnrol, useSession } from '../app/session';
import { link, useQuery } from '../app/url';
import { plural } from '../app/words';
import { Confirm } from '../parts/confirm';
import { Page } from '../parts/page';
import { AlertSections } from '../parts/section_tabs';
import { SilenceForm } from '../parts/silence_form';
import { Empty, Loaded } from '../parts/states';
import { Table } from '../parts/table';
import { When } from '../parts/when';

const dots: Record<Silence['state'], string> = { active: 'd-live', scheduled: 'd-stale', ended: 'd-off' };

function Row({ silence, marked, reload }: { silence: Silence; marked: boolean; reload: () => void }) {
  const { session } = useSession();
  const over = silence.state === 'ended';
  return (
    <tr class={over ? 'is-past' : marked ? 'is-marked' : undefined}>
      <td class="nowrap">
        <span class="presence">
          <span class={`dot ${dots[silence.state]}`} />
          {silence.state}
        </span>
      </td>
      <th scope="row" class="cell-why">
        {Object.entries(silence.matchers).map(([label, pattern]) => (
          <code key={label} class="matcher">
            {label}={pattern}
          </code>
        ))}
        <p>{silence.reason}</p>
      </th>
      <td>{silence.created_by}</td>
      <td class="nowrap">
        <When at={silence.starts_at} />
      </td>
      <td class="nowrap">
        <When at={silence.ends_at} />
      </td>
      <td class="cell-act">
        {!over && mayEnrol(session) && (
          <Confirm
            name="End it"
            question="What it held back is sent now."
            act={() => remove(`/silences/${silence.id}`).then(reload)}
          />
        )}
      </td>
    </tr>
  );
}

export function SilencesPage() {
  const { query, linkTo } = useQuery();
  const { session } = useSession();
  const ended = query['ended'] === 'yes' || Boolean(query['id']);
  const answer = useAnswer<SilenceList>(link('/silences', { ended: ended ? 'yes' : undefined }));
  const active = answer.data?.silences.filter(({ state }) => state === 'active').length;
  return (
    <Page
      title="Silences"
      under={active !== undefined && `${plural(active, 'silence')} in force. Each has an end.`}
      aside={
        <a class="button" href={linkTo({ ended: ended ? undefined : 'yes', id: undefined })}>
          {ended ? 'Hide ended ones' : 'Show ended ones'}
        </a>
      }
    >
      <AlertSections />
      <Loaded answer={answer}>
        {({ silences, longest_s }) => (
          <>
            {mayEnrol(session) && <SilenceForm longest={longest_s} done={answer.reload} />}
            {silences.length > 0 ? (
              <section class="card flush">
                <Table label="Silences">
                  <thead>
                    <tr>
                      <th scope="col">State</th>
                      <th scope="col">What and why</th>
                      <th scope="col">By</th>
                      <th scope="col">Starts</th>
                      <th scope="col">Ends</th>
                      <th scope="col">
                        <span class="unseen">End it</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {silences.map((silence) => (
                      <Row key={silence.id} silence={silence} marked={silence.id === query['id']} reload={answer.reload} />
                    ))}
                  </tbody>
                </Table>
              </section>
            ) : (
              <Empty title="Nothing is silenced" icon="quiet">
                <p>Silence a pool for the time of a known piece of work; its alerts wait and stay visible.</p>
              </Empty>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}
