import { useEffect, useRef, useState } from 'preact/hooks';
import type { TargetedEvent } from 'preact';
import { Problem, signIn } from '../api/client';
import type { Session } from '../api/types';
import { duration } from '../app/words';
import { Brand } from '../parts/brand';
import { Icon } from '../parts/icon';

function refusal(error: unknown): string {
  if (!(error instanceof Problem)) return String(error);
  if (error.status === 401) return 'User name or password is wrong.';
  if (error.status === 429) {
    const wait = error.retryAfterS > 0 ? ` Try again in ${duration(error.retryAfterS)}.` : '';
    return `Too many attempts.${wait}`;
  }
  return error.detail ? `${error.title}. ${error.detail}` : error.title;
}

export function SignIn({ done }: { done: (session: Session) => void }) {
  const user = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    document.title = 'Sign in · vdiwatch';
    user.current?.focus();
  }, []);

  const submit = (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    setBusy(true);
    setProblem('');
    signIn(user.current?.value ?? '', password.current?.value ?? '').then(done, (error) => {
      setProblem(refusal(error));
      setBusy(false);
      password.current?.select();
    });
  };

  return (
    <main class="lonely">
      <form class="sign-in" onSubmit={submit} aria-labelledby="sign-in-title">
        <Brand />
        <h1 id="sign-in-title">Sign in</h1>
        <p class="muted">Which virtual desktops can run Docker Desktop within Docker’s support rules.</p>
        <label class="field">
          <span>User name</span>
          <input
            ref={user}
            name="user"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            required
          />
        </label>
        <label class="field">
          <span>Password</span>
          <input ref={password} name="password" type="password" autocomplete="current-password" required />
        </label>
        <p class="form-problem" role="alert">
          {problem && (
            <>
              <Icon name="warn" /> {problem}
            </>
          )}
        </p>
        <button type="submit" class="button button-main" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
      <p class="faint lonely-note">
        The first administrator was named when this daemon was set up (<code>vdiwatch init</code>).
      </p>
    </main>
  );
}
