// Who gets in and who did what: enrolment, users, API tokens, sessions, the audit log.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { shoot } from './walks.mjs';

const run = promisify(execFile);

const rowOf = (tab, text) => tab.locator('main tbody tr', { hasText: text });

async function confirm(row, name) {
  await row.getByRole('button', { name }).click(); // asks
  await row.getByRole('button', { name }).click(); // does
}

const snippet = (result, title) => result.locator('.snippet', { hasText: title }).locator('pre').innerText();

// What the page prints for Linux is run as it is, but for the folder, by the agent itself.
async function enrolThisMachine(site, result) {
  await result.getByLabel('The collector’s address for agents').fill(site.collector);
  const root = mkdtempSync(join(tmpdir(), 'vdiwatch-walked.'));
  try {
    const commands = (await snippet(result, 'Configure')).replaceAll('/etc/vdiwatch', root);
    await run('bash', ['-euc', commands]);
    const file = join(root, 'agent.yaml');
    writeFileSync(file, `${readFileSync(file, 'utf8')}state_dir: ${root}/state\n`);
    const command = (await snippet(result, 'Check in once')).split(' ').slice(1);
    const { stdout, stderr } = await run(site.agent, [...command, '--config', file]);
    return `${stdout}${stderr}`;
  } catch (error) {
    return `failed: ${error.message}`;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function enrol(site, tab) {
  await tab.goto(`${site.url}/enrolment?pool=walked-pool`);
  await tab.getByRole('button', { name: 'Create token' }).click();
  const result = tab.locator('.new-token');
  await result.waitFor();
  const text = await result.innerText();
  const token = /vdw_enrol_\S+/.exec(text)?.[0] ?? '';
  site.report.check(
    'a new token comes with the msiexec command that uses it',
    token !== '' && text.includes(`ENROLMENT_TOKEN=${token}`) && /CA_PIN=sha256:/.test(text),
    text,
  );
  await shoot(site, tab, 'new-token');
  const install = await snippet(result, 'Install command');
  site.report.check(
    'the msiexec command is one line, as Intune, ConfigMgr and PowerShell want it',
    /^msiexec \/i vdiwatch-agent\.msi \/qn \/norestart .*COLLECTOR_URL=https:\S+ CA_PIN=\S+ ENROLMENT_TOKEN=\S+$/.test(install),
    install,
  );
  await result.getByRole('button', { name: 'A golden image' }).click();
  site.report.check('an image is told to seal', /GOLDEN_IMAGE=1[\s\S]*seal --check/.test(await result.innerText()));
  await result.getByRole('button', { name: 'Linux' }).click();
  site.report.check('Linux gets its file', /\/etc\/vdiwatch\/agent\.yaml/.test(await result.innerText()));
  const said = await enrolThisMachine(site, result);
  site.report.check('the commands for Linux enrol a machine', !said.startsWith('failed'), said);
  await result.getByRole('button', { name: 'Done' }).click();
  const row = rowOf(tab, 'walked-pool');
  await confirm(row, 'Revoke');
  await row.getByText('revoked').waitFor();
  site.report.check('a token can be revoked where it is listed', true);
}

async function manageUsers(site, tab) {
  await tab.goto(`${site.url}/users`);
  await tab.getByLabel('Name', { exact: true }).fill('walker');
  await tab.getByLabel('Role').selectOption('operator');
  await tab.getByRole('button', { name: 'Add' }).click();
  await tab.locator('.made').waitFor();
  site.report.check('a new user gets a password, shown once', /walker/.test(await tab.locator('.made').innerText()));
  await rowOf(tab, 'walker').getByRole('link', { name: /^Change/ }).click();
  await tab.getByRole('button', { name: 'Keep out' }).click();
  await rowOf(tab, 'walker').getByText('kept out').waitFor();
  site.report.check('a user can be kept out', true);
  await shoot(site, tab, 'users');
}

async function manageTokens(site, tab) {
  await tab.goto(`${site.url}/api-tokens`);
  await tab.getByLabel('Who or what uses it').fill('walked export');
  await tab.getByRole('button', { name: 'Create' }).click();
  const made = tab.locator('.made');
  await made.waitFor();
  site.report.check('an API token is shown with its use', /Bearer/.test(await made.innerText()));
  const row = rowOf(tab, 'walked export');
  await confirm(row, 'Revoke');
  await row.waitFor({ state: 'detached' });
  site.report.check('an API token can be revoked', true);
}

async function readAudit(site, tab) {
  await tab.goto(`${site.url}/audit`);
  const rows = tab.locator('main tbody tr');
  await rows.first().waitFor();
  const text = await tab.locator('main tbody').innerText();
  site.report.check(
    'the audit log has what was just done',
    /walked-pool/.test(text) && /walker/.test(text) && /walked export/.test(text),
    text,
  );
  site.report.check('times in the audit log are times for people', !/\dT\d\d:\d\d/.test(text), text);
  site.report.check(
    'a desktop in the audit log is a link with its name',
    (await tab.locator('main tbody td a', { hasText: 'fra-hzn-' }).count()) > 0,
    text,
  );
  await rows.first().locator('th a').click();
  await tab.waitForURL(/actor=/);
  site.report.check('an actor is a filter in the address', /actor=admin/.test(tab.url()), tab.url());
  await shoot(site, tab, 'audit');
  await tab.goto(`${site.url}/sessions`);
  await rowOf(tab, 'this one').waitFor();
  site.report.check('the open sessions show this one', (await rowOf(tab, 'this one').count()) === 1);
}

export async function walkThroughPeople(site, tab) {
  await enrol(site, tab);
  await manageUsers(site, tab);
  await manageTokens(site, tab);
  await readAudit(site, tab);
}
