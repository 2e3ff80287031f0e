import { mayEnrol, useSession } from '../app/session';
import { Icon } from '../parts/icon';

// What a new installation shows instead of zeros.
export function FirstRun() {
  const { session } = useSession();
  return (
    <section class="card first-run">
      <h2>No desktop has reported yet</h2>
      <p class="muted">
        Three steps until the first pool is judged. This page looks for it every 15 seconds.
      </p>
      <ol class="steps">
        <li>
          <b>Make an enrolment token for a pool</b>
          <p>A token admits agents into one pool, until it expires or is used up.</p>
          {mayEnrol(session) ? (
            <a class="button button-main" href="/enrolment">
              <Icon name="enrolment" />
              Create a token
            </a>
          ) : (
            <p class="faint">Your role is {session.role}; an operator can do this.</p>
          )}
        </li>
        <li>
          <b>Put the agent on one desktop</b>
          <p>The enrolment page writes its configuration for you. See what it would report first:</p>
          <pre>vdiwatch-agent facts</pre>
        </li>
        <li>
          <b>Let it check in</b>
          <p>Its pool appears here with a grade and the reason for it.</p>
          <pre>vdiwatch-agent check-in</pre>
        </li>
      </ol>
    </section>
  );
}
