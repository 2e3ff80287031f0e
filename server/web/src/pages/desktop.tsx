import { useRoute } from 'preact-iso/router';
import { post } from '../api/client';
import { useAnswer } from '../api/live';
import type { Desktop } from '../api/types';
import { mayEnrol, useSession } from '../app/session';
import { desktopLink, poolLink } from '../app/url';
import { spaced, valueName } from '../app/words';
import { Confirm } from '../parts/confirm';
import { DesktopSide } from '../parts/desktop_side';
import { isDuplicate, Presence } from '../parts/desktop_table';
import { FactTable } from '../parts/fact_table';
import { GradeBadge } from '../parts/grade';
import { Icon } from '../parts/icon';
import { Incarnations } from '../parts/incarnations';
import { Page } from '../parts/page';
import { PolicyName } from '../parts/policy_name';
import { Empty, Loaded } from '../parts/states';
import { Verdicts } from '../parts/verdicts';
import { When } from '../parts/when';

const twinWords: Record<string, string> = {
  cloned_identity:
    'Two machines speak with this desktop’s key: an image was captured with an enrolled agent. Both are told to enrol anew; run “vdiwatch-agent seal” before capturing an image.',
  shared_uuid: 'Other desktops show the same SMBIOS UUID, so it cannot tell them apart.',
  name_collision:
    'Two living machines call themselves by this host name. Both are kept apart until one of them is renamed.',
};

function Twins({ desktop }: { desktop: Desktop }) {
  if (!isDuplicate(desktop.duplicate)) return null;
  return (
    <p class="notice notice-warn">
      <Icon name="twins" />
      <span>
        <b>{spaced(desktop.duplicate)}.</b>{' '}
        {twinWords[desktop.duplicate] ?? 'More than one machine claims to be this desktop.'}
      </span>
    </p>
  );
}

function Body({ desktop }: { desktop: Desktop }) {
  return (
    <>
      <Twins desktop={desktop} />
      <div class="columns">
        <div>
          {desktop.verdict ? (
            <Verdicts desktop={desktop} />
          ) : (
            <Empty title="Not judged yet" icon="clock">
              <p>Its facts arrive with one of its next check-ins.</p>
            </Empty>
          )}
          <Incarnations desktop={desktop} />
          <FactTable desktop={desktop} />
        </div>
        <DesktopSide desktop={desktop} />
      </div>
    </>
  );
}

function Choice({ desktops }: { desktops: { id: string; host_name: string; pool: string }[] }) {
  return (
    <Empty title="More than one desktop has this host name" icon="twins">
      <ul class="plain">
        {desktops.map(({ id, host_name, pool }) => (
          <li key={id}>
            <a href={desktopLink(id)}>{host_name}</a> in {pool} <code>{id}</code>
          </li>
        ))}
      </ul>
    </Empty>
  );
}

export function DesktopPage() {
  const id = useRoute().params['id'] ?? '';
  const { session } = useSession();
  const answer = useAnswer<Desktop>(`/desktops/${encodeURIComponent(id)}`);
  const desktop = answer.data;
  const name = desktop?.host_name ?? id;
  const crumbs = [{ name: 'Desktops', href: '/desktops' }];
  if (desktop)
    crumbs.splice(
      0,
      1,
      { name: 'Pools', href: '/pools' },
      { name: desktop.pool, href: poolLink(desktop.pool) },
    );
  return (
    <Page
      key={id}
      title={name}
      crumbs={crumbs}
      heading={
        <span class="headed">
          {name}
          {desktop && <GradeBadge grade={desktop.grade} large />}
        </span>
      }
      under={
        desktop && (
          <span class="facts-line">
            <Presence name={desktop.presence} />
            <span>
              last seen <When at={desktop.last_seen} />
            </span>
            {desktop.os && <span>{valueName(desktop.os)}</span>}
            {desktop.agent_version && <span>agent {desktop.agent_version}</span>}
            {desktop.policy && (
              <span>
                judged by <PolicyName digest={desktop.policy.digest} />
                {!desktop.policy.in_force && ', no longer in force'}
              </span>
            )}
          </span>
        )
      }
      aside={
        desktop &&
        mayEnrol(session) && (
          <Confirm
            name="Revoke"
            question="Its agent is refused until it enrols anew."
            act={() => post(`/desktops/${desktop.id}/revoke`).then(answer.reload)}
          />
        )
      }
    >
      {answer.error && answer.error.desktops.length > 0 ? (
        <Choice desktops={answer.error.desktops} />
      ) : (
        <Loaded answer={answer} rows={10}>
          {(data) => <Body desktop={data} />}
        </Loaded>
      )}
    </Page>
  );
}
