import { remove } from '../api/client';
import { useAnswer } from '../api/live';
import type { OpenSession } from '../api/access_types';
import { browserName, plural } from '../app/words';
import { AdminSections } from '../parts/admin_sections';
import { Confirm } from '../parts/confirm';
import { Page } from '../parts/page';
import { Loaded } from '../parts/states';
import { Table } from '../parts/table';
import { When } from '../parts/when';

function Row({ session, reload }: { session: OpenSession; reload: () => void }) {
  return (
    <tr>
      <th scope="row">
        {session.user}
        {session.current && <span class="faint"> this one</span>}
      </th>
      <td title={session.browser}>{browserName(session.browser)}</td>
      <td>
        <code>{session.remote_ip || '–'}</code>
      </td>
      <td class="nowrap">
        <When at={session.last_used} />
      </td>
      <td class="nowrap">
        <When at={session.created_at} />
      </td>
      <td class="nowrap minor">
        <When at={session.expires_at} />
      </td>
      <td class="cell-act">
        {!session.current && (
          <Confirm
            name="End"
            question="Whoever sits there has to sign in again."
            act={() => remove(`/sessions/${session.id}`).then(reload)}
          />
        )}
      </td>
    </tr>
  );
}

export function SessionsPage() {
  const answer = useAnswer<{ sessions: OpenSession[] }>('/sessions');
  return (
    <Page title="Sessions" under={answer.data && `${plural(answer.data.sessions.length, 'open session')}.`}>
      <AdminSections />
      <Loaded answer={answer}>
        {({ sessions }) => (
          <section class="card flush">
            <Table label="Open sessions">
              <thead>
                <tr>
                  <th scope="col">User</th>
                  <th scope="col">Browser</th>
                  <th scope="col">From</th>
                  <th scope="col">Last used</th>
                  <th scope="col">Signed in</th>
                  <th scope="col" class="minor">
                    Ends
                  </th>
                  <th scope="col">
                    <span class="unseen">End</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {sessions.map((session) => (
                  <Row key={session.id} session={session} reload={answer.reload} />
                ))}
              </tbody>
            </Table>
          </section>
        )}
      </Loaded>
    </Page>
  );
}
