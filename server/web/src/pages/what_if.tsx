import { useEffect, useRef, useState } from 'preact/hooks';
import type { TargetedEvent } from 'preact';
import { post, Problem } from '../api/client';
import { useAnswer } from '../api/live';
import type { Plan, PolicySet } from '../api/policy_types';
import type { Overview } from '../api/types';
import { useQuery } from '../app/url';
import { plural } from '../app/words';
import { Icon } from '../parts/icon';
import { Card, Page } from '../parts/page';
import { PlanView } from '../parts/plan_view';
import { Loaded } from '../parts/states';

interface PolicyFile {
  name: string;
  text: string;
}

// The name under which the built-in pack is stored; where it is on, it stays beside the files of a plan.
const builtIn = 'docker-desktop-vdi.yaml';
const newFile = 'new.yaml';
const spans: [days: string, name: string][] = [
  ['', 'no'],
  ['7', '7 days'],
  ['30', '30 days'],
  ['90', '90 days'],
];

const example = `pack: our-desktops
version: 2026.12.1
source: {title: Desktop standard 12, url: https://intranet.example/standard/12, as_of: 2026-10-01}
rules:
  - id: enough-memory
    title: The desktop has enough memory for containers
    severity: major
    require: {memory.total_mib: {ge: 16384}}
    remediation: Order the machine size L.
`;

type Outcome = { plan: Plan } | { mistakes: string[] } | { problem: Problem } | 'busy' | 'none';

// "file:line:col: message" lines, as `vdiwatch policy lint` prints them.
function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof Problem)) return { problem: new Problem(0, 'Failed', String(error)) };
  if (error.status === 400 && /:\d+:\d+: /.test(error.detail)) {
    return { mistakes: error.detail.split('\n').filter(Boolean) };
  }
  return { problem: error };
}

function Refusal({ outcome }: { outcome: Outcome }) {
  if (typeof outcome === 'string' || 'plan' in outcome) return null;
  if ('problem' in outcome) {
    return (
      <p class="notice notice-bad" role="alert">
        <Icon name="warn" />
        <span>
          <b>{outcome.problem.title}.</b> {outcome.problem.detail}
        </span>
      </p>
    );
  }
  return (
    <div class="notice notice-bad" role="alert">
      <Icon name="warn" />
      <div>
        <b>{plural(outcome.mistakes.length, 'mistake')}; nothing was planned.</b>
        <ul class="mistakes">
          {outcome.mistakes.map((line) => (
            <li key={line}>
              <code>{line}</code>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function Editor({ files, plan }: { files: PolicyFile[]; plan: (files: PolicyFile[], days: string) => void }) {
  const { query, change } = useQuery();
  const [name, setName] = useState(files.some((file) => file.name === query['file']) ? query['file']! : newFile);
  const original = files.find((file) => file.name === name)?.text;
  const [text, setText] = useState(original ?? '');
  const area = useRef<HTMLTextAreaElement>(null);
  const choose = (next: string) => {
    setName(next);
    setText(files.find((file) => file.name === next)?.text ?? '');
    change({ file: next === newFile ? undefined : next }, true);
  };
  const upload = async (event: TargetedEvent<HTMLInputElement>) => {
    const input = event.currentTarget;
    const file = input.files?.[0];
    if (!file) return;
    setText(await file.text());
    setName(file.name);
    input.value = ''; // so that the same file can be chosen again, changed
    area.current?.focus();
  };
  const submit = (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    plan([...files.filter((file) => file.name !== name), { name, text }], query['since'] ?? '');
  };
  return (
    <form class="editor" onSubmit={submit}>
      <div class="editor-bar">
        <label class="filter-select">
          <span>Instead of</span>
          <select value={name} onChange={(event) => choose(event.currentTarget.value)}>
            <option value={original === undefined ? name : newFile}>
              {original === undefined && name !== newFile ? `nothing: ${name} is new` : 'nothing: a new file'}
            </option>
            {files.map((file) => (
              <option key={file.name} value={file.name}>
                {file.name}
              </option>
            ))}
          </select>
        </label>
        <label class="filter-select">
          <span>Replay the past</span>
          <select
            value={query['since'] ?? ''}
            onChange={(event) => change({ since: event.currentTarget.value || undefined }, true)}
          >
            {spans.map(([days, words]) => (
              <option key={days} value={days}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <label class="button">
          <Icon name="upload" />
          Upload a file
          <input type="file" class="unseen" accept=".yaml,.yml,text/*" onChange={upload} />
        </label>
        {original === undefined && !text && (
          <button type="button" class="button" onClick={() => setText(example)}>
            Try an example
          </button>
        )}
        {original !== undefined && text !== original && (
          <button type="button" class="text-button" onClick={() => setText(original)}>
            Undo the changes
          </button>
        )}
      </div>
      <textarea
        ref={area}
        class="code-area"
        aria-label="The file: a pack of rules, pools or waivers in YAML"
        placeholder="Paste a pack, pools or waivers here"
        value={text}
        rows={16}
        spellcheck={false}
        autocapitalize="none"
        required
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
        }}
      />
      <div class="editor-foot">
        <button type="submit" class="button button-main">
          <Icon name="scales" />
          Show what it would change
        </button>
        <span class="faint">
          Ctrl+Enter does the same. Nothing is written: put the file into the policy folder to put it in force.
        </span>
      </div>
    </form>
  );
}

export function WhatIfPage() {
  const overview = useAnswer<Overview>('/overview');
  const digest = overview.data?.policy.digest.replace('sha256:', '');
  const set = useAnswer<PolicySet>(digest ? `/policy-sets/${digest}` : null);
  const [outcome, setOutcome] = useState<Outcome>('none');
  const result = useRef<HTMLElement>(null);
  const plan = (files: PolicyFile[], days: string) => {
    setOutcome('busy');
    post<Plan>('/policy/plan', { files, ...(days && { since_s: Number(days) * 86_400 }) }).then(
      (made) => setOutcome({ plan: made }),
      (error) => setOutcome(outcomeOf(error)),
    );
  };
  const planned = typeof outcome === 'object' && 'plan' in outcome;
  useEffect(() => {
    if (planned) result.current?.focus();
  }, [planned, outcome]);
  return (
    <Page
      title="What-if"
      under="What a changed or new policy file would do to today’s fleet, before anybody is alerted."
    >
      <Loaded answer={set} rows={8}>
        {({ files, built_in_pack }) => (
          <Card title="The file">
            <Editor
              files={Object.entries(files ?? {})
                .filter(([name]) => !(built_in_pack && name === builtIn))
                .map(([name, text]) => ({ name, text }))}
              plan={plan}
            />
          </Card>
        )}
      </Loaded>
      <section class="plan" ref={result} tabIndex={-1} aria-label="What it would change" aria-busy={outcome === 'busy'}>
        {outcome === 'busy' && <p class="muted" role="status">Judging the fleet anew…</p>}
        <Refusal outcome={outcome} />
        {planned && <PlanView plan={(outcome as { plan: Plan }).plan} />}
      </section>
    </Page>
  );
}
