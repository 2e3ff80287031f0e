import { useEffect, useState } from 'preact/hooks';
import type { TargetedEvent } from 'preact';
import { get, patch, post, remove } from '../api/client';
import type { User, UserChange } from '../api/access_types';
import { useAct } from '../app/act';
import type { Role } from '../app/roles';
import { Confirm } from './confirm';
import { Snippet } from './copy';
import { Field, FormProblem, textOf } from './form';
import { Icon } from './icon';
import { Card } from './page';
import { poolsOf, ReachFields } from './reach';

export function NewUser({ done }: { done: () => void }) {
  const { busy, problem, run } = useAct();
  const [made, setMade] = useState<{ name: string; password?: string }>();
  const submit = (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const wanted = {
      name: textOf(data, 'name'),
      role: textOf(data, 'role'),
      pools: poolsOf(textOf(data, 'pools')),
    };
    void run(async () => {
      setMade(await post('/users', wanted));
      form.reset();
      done();
    });
  };
  return (
    <Card title="New local user">
      <form class="form-grid" onSubmit={submit}>
        <Field name="Name">
          <input name="name" required autocomplete="off" autocapitalize="none" spellcheck={false} />
        </Field>
        <ReachFields />
        <button type="submit" class="button button-main" disabled={busy}>
          <Icon name="users" />
          {busy ? 'Adding…' : 'Add'}
        </button>
      </form>
      <FormProblem text={problem} />
      {made?.password && (
        <div class="made" role="status">
          <p>
            <b>{made.name}</b> can sign in with this password. It is shown this once.
          </p>
          <Snippet title="Password" text={made.password} />
        </div>
      )}
    </Card>
  );
}

// Changes to one user, against the state that was read when this opened.
export function EditUser({ user, done }: { user: User; done: () => void }) {
  const path = `/users/${encodeURIComponent(user.name)}`;
  const [read, setRead] = useState<User>();
  const { busy, problem, run } = useAct();
  useEffect(() => {
    void run(async () => setRead(await get<User>(path)));
  }, [path]);
  const change = (wanted: UserChange) =>
    run(() => patch(path, wanted)).then((changed) => changed && done());
  const submit = (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    void change({ role: textOf(data, 'role') as Role, pools: poolsOf(textOf(data, 'pools')) });
  };
  return (
    <Card
      title={`Change ${user.name}`}
      aside={
        <button type="button" class="icon-button" aria-label="Close" onClick={done}>
          <Icon name="cross" />
        </button>
      }
    >
      {read?.kind === 'local' && (
        <form class="form-grid" onSubmit={submit}>
          <ReachFields role={read.role} pools={read.pools} />
          <button type="submit" class="button button-main" disabled={busy}>
            Save
          </button>
        </form>
      )}
      {read?.kind === 'oidc' && (
        <p class="card-note">Role and pools come from the sign-in provider, at each sign-in.</p>
      )}
      <FormProblem text={problem} />
      {read && (
        <p class="form-acts">
          <button
            type="button"
            class="button button-small"
            disabled={busy}
            onClick={() => change({ disabled: !read.disabled })}
          >
            {read.disabled ? 'Let in again' : 'Keep out'}
          </button>
          <Confirm
            name="Delete"
            icon="trash"
            question="The user, and its sessions and API tokens, go."
            act={() => remove(path).then(done)}
          />
        </p>
      )}
    </Card>
  );
}
