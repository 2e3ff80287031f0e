import { useEffect, useRef, useState } from 'preact/hooks';
import type { TargetedEvent } from 'preact';
import type { SignInWays } from '../api/access_types';
import { get, Problem, signIn } from '../api/client';
import type { Session } from '../api/types';
import { link } from '../app/url';
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

// Why the provider's sign-in led back here.
const returned: Record<string, string> = {
  expired: 'That took too long; begin again.',
  refused: 'The sign-in provider did not let you in.',
  no_role: 'You have no role in vdiwatch; ask its administrator for one.',
  name_taken: 'Another user has your name here; ask an administrator.',
  disabled: 'An administrator has switched this user off.',
  unavailable: 'The sign-in provider does not answer; try again later.',
  failed: 'The sign-in failed; the daemon’s log says why.',
};

function useWays(): SignInWays {
  const [ways, setWays] = useState<SignInWays>({ password: true, oidc: null });
  useEffect(() => {
    get<SignInWays>('/sign-in').then(setWays, () => {}); // the form then says what is wrong
  }, []);
  return ways;
}

// Where to go on after the provider's sign-in: here, unless here is the sign-in page itself.
const here = () => (location.pathname === '/sign-in' ? '/' : location.pathname + location.search);

export function SignIn({ done }: { done: (session: Session) => void }) {
  const user = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(
    returned[new URLSearchParams(location.search).get('problem') ?? ''] ?? '',
  );
  const { password: byPassword, oidc } = useWays();
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
        <p class="form-problem" role="alert">
          {problem && (
            <>
              <Icon name="warn" /> {problem}
            </>
          )}
        </p>
        {oidc && (
          <a class="button button-main" href={link(oidc.url, { return_to: here() })}>
            {oidc.label}
          </a>
        )}
        {oidc && byPassword && <p class="or">or with a local password</p>}
        {byPassword && (
          <>
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
            <button type="submit" class={`button${oidc ? '' : ' button-main'}`} disabled={busy}>
              {busy ? 'Signing in…' : 'Sign in'}
            </button>
          </>
        )}
      </form>
      <p class="faint lonely-note">
        The first administrator was named when this daemon was set up (<code>vdiwatch init</code>).
      </p>
    </main>
  );
}
