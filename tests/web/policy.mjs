// Rules, waivers, the files of a policy, and what other files would do.
import { shoot } from './walks.mjs';

// Nobody has a petabyte of memory: every reporting Windows desktop would fail.
const harshPack = `pack: house
version: 2026.12.1
source: {title: House rules, url: https://intranet.example/house, as_of: 2026-11-01}
rules:
  - id: house-memory
    title: The desktop has a petabyte of memory
    severity: critical
    require: {memory.total_mib: {ge: 1073741824}}
    remediation: Order more memory.
`;

async function planOf(site, tab, text) {
  await tab.getByRole('textbox', { name: /^The file/ }).fill(text);
  await tab.getByRole('button', { name: 'Show what it would change' }).click();
}

async function tryFiles(site, tab) {
  await tab.goto(`${site.url}/what-if`);
  await tab.getByRole('textbox', { name: /^The file/ }).waitFor();
  await planOf(site, tab, 'pack: [');
  const mistakes = tab.locator('.mistakes li');
  await mistakes.first().waitFor();
  site.report.check(
    'a file with mistakes is answered with their places',
    /new\.yaml:\d+:\d+: /.test(await mistakes.first().innerText()),
    await mistakes.first().innerText(),
  );
  await planOf(site, tab, harshPack);
  const figures = tab.locator('.figures li');
  await figures.first().waitFor();
  const changing = Number((await figures.first().locator('b').innerText()).replace(/\D/g, ''));
  site.report.check('a harsh rule would change desktops', changing > 0, await figures.first().innerText());
  site.report.check(
    'the plan names the rule that causes it',
    (await tab.locator('.plan-causes a', { hasText: 'house-memory' }).count()) > 0,
  );
  await shoot(site, tab, 'what-if');
  await tab.getByLabel('Instead of').selectOption('pools.yaml');
  const pools = await tab.getByRole('textbox', { name: /^The file/ }).inputValue();
  site.report.check('a file in force can be edited', /pools:/.test(pools), pools);
  await tab.getByRole('button', { name: 'Show what it would change' }).click();
  await tab.locator('.callout.g-compliant').waitFor();
  site.report.check('the files in force change nothing', true);
}

// A file goes under its own name, whichever file was being edited.
async function uploadPack(site, tab) {
  await tab.getByLabel('Instead of').selectOption('pools.yaml');
  await tab.locator('input[type=file]').setInputFiles({
    name: 'house.yaml',
    mimeType: 'application/yaml',
    buffer: Buffer.from(harshPack),
  });
  const kept = tab.getByLabel('Instead of').locator('option:checked');
  await kept.filter({ hasText: 'house.yaml' }).waitFor({ state: 'attached' });
  await tab.getByRole('button', { name: 'Show what it would change' }).click();
  await tab.locator('.plan-causes a', { hasText: 'house-memory' }).first().waitFor();
  const changed = await tab.locator('.plan').innerText();
  site.report.check(
    'an uploaded pack is tried beside the files in force, not instead of the one on the screen',
    /Rules added\s+house-memory/.test(changed),
    changed,
  );
}

async function readRule(site, tab) {
  await tab.goto(`${site.url}/rules`);
  await tab.locator('.rule .row-link').first().click();
  await tab.locator('.rule-pools tbody tr').first().waitFor();
  const page = new URL(tab.url()).pathname;
  site.report.check('a rule has a page with the pools that fail it', /^\/rules\/./.test(page), tab.url());
  await tab.locator('.rule-pools tbody .num a').first().click();
  await tab.locator('.desktops-table tbody tr').first().waitFor();
  site.report.check('a count of it leads to those desktops', /rule_grade=/.test(tab.url()), tab.url());
  return page;
}

async function readWaivers(site, tab) {
  await tab.goto(`${site.url}/waivers`);
  const row = tab.locator('.waivers-table tbody tr').first();
  await row.waitFor();
  site.report.check('a waiver shows its reason and owner', /CHG-4711/.test(await row.innerText()));
  await tab.locator('.tabs').getByRole('link', { name: 'Expired' }).click();
  await tab.getByRole('button', { name: 'Clear the filters' }).click();
  await row.waitFor();
  site.report.check('a filter without a waiver offers to clear it', !tab.url().includes('state='), tab.url());
}

async function readPolicyOf(site, tab, desktop) {
  await tab.goto(site.url + desktop);
  await tab.locator('.policy-name').first().click();
  await tab.locator('details.file').first().waitFor();
  const files = await tab.locator('details.file summary').allInnerTexts();
  site.report.check(
    'a verdict leads to the very files that it rests on',
    files.some((name) => /docker-desktop-vdi/.test(name)),
    files.join(', '),
  );
  return new URL(tab.url()).pathname;
}

export async function walkThroughPolicy(site, tab, found) {
  found.rule = await readRule(site, tab);
  await readWaivers(site, tab);
  found.policy = await readPolicyOf(site, tab, found.desktop);
  await tryFiles(site, tab);
  await uploadPack(site, tab);
}
