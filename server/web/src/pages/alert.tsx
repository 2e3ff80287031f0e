import { useRoute } from 'preact-iso/router';
import { useAnswer } from '../api/live';
import type { AlertDetail } from '../api/alert_types';
import { mayEnrol, useSession } from '../app/session';
import { desktopsLink, link, poolLink, ruleLink } from '../app/url';
import { capital, gradeOf, spaced } from '../app/words';
import { AlertCount, AlertStanding } from '../parts/alert_table';
import { DeliveryTable } from '../parts/delivery_table';
import { GradeBadge, gradeClass } from '../parts/grade';
import { Icon } from '../parts/icon';
import { Card, Page } from '../parts/page';
import { Pair } from '../parts/pair';
import { Remedy } from '../parts/remedy';
import { Severity } from '../parts/rule';
import { Loaded } from '../parts/states';
import { When } from '../parts/when';

function Facts({ alert }: { alert: AlertDetail }) {
  return (
    <Card title="This alert">
      <dl class="pairs pairs-text">
        <Pair name="State">
          <AlertStanding alert={alert} />
        </Pair>
        <Pair name="Pool">{alert.pool ? <a href={poolLink(alert.pool)}>{alert.pool}</a> : 'the fleet'}</Pair>
        <Pair name="Rule">{alert.rule ? <a href={ruleLink(alert.rule)}>{alert.rule}</a> : alert.cause}</Pair>
        <Pair name="Desktops">
          <AlertCount alert={alert} />
        </Pair>
        <Pair name="Since">
          <When at={alert.since} />
        </Pair>
        <Pair name="Opened">
          {alert.opened_at ? <When at={alert.opened_at} /> : 'not yet: it is held down'}
        </Pair>
        {alert.noticed_at && (
          <Pair name="Last told">
            <When at={alert.noticed_at} />
          </Pair>
        )}
        {alert.resolved_at && (
          <Pair name="Resolved">
            <When at={alert.resolved_at} />
          </Pair>
        )}
        {Object.entries(alert.attributes).map(([key, value]) => (
          <Pair key={key} name={spaced(key)}>
            {value}
          </Pair>
        ))}
      </dl>
    </Card>
  );
}

function Body({ alert }: { alert: AlertDetail }) {
  return (
    <div class="columns">
      <div>
        <p class={`callout ${gradeClass(gradeOf(alert.grade))}`}>{alert.text}</p>
        {alert.remediation && (
          <Remedy text={alert.remediation}>
            {alert.pool && alert.rule && (
              <p>
                <a
                  href={desktopsLink({
                    pool: alert.pool,
                    rule: alert.rule,
                    rule_grade: alert.grade ?? 'noncompliant',
                  })}
                >
                  The desktops it is about
                </a>
              </p>
            )}
          </Remedy>
        )}
        <Card title="Notices">
          {alert.notices.length === 0 && (
            <p class="card-note">Nobody was told yet. It opens if it stays for its hold-down.</p>
          )}
          <ol class="timeline">
            {alert.notices.map((notice) => (
              <li key={notice.id}>
                <span class="timeline-dot" />
                <div>
                  <b>{capital(notice.kind)}</b>
                  <p>{notice.text}</p>
                </div>
                <span class="timeline-when">
                  <When at={notice.at} />
                </span>
              </li>
            ))}
          </ol>
        </Card>
        <Card title="Deliveries" class="flush">
          {alert.deliveries.length === 0 ? (
            <p class="card-note">
              No message was made. Either no route of <code>alerts.yaml</code> matches it, or it is still held down.
            </p>
          ) : (
            <DeliveryTable deliveries={alert.deliveries} label="Deliveries of this alert" />
          )}
        </Card>
      </div>
      <div class="columns-side">
        <Facts alert={alert} />
      </div>
    </div>
  );
}

export function AlertPage() {
  const id = useRoute().params['id'] ?? '';
  const { session } = useSession();
  const answer = useAnswer<AlertDetail>(`/alerts/${encodeURIComponent(id)}`);
  const alert = answer.data;
  return (
    <Page
      key={id}
      title={alert?.name ?? 'Alert'}
      crumbs={[{ name: 'Alerts', href: '/alerts' }]}
      heading={
        alert && (
          <span class="headed">
            {alert.name}
            {alert.grade && <GradeBadge grade={gradeOf(alert.grade)} large />}
            <Severity name={alert.severity} />
          </span>
        )
      }
      aside={
        alert &&
        alert.state !== 'resolved' &&
        mayEnrol(session) && (
          <a
            class="button"
            href={link('/silences', { pool: alert.pool ?? undefined, cause: alert.cause, new: 'yes' })}
          >
            <Icon name="quiet" />
            Silence it
          </a>
        )
      }
    >
      <Loaded answer={answer} rows={8}>
        {(data) => <Body alert={data} />}
      </Loaded>
    </Page>
  );
}
