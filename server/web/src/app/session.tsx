import { createContext } from 'preact';
import type { ComponentChildren } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { currentSession, Problem, signOut, whenSignedOut } from '../api/client';
import { forgetAnswers } from '../api/live';
import type { Session } from '../api/types';
import { reaches } from './roles';
import { ProblemView } from '../parts/states';
import { SignIn } from '../pages/sign_in';

interface SessionHook {
  session: Session;
  leave: () => void;
}
const SessionContext = createContext<SessionHook | null>(null);

export function useSession(): SessionHook {
  const hook = useContext(SessionContext);
  if (!hook) throw new Error('outside of SessionGate');
  return hook;
}

// Viewers read; operators and up handle tokens.
export const mayEnrol = (session: Session) => reaches(session.role, 'operator');

type State = { session: Session | null } | { problem: Problem } | 'asking';

// Shows the page to who is signed in, and the sign-in form at the same address to everybody else.
export function SessionGate({ children }: { children: ComponentChildren }) {
  const [state, setState] = useState<State>('asking');
  const ask = () => {
    currentSession().then(
      (session) => setState({ session }),
      (error) =>
        setState({ problem: error instanceof Problem ? error : new Problem(0, 'Failed', String(error)) }),
    );
  };
  useEffect(() => {
    whenSignedOut(() => setState({ session: null }));
    ask();
  }, []);

  if (state === 'asking') return null;
  if ('problem' in state) {
    return (
      <main class="lonely">
        <ProblemView problem={state.problem} retry={ask} />
      </main>
    );
  }
  const { session } = state;
  if (!session) return <SignIn done={(fresh) => setState({ session: fresh })} />;
  const leave = () => {
    signOut()
      .catch(() => {})
      .finally(() => {
        forgetAnswers();
        setState({ session: null });
      });
  };
  return <SessionContext.Provider value={{ session, leave }}>{children}</SessionContext.Provider>;
}
