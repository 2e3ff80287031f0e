import { useAnswer } from '../api/live';
import type { User } from '../api/access_types';
import { useSession } from '../app/session';
import { link, useQuery } from '../app/url';
import { plural } from '../app/words';
import { AdminSections } from '../parts/admin_sections';
import { Page } from '../parts/page';
import { Reach } from '../parts/reach';
import { Standing } from '../parts/standing';
import { Loaded } from '../parts/states';
import { Table } from '../parts/table';
import { EditUser, NewUser } from '../parts/user_form';
import { When } from '../parts/when';

function Row({ user }: { user: User }) {
  const { session } = useSession();
  const { linkTo } = useQuery();
  return (
    <tr class={user.disabled ? 'is-past' : undefined}>
      <td class="nowrap">
        <Standing mark={user.disabled ? 'off' : 'live'}>{user.disabled ? 'kept out' : 'let in'}</Standing>
      </td>
      <th scope="row">
        <a href={link('/audit', { actor: user.name })}>{user.name}</a>
        {user.name === session.user && <span class="faint"> you</span>}
      </th>
      <td>
        <Reach role={user.role} pools={user.pools} />
      </td>
      <td>{user.kind === 'local' ? 'password' : 'sign-in provider'}</td>
      <td class="nowrap">
        <When at={user.last_sign_in} />
      </td>
      <td class="nowrap minor">
        <When at={user.created_at} />
      </td>
      <td class="cell-act">
        <a class="button button-small" href={linkTo({ edit: user.name })}>
          Change<span class="unseen"> {user.name}</span>
        </a>
      </td>
    </tr>
  );
}

export function UsersPage() {
  const { query, change } = useQuery();
  const answer = useAnswer<{ users: User[] }>('/users');
  const edited = answer.data?.users.find(({ name }) => name === query['edit']);
  const close = () => {
    change({ edit: undefined });
    answer.reload();
  };
  return (
    <Page title="Users" under={answer.data && `${plural(answer.data.users.length, 'user')}.`}>
      <AdminSections />
      <Loaded answer={answer}>
        {({ users }) => (
          <>
            {edited ? <EditUser key={edited.name} user={edited} done={close} /> : <NewUser done={answer.reload} />}
            <section class="card flush">
              <Table label="Users">
                <thead>
                  <tr>
                    <th scope="col">State</th>
                    <th scope="col">Name</th>
                    <th scope="col">Role</th>
                    <th scope="col">Signs in by</th>
                    <th scope="col">Last sign-in</th>
                    <th scope="col" class="minor">
                      Since
                    </th>
                    <th scope="col">
                      <span class="unseen">Change</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {users.map((user) => (
                    <Row key={user.name} user={user} />
                  ))}
                </tbody>
              </Table>
            </section>
          </>
        )}
      </Loaded>
    </Page>
  );
}
