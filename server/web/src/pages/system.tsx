import type { ComponentChildren } from 'preact';
import { useAnswer } from '../api/live';
import type { System } from '../api/types';
import { policyLink } from '../app/url';
import { bytes, duration, plural } from '../app/words';
import { AdminSections } from '../parts/admin_sections';
import { Icon } from '../parts/icon';
import { Card, Page } from '../parts/page';
import { Loaded } from '../parts/states';
import { Table } from '../parts/table';
import { When } from '../parts/when';

const soon = 30; // days

function Row({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="breaks">{children}</dd>
    </div>
  );
}

function Certificates({ system }: { system: System }) {
  return (
    <Card title="Certificates" class="flush">
      <Table label="Certificates">
        <thead>
          <tr>
            <th scope="col">Of</th>
            <th scope="col">Name</th>
            <th scope="col">Ends</th>
          </tr>
        </thead>
        <tbody>
          {system.certificates.map((certificate) => (
            <tr key={certificate.what + certificate.name}>
              <th scope="row">{certificate.what}</th>
              <td class="breaks">{certificate.name}</td>
              <td class={certificate.days_left < soon ? 'is-bad' : undefined}>
                {certificate.days_left < soon && <Icon name="warn" />} <When at={certificate.ends_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Card>
  );
}

export function SystemPage() {
  const answer = useAnswer<System>('/system');
  return (
    <Page title="System" under={answer.data && `vdiwatch ${answer.data.version}`}>
      <AdminSections />
      <Loaded answer={answer}>
        {(system) => (
          <div class="two-up">
            <Card title="The daemon">
              <dl class="pairs pairs-text">
                <Row name="Version">{system.version}</Row>
                <Row name="Started">
                  <When at={system.started_at} />
                </Row>
                <Row name="For agents">{system.listeners.agents}</Row>
                <Row name="For people">{system.listeners.people}</Row>
                <Row name="Check-ins">every {duration(system.limits.check_in_every_s)}</Row>
                <Row name="CA pin">
                  <code>{system.ca_pin}</code>
                </Row>
              </dl>
            </Card>
            <Card title="Store and policy">
              <dl class="pairs pairs-text">
                <Row name="Store">
                  {system.store.engine}, {bytes(system.store.bytes)}
                </Row>
                <Row name="Data">
                  <code>{system.data_dir}</code>
                </Row>
                <Row name="History">{plural(Math.round(system.limits.keep_history_s / 86_400), 'day')}</Row>
                <Row name="Policy">
                  <a href={policyLink(system.policy.digest)}>in force</a>, loaded <When at={system.policy.loaded_at} />
                </Row>
                <Row name="Its folder">
                  {system.policy.directory ? <code>{system.policy.directory}</code> : 'none'}
                </Row>
                <Row name="Built-in pack">{system.policy.built_in_pack ? 'on' : 'off'}</Row>
                {system.policy.problem && (
                  <Row name="Problem">
                    <span class="is-bad">{system.policy.problem}</span>
                  </Row>
                )}
              </dl>
            </Card>
            <Certificates system={system} />
          </div>
        )}
      </Loaded>
    </Page>
  );
}
