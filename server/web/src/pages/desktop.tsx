import { useRoute } from 'preact-iso/router';
import { useAnswer } from '../api/live';
import type { Desktop, Incarnation } from '../api/types';
import { desktopLink, poolLink } from '../app/url';
import { capital, number, say, spaced, valueName } from '../app/words';
import { isDuplicate, Presence } from '../parts/desktop_table';
import { FactTable } from '../parts/fact_table';
import { GradeBadge, GradeMark } from '../parts/grade';
import { Icon } from '../parts/icon';
import { Card, Page } from '../parts/page';
import { Empty, Loaded } from '../parts/states';
import { Table } from '../parts/table';
import { Verdicts } from '../parts/verdicts';
import { When } from '../parts/when';

const twinWords: Record<string, string> = {
  cloned_identity: 'Two machines speak with this desktop’s key: an image was captured with an enrolled agent. Both are told to enrol anew; run “vdiwatch-agent seal” before capturing an image.',
  shared_uuid: 'Other desktops show the same SMBIOS UUID, so it cannot tell them apart.',
  name_collision: 'Two living machines call themselves by this host name. Both are kept apart until one of them is renamed.',
};

function Twins({ desktop }: { desktop: Desktop }) {
  if (!isDuplicate(desktop.duplicate)) return null;
  return (
    <p class="notice notice-warn">
      <Icon name="twins" />
      <span><b>{spaced(desktop.duplicate)}.</b> {twinWords[desktop.duplicate] ?? 'More than one machine claims to be this desktop.'}</span>
    </p>
  );
}

function Boots({ desktop }: { desktop: Desktop }) {
  const { boots } = desktop;
  return (
    <Card title="Persistence, as observed">
      <p class="card-note">{capital(boots.text)}</p>
      <dl class="pairs">
        <div><dt>Boots it survived</dt><dd>{number(boots.survived)}</dd></div>
        <div><dt>Boots that reset it</dt><dd>{number(boots.resets)}</dd></div>
        <div><dt>Resets in a row</dt><dd>{number(boots.resets_in_a_row)}</dd></div>
      </dl>
    </Card>
  );
}

// Digests are long and mean nothing to people; their beginning tells them apart.
function Claim({ value }: { value: unknown }) {
  const texts = (Array.isArray(value) ? value : [value]).map(say);
  return <>{texts.map((text) => <div key={text} title={text}>{/^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 16)}…` : text}</div>)}</>;
}

function Claims({ desktop }: { desktop: Desktop }) {
  const claims = Object.entries(desktop.claims).filter(([, value]) => value !== null && value !== '' && say(value) !== '');
  return (
    <Card title="What it says it is">
      <dl class="pairs pairs-text">
        {claims.map(([name, value]) => <div key={name}><dt>{spaced(name)}</dt><dd class="breaks"><Claim value={value} /></dd></div>)}
        <div><dt>First seen</dt><dd><When at={desktop.created_at} /></dd></div>
      </dl>
    </Card>
  );
}

function IncarnationRow({ life }: { life: Incarnation }) {
  return (
    <tr>
      <th scope="row"><code>{life.id}</code></th>
      <td>{spaced(life.state)}</td>
      <td class="nowrap"><When at={life.enrolled_at} /></td>
      <td class="nowrap"><When at={life.last_seen} /></td>
      <td class="nowrap"><When at={life.certificate_expires} /></td>
      <td class="minor"><code>{life.boot_id.slice(0, 13)}</code></td>
    </tr>
  );
}

function Incarnations({ desktop }: { desktop: Desktop }) {
  return (
    <Card title="Incarnations" class="flush">
      <Table label="Incarnations">
        <thead>
          <tr>
            <th scope="col">Life</th><th scope="col">State</th><th scope="col">Enrolled</th>
            <th scope="col">Last seen</th><th scope="col">Certificate ends</th><th scope="col" class="minor">Boot</th>
          </tr>
        </thead>
        <tbody>{desktop.incarnations.map((life) => <IncarnationRow key={life.id} life={life} />)}</tbody>
      </Table>
    </Card>
  );
}

// The history has an entry for each new profile; people ask when the grade changed.
const changesOf = (history: Desktop['history']) =>
  history.filter(({ grade }, i) => grade !== history[i + 1]?.grade);

// Events and changes of grade in one line of time, newest first.
function Timeline({ desktop }: { desktop: Desktop }) {
  const entries = [
    ...desktop.events.map(({ at, kind, detail }) => ({ at, grade: null, words: spaced(kind), detail })),
    ...changesOf(desktop.history).map(({ at, grade }) => ({ at, grade, words: '', detail: '' })),
  ].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return (
    <Card title="What happened">
      {entries.length === 0 && <p class="card-note">Nothing yet.</p>}
      <ol class="timeline">
        {entries.map(({ at, grade, words, detail }, i) => (
          <li key={`${at}${words}${i}`}>
            {grade ? <GradeMark grade={grade} /> : <span class="timeline-dot" />}
            <div>{grade ? <>Judged <GradeBadge grade={grade} /></> : <b class="event">{words}</b>}{detail && <p>{detail}</p>}</div>
            <span class="timeline-when"><When at={at} /></span>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Body({ desktop }: { desktop: Desktop }) {
  return (
    <>
      <Twins desktop={desktop} />
      <div class="columns">
        <div>
          {desktop.verdict ? <Verdicts desktop={desktop} /> : (
            <Empty title="Not judged yet" icon="clock"><p>Its facts arrive with one of its next check-ins.</p></Empty>
          )}
          <FactTable desktop={desktop} />
          <Incarnations desktop={desktop} />
        </div>
        <div class="columns-side">
          <Boots desktop={desktop} />
          <Claims desktop={desktop} />
          <Timeline desktop={desktop} />
        </div>
      </div>
    </>
  );
}

function Choice({ desktops }: { desktops: { id: string; host_name: string; pool: string }[] }) {
  return (
    <Empty title="More than one desktop has this host name" icon="twins">
      <ul class="plain">
        {desktops.map(({ id, host_name, pool }) => <li key={id}><a href={desktopLink(id)}>{host_name}</a> in {pool} <code>{id}</code></li>)}
      </ul>
    </Empty>
  );
}

export function DesktopPage() {
  const id = useRoute().params['id'] ?? '';
  const answer = useAnswer<Desktop>(`/desktops/${encodeURIComponent(id)}`);
  const desktop = answer.data;
  const name = desktop?.host_name ?? id;
  const crumbs = [{ name: 'Desktops', href: '/desktops' }];
  if (desktop) crumbs.splice(0, 1, { name: 'Pools', href: '/pools' }, { name: desktop.pool, href: poolLink(desktop.pool) });
  return (
    <Page key={id} title={name} crumbs={crumbs}
      heading={<span class="headed">{name}{desktop && <GradeBadge grade={desktop.grade} large />}</span>}
      under={desktop && (
        <span class="facts-line">
          <Presence name={desktop.presence} /><span>last seen <When at={desktop.last_seen} /></span>
          {desktop.os && <span>{valueName(desktop.os)}</span>}{desktop.agent_version && <span>agent {desktop.agent_version}</span>}
        </span>
      )}>
      {answer.error && answer.error.desktops.length > 0 ? <Choice desktops={answer.error.desktops} />
        : <Loaded answer={answer} rows={10}>{(data) => <Body desktop={data} />}</Loaded>}
    </Page>
  );
}
