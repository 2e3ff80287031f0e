import { useEffect, useRef, useState } from 'preact/hooks';
import { poolLink } from '../app/url';
import { Snippet } from './copy';
import { Field } from './form';
import { Icon } from './icon';
import type { Created } from './token_form';

// The people's listener cannot tell the agents' address for certain: same host, default port.
const likelyCollector = () => `https://${location.hostname}:7443`;

interface Way {
  key: string;
  name: string;
  note: string;
  snippets: (collector: string, created: Created) => [title: string, text: string][];
}

// One line: cmd, PowerShell, Intune and ConfigMgr take it as it is.
const msi = (collector: string, { token, ca_pin }: Created, more = '') =>
  `msiexec /i vdiwatch-agent.msi /qn /norestart /l*v C:\\Windows\\Temp\\vdiwatch.log COLLECTOR_URL=${collector} CA_PIN=${ca_pin} ENROLMENT_TOKEN=${token}${more}`;

const agent = '"C:\\Program Files\\vdiwatch\\vdiwatch-agent.exe"';

const agentConfig = (collector: string, { token, ca_pin }: Created) =>
  `collector: ${collector}
ca_pin: ${ca_pin}
token: ${token}
`;

const ways: Way[] = [
  {
    key: 'windows',
    name: 'Windows desktops',
    note: 'As administrator, where the MSI is, or as the install command of an Intune or ConfigMgr application.',
    snippets: (collector, created) => [
      ['Install command', msi(collector, created)],
      ['Is it there? At a command prompt (cmd), as administrator', `${agent} status`],
    ],
  },
  {
    key: 'image',
    name: 'A golden image',
    note: 'Every clone enrols with the token in the image: give it an expiry beyond the image’s. VDI_MODE says how the clones will live: non_persistent, or persistent.',
    snippets: (collector, created) => [
      ['In the image, as administrator', msi(collector, created, ' VDI_MODE=non_persistent GOLDEN_IMAGE=1')],
      [
        'Last step before the capture, after the last restart: at a command prompt (cmd), as administrator',
        `${agent} seal && ${agent} seal --check`,
      ],
    ],
  },
  {
    key: 'linux',
    name: 'Linux',
    note: 'As root, where vdiwatch-agent is installed.',
    snippets: (collector, created) => [
      [
        'Configure',
        `install -d -m 0755 /etc/vdiwatch
install -m 0600 /dev/null /etc/vdiwatch/agent.yaml
cat > /etc/vdiwatch/agent.yaml <<'YAML'
${agentConfig(collector, created)}YAML`,
      ],
      ['Check in once, to see that it works', 'vdiwatch-agent check-in'],
      ['Go on whenever it is due, until it is stopped', 'vdiwatch-agent run'],
    ],
  },
];

// The token in the commands that people need next; it is shown this once.
export function NewTokenResult({ created, close }: { created: Created; close: () => void }) {
  const section = useRef<HTMLElement>(null);
  useEffect(() => section.current?.focus(), []);
  const [collector, setCollector] = useState(likelyCollector());
  const [key, setKey] = useState('windows');
  const way = ways.find((one) => one.key === key) ?? ways[0]!;
  return (
    <section class="card new-token" tabIndex={-1} ref={section} aria-label="The new token">
      <header class="card-head">
        <h2>
          Token for <a href={poolLink(created.pool)}>{created.pool}</a>
        </h2>
      </header>
      <p class="notice notice-warn">
        <Icon name="warn" />
        <span>
          <b>It is shown this once.</b> Only its hash is stored; if it gets lost, create another.
        </span>
      </p>
      <Snippet title="Token" text={created.token} />
      <div class="new-token-choice">
        <Field name="The collector’s address for agents">
          <input
            type="url"
            value={collector}
            spellcheck={false}
            onInput={(event) => setCollector(event.currentTarget.value.trim())}
          />
        </Field>
        <div class="tabs" role="group" aria-label="For">
          {ways.map(({ key: one, name }) => (
            <button key={one} type="button" aria-pressed={one === key} onClick={() => setKey(one)}>
              {name}
            </button>
          ))}
        </div>
      </div>
      <p class="muted">{way.note}</p>
      {way.snippets(collector, created).map(([title, text]) => (
        <Snippet key={title} title={title} text={text} />
      ))}
      <p class="muted">
        Agents have a port of their own, 7443 unless the daemon’s configuration says otherwise. <code>ca_pin</code>{' '}
        names the collector’s certificate authority by its key, so that no file is needed beside it.
      </p>
      <button type="button" class="button" onClick={close}>
        Done
      </button>
    </section>
  );
}
