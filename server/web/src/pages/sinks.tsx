import { useState } from 'preact/hooks';
import { post } from '../api/client';
import { useAnswer } from '../api/live';
import type { Sink, SinkList, SinkTest } from '../api/alert_types';
import { useAct } from '../app/act';
import { mayEnrol, useSession } from '../app/session';
import { link } from '../app/url';
import { answerText, capital, duration, plural } from '../app/words';
import { Count } from '../parts/count';
import { Snippet } from '../parts/copy';
import { FormProblem } from '../parts/form';
import { Icon } from '../parts/icon';
import { Page } from '../parts/page';
import { smtpSink } from '../app/examples';
import { AlertSections } from '../parts/section_tabs';
import { Standing } from '../parts/standing';
import type { Mark } from '../parts/standing';
import { Empty, Loaded } from '../parts/states';
import { When } from '../parts/when';

const marks: Record<Sink['state'], Mark> = {
  working: 'live',
  failing: 'alarm',
  disabled: 'alarm',
  untried: 'off',
};

const example = `# alerts.yaml, named by \`alerts_file\` in vdiwatch.yaml
dashboard: https://vdiwatch.corp.example:7444
${smtpSink}routes:
  - match: {severity: [critical, major]}
    sinks: [ops-mail]
`;

function Tester({ sink }: { sink: Sink }) {
  const { busy, problem, run } = useAct();
  const [result, setResult] = useState<SinkTest>();
  const test = () =>
    run(async () => setResult(await post<SinkTest>(`/sinks/${encodeURIComponent(sink.name)}/test`)));
  return (
    <div class="tester">
      <button type="button" class="button button-small" disabled={busy} onClick={test}>
        <Icon name="send" />
        {busy ? 'Sending…' : 'Send test'}
      </button>
      <span role="status" class={result?.delivered ? 'is-good' : 'is-bad'}>
        {result &&
          !busy &&
          `${result.delivered ? 'Delivered' : 'Not delivered'} in ${result.took_ms} ms: ${answerText(result.answer)}`}
      </span>
      <FormProblem text={problem} />
    </div>
  );
}

function Tally({ sink, state, n }: { sink: Sink; state: string; n: number }) {
  return (
    <div>
      <dt>{capital(state)}</dt>
      <dd>
        <Count n={n} href={link('/deliveries', { sink: sink.name, state })} of={`${state} to ${sink.name}`} />
      </dd>
    </div>
  );
}

function SinkCard({ sink }: { sink: Sink }) {
  const { session } = useSession();
  return (
    <section class="card sink">
      <header class="card-head">
        <h2>
          {sink.name} <span class="faint">{sink.kind}</span>
        </h2>
        <Standing mark={marks[sink.state]}>{sink.state}</Standing>
      </header>
      {sink.why && <p class="sink-why">{sink.why}</p>}
      <dl class="pairs">
        <Tally sink={sink} state="waiting" n={sink.waiting} />
        <Tally sink={sink} state="sent" n={sink.sent} />
        <Tally sink={sink} state="failed" n={sink.failed} />
        <Tally sink={sink} state="dropped" n={sink.dropped} />
      </dl>
      <dl class="pairs pairs-text">
        <div>
          <dt>Last success</dt>
          <dd>
            <When at={sink.last_success?.at} />
            {sink.last_success && <span class="faint breaks"> {answerText(sink.last_success.answer)}</span>}
          </dd>
        </div>
        <div>
          <dt>Last failure</dt>
          <dd>
            <When at={sink.last_failure?.at} />
            {sink.last_failure && sink.last_failure.answer !== sink.why && (
              <span class="faint breaks"> {answerText(sink.last_failure.answer)}</span>
            )}
          </dd>
        </div>
        {sink.rate && (
          <div>
            <dt>At most</dt>
            <dd>
              {plural(sink.rate.messages, 'message')} per {duration(sink.rate.per_s)}
            </dd>
          </div>
        )}
        {sink.heartbeat && (
          <div>
            <dt>Heartbeat</dt>
            <dd>
              every {duration(sink.heartbeat.every_s)}, last <When at={sink.heartbeat.last?.at} />
            </dd>
          </div>
        )}
      </dl>
      {mayEnrol(session) && <Tester sink={sink} />}
    </section>
  );
}

export function SinksPage() {
  const answer = useAnswer<SinkList>('/sinks');
  const list = answer.data;
  return (
    <Page
      title="Sinks"
      under={
        list && (
          <>
            Where alerts go{list.alerts_file && <>, as <code>{list.alerts_file}</code> says</>}
            {list.loaded_at && (
              <>
                ; read <When at={list.loaded_at} />
              </>
            )}
            .
          </>
        )
      }
    >
      <AlertSections />
      <Loaded answer={answer}>
        {({ sinks, problem }) => (
          <>
            {problem && (
              <p class="notice notice-bad" role="alert">
                <Icon name="warn" />
                <span>
                  The file is bad; the last good one stays in force. <code>{problem}</code>
                </span>
              </p>
            )}
            {sinks.length > 0 ? (
              <div class="sinks">
                {sinks.map((sink) => (
                  <SinkCard key={sink.name} sink={sink} />
                ))}
              </div>
            ) : (
              <Empty title="Alerts go nowhere yet" icon="send">
                <p>
                  They are shown here and sent nowhere. Name sinks and routes in a file: e-mail, Teams, Slack,
                  PagerDuty, webhooks, Alertmanager, syslog.
                </p>
                <Snippet title="A first file" text={example} />
              </Empty>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}
