import { useAnswer } from '../api/live';
import type { Waiver } from '../api/policy_types';
import { useQuery } from '../app/url';
import { capital, plural } from '../app/words';
import { Snippet } from '../parts/copy';
import { FilterTabs, FilterText } from '../parts/filters';
import { Page } from '../parts/page';
import { Empty, Loaded, NothingMatches } from '../parts/states';
import { WaiverTable, waiverStates } from '../parts/waiver_table';

const example = `waivers:
  - id: berlin-one-instance
    rule: single-instance
    pool: developers-berlin
    owner: jane@corp.example
    reason: Two instances until the build farm has moved (CHG-4711).
    expires: 2027-01-31
`;

const mentions = (waiver: Waiver, q: string) =>
  [waiver.id, waiver.rule, waiver.pool, waiver.desktop, waiver.owner, waiver.reason].some((text) =>
    text?.toLowerCase().includes(q.toLowerCase()),
  );

function HowTo() {
  return (
    <>
      <p>
        A waiver excuses one rule, in a pool or on a desktop, until a date. It stands in a file of the policy
        folder, beside the rules, with an owner and a reason; what it excuses stays visible as waived.
      </p>
      <Snippet title="A waiver" text={example} />
      <p>
        Try it first on the <a href="/what-if">what-if page</a>: it shows what the file would change.
      </p>
    </>
  );
}

export function WaiversPage() {
  const { query, change } = useQuery();
  const answer = useAnswer<{ waivers: Waiver[] }>('/waivers');
  const state = query['state'];
  const shown = answer.data?.waivers.filter(
    (waiver) => (!state || waiver.state === state) && mentions(waiver, query['q'] ?? ''),
  );
  const due = answer.data?.waivers.filter((waiver) => waiver.state === 'expiring').length ?? 0;
  return (
    <Page
      title="Waivers"
      under={
        answer.data &&
        `${plural(answer.data.waivers.length, 'waiver')}${due > 0 ? `; ${due} ${due === 1 ? 'ends' : 'end'} within 14 days` : ''}. The most urgent first.`
      }
    >
      <Loaded answer={answer}>
        {({ waivers }) =>
          waivers.length === 0 ? (
            <Empty title="No waiver yet" icon="waiver">
              <HowTo />
            </Empty>
          ) : (
            <>
              <div class="filters">
                <FilterText label="Filter waivers" param="q" />
                <FilterTabs
                  label="State"
                  param="state"
                  options={waiverStates.map((one) => ({ value: one, name: capital(one) }))}
                />
              </div>
              {shown && shown.length > 0 ? (
                <section class="card flush">
                  <WaiverTable waivers={shown} />
                </section>
              ) : (
                <NothingMatches what="waiver" clear={() => change({ q: undefined, state: undefined })} />
              )}
              <details class="card how-to">
                <summary>How to write a waiver</summary>
                <HowTo />
              </details>
            </>
          )
        }
      </Loaded>
    </Page>
  );
}
