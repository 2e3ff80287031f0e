// Alerts, what was sent about them, where they go, and how they are kept quiet.
import { readFileSync } from 'node:fs';
import { shoot } from './walks.mjs';

const firstRow = (tab) => tab.locator('main tbody tr').first();

async function readAlert(site, tab, found) {
  await tab.goto(`${site.url}/pools/${encodeURIComponent(found.xen)}`);
  await tab.locator('.alerts-table tbody tr').first().waitFor({ timeout: site.waitMs });
  site.report.check('a noncompliant pool shows its alerts', true);
  await tab.locator('.nav').getByRole('link', { name: /^Alerts/ }).click();
  await tab.locator('.tabs').getByRole('link', { name: 'Open' }).click();
  await tab.waitForURL(/state=open/);
  await firstRow(tab).waitFor();
  const badge = Number(await tab.locator('.nav-count').innerText().then((text) => text.replace(/\D/g, '')));
  const rows = await tab.locator('.alerts-table tbody tr').count();
  site.report.check('the navigation counts the open alerts', badge === rows, `${badge}, ${rows} rows`);
  await shoot(site, tab, 'alerts');
  await tab.locator('.alerts-table tbody tr', { hasText: found.xen }).first().locator('th a').first().click();
  await tab.locator('.timeline li').first().waitFor({ timeout: site.waitMs });
  const text = await tab.locator('main').innerText();
  site.report.check('an alert says what to do', /What to do\s+\S/.test(text), text);
  site.report.check('an alert tells when it opened', /Opened/.test(text), text);
  await shoot(site, tab, 'alert');
  return new URL(tab.url()).pathname;
}

const received = (site) =>
  readFileSync(site.received, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

async function testSink(site, tab) {
  await tab.goto(`${site.url}/sinks`);
  const card = tab.locator('.sink', { hasText: 'ops-hook' });
  const before = received(site).length;
  await card.getByRole('button', { name: 'Send test' }).click();
  await card.getByText(/^Delivered in \d+ ms/).waitFor();
  const messages = received(site);
  site.report.check(
    'Send test reaches the receiver',
    messages.length > before && messages.some(({ type }) => type === 'alert.test'),
    JSON.stringify(messages.map(({ type }) => type)),
  );
  const broken = tab.locator('.sink', { hasText: 'broken-hook' });
  await broken.getByRole('button', { name: 'Send test' }).click();
  await broken.getByText(/^Not delivered/).waitFor();
  site.report.check('a sink that cannot be reached says so', true);
  await shoot(site, tab, 'sinks');
}

async function readDelivery(site, tab) {
  await tab.goto(`${site.url}/deliveries?sink=ops-hook`);
  await tab.locator('.tabs').getByRole('link', { name: 'Sent' }).click();
  await tab.waitForURL(/state=sent/);
  await firstRow(tab).locator('th a').click();
  await tab.getByRole('button', { name: 'Send it again' }).waitFor();
  const attempts = tab.getByRole('region', { name: 'Attempts' }).locator('tbody tr');
  const before = await attempts.count();
  site.report.check('a delivery shows the answer it got', /204/.test(await attempts.first().innerText()));
  const path = new URL(tab.url()).pathname;
  await tab.getByRole('button', { name: 'Send it again' }).click();
  const deadline = Date.now() + 30_000;
  while ((await attempts.count()) <= before && Date.now() < deadline) {
    await tab.waitForTimeout(500);
    await tab.reload();
    await attempts.first().waitFor();
  }
  site.report.check('a delivery can be sent again', (await attempts.count()) > before);
  return path;
}

async function silence(site, tab, found) {
  await tab.goto(site.url + found.alert);
  await tab.getByRole('link', { name: 'Silence it' }).click();
  await tab.getByLabel('Reason').waitFor();
  site.report.check(
    'a silence begins with the alert that it is for',
    (await tab.getByRole('combobox', { name: /^Pool/ }).inputValue()) === found.xen,
  );
  await tab.getByLabel('Reason').fill('Walked through by a test');
  await tab.getByRole('button', { name: 'Silence', exact: true }).click();
  const row = tab.locator('main tbody tr', { hasText: 'Walked through by a test' });
  await row.waitFor();
  site.report.check('the silence is in force and ends', /active/.test(await row.innerText()), await row.innerText());
  await shoot(site, tab, 'silences');
  await row.getByRole('button', { name: 'End it' }).click();
  await row.getByRole('button', { name: 'End it' }).click();
  await row.waitFor({ state: 'detached' });
  site.report.check('a silence can be ended before its time', true);
}

export async function walkThroughAlerts(site, tab, found) {
  found.alert = await readAlert(site, tab, found);
  await testSink(site, tab);
  found.delivery = await readDelivery(site, tab);
  await silence(site, tab, found);
}
