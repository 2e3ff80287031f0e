import { get, post, put, remove } from '../api/client';
import { useAnswer } from '../api/live';
import type { Schedule, ScheduleDelivery, ScheduleList, ScheduleWanted } from '../api/report_types';
import { useAct } from '../app/act';
import { smtpSink } from '../app/examples';
import { useQuery } from '../app/url';
import { capital, number } from '../app/words';
import { Confirm } from '../parts/confirm';
import { Snippet } from '../parts/copy';
import { DeliveryStanding } from '../parts/delivery_table';
import { FormProblem } from '../parts/form';
import { Card, Page } from '../parts/page';
import { ScheduleForm } from '../parts/schedule_form';
import { ReportSections } from '../parts/section_tabs';
import { Standing } from '../parts/standing';
import { Empty, Loaded } from '../parts/states';
import { Table } from '../parts/table';
import { When } from '../parts/when';

const pathOf = (schedule: { id: string }) => `/reports/schedules/${schedule.id}`;

// What PUT takes of what GET answers.
const wantedOf = ({ name, scope, format, sink, recipients, when, enabled }: Schedule): ScheduleWanted => ({
  name,
  scope,
  format,
  sink,
  recipients,
  when,
  enabled,
});

async function toggle(schedule: Schedule) {
  const now = await get<Schedule>(pathOf(schedule));
  await put(pathOf(schedule), { ...wantedOf(now), enabled: !schedule.enabled });
}

async function drop(schedule: Schedule) {
  await get<Schedule>(pathOf(schedule)); // the state that is deleted
  await remove(pathOf(schedule));
}

function Acts({ schedule, reload }: { schedule: Schedule; reload: () => void }) {
  const { busy, problem, run } = useAct();
  const act = (write: () => Promise<unknown>) => run(write).then(reload);
  return (
    <>
      <span class="acts">
        <button
          type="button"
          class="button button-small"
          disabled={busy}
          onClick={() => act(() => post(`${pathOf(schedule)}/send`))}
        >
          Send now
        </button>
        <button type="button" class="button button-small" disabled={busy} onClick={() => act(() => toggle(schedule))}>
          {schedule.enabled ? 'Pause' : 'Resume'}
        </button>
        <Confirm name="Delete" question="It sends nothing any more." act={() => drop(schedule).then(reload)} />
      </span>
      <FormProblem text={problem} />
    </>
  );
}

function Row({ schedule, reload }: { schedule: Schedule; reload: () => void }) {
  const { linkTo } = useQuery();
  const { when } = schedule;
  return (
    <tr class={schedule.enabled ? undefined : 'is-past'}>
      <td class="nowrap">
        <Standing mark={schedule.enabled ? 'live' : 'off'}>{schedule.enabled ? 'on' : 'paused'}</Standing>
      </td>
      <th scope="row" class="cell-why">
        <a href={linkTo({ log: schedule.id })}>{schedule.name}</a>
        <p>
          {schedule.scope}, as {schedule.format}, by {schedule.created_by}
        </p>
      </th>
      <td>
        {when.days.map(capital).join(', ')} at {when.time} <span class="faint">{when.time_zone}</span>
      </td>
      <td class="breaks">
        {schedule.recipients.join(', ')} <span class="faint">through {schedule.sink}</span>
      </td>
      <td class="nowrap">{schedule.enabled ? <When at={schedule.next_due} /> : <span class="faint">–</span>}</td>
      <td class="cell-act">
        <Acts schedule={schedule} reload={reload} />
      </td>
    </tr>
  );
}

function Log({ schedule }: { schedule: Schedule }) {
  const answer = useAnswer<{ deliveries: ScheduleDelivery[] }>(`${pathOf(schedule)}/deliveries`);
  return (
    <Card title={`What ${schedule.name} sent`} class="flush">
      <Loaded answer={answer} rows={3}>
        {({ deliveries }) =>
          deliveries.length === 0 ? (
            <p class="card-note">Nothing yet.</p>
          ) : (
            <Table label="Deliveries of the schedule">
              <thead>
                <tr>
                  <th scope="col">State</th>
                  <th scope="col">Due</th>
                  <th scope="col" class="num">
                    Attempts
                  </th>
                  <th scope="col">Answer</th>
                  <th scope="col">Last tried</th>
                </tr>
              </thead>
              <tbody>
                {deliveries.map((delivery) => (
                  <tr key={delivery.due_at}>
                    <td>
                      <DeliveryStanding state={delivery.state} />
                    </td>
                    <th scope="row" class="nowrap">
                      <When at={delivery.due_at} />
                    </th>
                    <td class="num">{number(delivery.attempts)}</td>
                    <td class="breaks">{delivery.answer}</td>
                    <td class="nowrap">
                      <When at={delivery.updated_at} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </Table>
          )
        }
      </Loaded>
    </Card>
  );
}

export function SchedulesPage() {
  const { query } = useQuery();
  const answer = useAnswer<ScheduleList>('/reports/schedules');
  const shown = answer.data?.schedules.find(({ id }) => id === query['log']);
  return (
    <Page title="Reports by e-mail" under="A compliance report, on some days of the week, as of its due time.">
      <ReportSections />
      <Loaded answer={answer}>
        {({ schedules, sinks }) =>
          sinks.length === 0 ? (
            <Empty title="There is no way to send mail yet" icon="send">
              <p>
                Name a mail server in the daemon’s <code>alerts.yaml</code>, as a <a href="/sinks">sink</a>; this page
                then asks what to send when.
              </p>
              <Snippet title="A sink that sends mail" text={smtpSink} />
            </Empty>
          ) : (
            <>
              <ScheduleForm sinks={sinks} done={answer.reload} />
              {schedules.length === 0 ? (
                <Empty title="No report is sent yet" icon="report">
                  <p>Owners and auditors get theirs without signing in: schedule the first above.</p>
                </Empty>
              ) : (
                <section class="card flush">
                  <Table label="Schedules">
                    <thead>
                      <tr>
                        <th scope="col">State</th>
                        <th scope="col">What</th>
                        <th scope="col">When</th>
                        <th scope="col">To</th>
                        <th scope="col">Next</th>
                        <th scope="col">
                          <span class="unseen">Act</span>
                        </th>
                      </tr>
                    </thead>
                    <tbody>
                      {schedules.map((schedule) => (
                        <Row key={schedule.id} schedule={schedule} reload={answer.reload} />
                      ))}
                    </tbody>
                  </Table>
                </section>
              )}
              {shown && <Log schedule={shown} />}
            </>
          )
        }
      </Loaded>
    </Page>
  );
}
