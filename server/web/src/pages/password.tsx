import { useState } from 'preact/hooks';
import type { TargetedEvent } from 'preact';
import { post } from '../api/client';
import { useAct } from '../app/act';
import { useSession } from '../app/session';
import { AdminSections } from '../parts/admin_sections';
import { Field, FormProblem, textOf } from '../parts/form';
import { Icon } from '../parts/icon';
import { Card, Page } from '../parts/page';

export function PasswordPage() {
  const { session } = useSession();
  const { busy, problem, run } = useAct();
  const [done, setDone] = useState(false);
  const submit = (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const wanted = { old: textOf(data, 'old'), new: textOf(data, 'new') };
    setDone(false);
    void run(() => post('/password', wanted)).then((changed) => {
      setDone(changed);
      if (changed) form.reset();
    });
  };
  return (
    <Page title="Password" under={`Of ${session.user}. Your other sessions end when it changes.`}>
      <AdminSections />
      <Card title="Change your password">
        <form class="form-grid" onSubmit={submit}>
          <input type="text" name="username" autocomplete="username" value={session.user} hidden readOnly />
          <Field name="Password now">
            <input name="old" type="password" autocomplete="current-password" required />
          </Field>
          <Field name="New password" note="12 characters or more">
            <input name="new" type="password" autocomplete="new-password" minLength={12} required />
          </Field>
          <button type="submit" class="button button-main" disabled={busy}>
            {busy ? 'Changing…' : 'Change it'}
          </button>
        </form>
        <FormProblem text={problem} />
        <p role="status" class="is-good">
          {done && (
            <>
              <Icon name="check" /> Changed.
            </>
          )}
        </p>
      </Card>
    </Page>
  );
}
