// What people do with the dashboard, step by step.
import { mkdirSync } from 'node:fs';

const xenReason = /xen/i;
const resetReason = /non.?persistent|reset/i;

export async function shoot(site, tab, name) {
  if (!site.screenshots) return;
  mkdirSync(site.screenshots, { recursive: true });
  await tab.evaluate(() => scrollTo(0, 0));
  await tab.screenshot({ path: `${site.screenshots}/${name}.png`, fullPage: true });
}

export async function signIn(site, tab, password) {
  await tab.getByLabel('User name').fill(site.user);
  await tab.getByLabel('Password').fill(password);
  await tab.getByRole('button', { name: 'Sign in' }).click();
}

export async function walkThroughSignIn(site, tab) {
  await tab.goto(`${site.url}/pools`);
  await tab.getByRole('heading', { name: 'Sign in' }).waitFor();
  await shoot(site, tab, 'sign-in');
  await signIn(site, tab, `${site.password}-not`);
  const refusal = tab.getByRole('alert').filter({ hasText: /wrong/ });
  await refusal.waitFor();
  site.report.check('a wrong password is refused in words', await refusal.isVisible());
  await signIn(site, tab, site.password);
  await tab.getByRole('heading', { name: 'Pools', exact: true }).waitFor();
  site.report.check(
    'signing in leads to the page that was asked for',
    new URL(tab.url()).pathname === '/pools',
    tab.url(),
  );
}

// The pool on the overview whose reason matches, once the fleet has been judged; null if it never is.
async function badPool(site, tab, reason) {
  const item = tab
    .locator('.pool-list > li.g-noncompliant')
    .filter({ has: tab.locator('.pool-list-why', { hasText: reason }) })
    .first();
  await item.waitFor({ timeout: site.waitMs }).catch(() => {});
  if (!(await item.isVisible())) return null;
  const name = await item.locator('.pool-list-name').innerText();
  return { item, name, text: await item.innerText() };
}

async function checkBadPools(site, tab) {
  await tab.goto(site.url);
  const xen = await badPool(site, tab, xenReason);
  const reset = await badPool(site, tab, resetReason);
  site.report.check(
    'the Xen pool is noncompliant, and the overview says that it is Xen',
    xen !== null && /Noncompliant/.test(xen.text),
    xen?.text,
  );
  site.report.check(
    'the non-persistent pool is noncompliant, and the overview says that it resets',
    reset !== null && /Noncompliant/.test(reset.text),
    reset?.text,
  );
  if (!xen || !reset)
    throw new Error(`the overview never showed both pools: ${await tab.locator('main').innerText()}`);
  const heading = await tab.getByRole('heading', { level: 1 }).innerText();
  site.report.check(
    'the overview counts the bad pools in its heading',
    /^\d+ of \d+ pools? breaks? /.test(heading),
    heading,
  );
  await shoot(site, tab, 'overview');
  return { xen, reset };
}

// How many desktops the first failing rule counts, and how many the list behind the count shows.
async function followCount(tab) {
  const count = tab.locator('.matrix .count.g-noncompliant').first();
  const counted = Number((await count.innerText()).replace(/\D/g, ''));
  await count.click();
  await tab.getByRole('heading', { name: 'Desktops', level: 1 }).waitFor();
  await tab.locator('.desktops-table tbody tr').first().waitFor();
  return { counted, listed: await tab.locator('.desktops-table tbody tr').count() };
}

async function checkRuleCount(site, tab) {
  let { counted, listed } = await followCount(tab);
  // While the fleet still enrols, a list may be a moment ahead of the count.
  const deadline = Date.now() + site.waitMs;
  while (listed !== Math.min(counted, 50) && Date.now() < deadline) {
    await tab.goBack();
    await tab.reload();
    ({ counted, listed } = await followCount(tab));
  }
  const query = new URL(tab.url()).searchParams;
  site.report.check(
    'a count of the matrix leads to a filtered list with the filter in its address',
    Boolean(query.get('pool') && query.get('rule') && query.get('rule_grade') === 'noncompliant'),
    tab.url(),
  );
  site.report.check(
    'the list holds as many desktops as the count said',
    listed === Math.min(counted, 50),
    `${listed} rows, count ${counted}`,
  );
  await shoot(site, tab, 'desktops-of-a-rule');
}

async function checkDesktop(site, tab) {
  const row = tab.locator('.desktops-table tbody tr').first();
  const name = await row.locator('th a').innerText();
  await row.locator('th a').click();
  await tab.getByRole('heading', { name, level: 1 }).waitFor();
  const failing = tab.locator('details.verdict.g-noncompliant[open]').first();
  await failing.waitFor();
  const text = await failing.innerText();
  site.report.check(
    'a failing rule shows expected and actual',
    /Expected\s+\S/.test(text) && /Actual\s+\S/.test(text),
    text,
  );
  site.report.check(
    'a failing rule shows evidence with its locator',
    (await failing.locator('.evidence .readings code').count()) > 0,
    text,
  );
  site.report.check(
    'the evidence shows a raw reading',
    (await tab.locator('.evidence .readings samp').count()) > 0,
    text,
  );
  site.report.check('a failing rule says what to do', /What to do\s+\S/.test(text), text);
  site.report.check('the desktop lists its facts', (await tab.locator('.facts-table tbody tr').count()) > 5);
  await shoot(site, tab, 'desktop');
  return new URL(tab.url()).pathname;
}

// Overview -> pool -> rule's count -> desktops -> desktop -> evidence, and all the way back.
export async function walkFromPoolToEvidence(site, tab) {
  const { xen, reset } = await checkBadPools(site, tab);
  await xen.item.locator('.pool-list-name').click();
  await tab.locator('.matrix tbody tr').first().waitFor();
  const callout = await tab.locator('.callout').innerText();
  site.report.check('the pool says why in words', xenReason.test(callout), callout);
  await shoot(site, tab, 'pool');
  await checkRuleCount(site, tab);
  const desktop = await checkDesktop(site, tab);
  await tab.goBack();
  await tab.locator('.desktops-table').waitFor();
  await tab.goBack();
  await tab.locator('.matrix').waitFor();
  site.report.check(
    'Back leads through the list to the pool',
    tab.url().endsWith(`/pools/${encodeURIComponent(xen.name)}`),
    tab.url(),
  );
  return { xen: xen.name, reset: reset.name, desktop };
}

// Filters in the address, nothing found, and addresses that lead nowhere.
export async function walkThroughStates(site, tab) {
  await tab.goto(`${site.url}/pools`);
  await tab.locator('.pools-table').waitFor();
  const all = await tab.locator('.pools-table tbody tr').count();
  await tab.locator('.tabs').getByRole('link', { name: 'Noncompliant' }).click();
  await tab.waitForURL(/grade=noncompliant/);
  await tab.waitForFunction((n) => document.querySelectorAll('.pools-table tbody tr').length < n, all);
  const rows = tab.locator('.pools-table tbody tr');
  site.report.check(
    'the filter of grades keeps the noncompliant pools alone',
    (await rows.count()) === (await rows.filter({ hasText: 'Noncompliant' }).count()),
  );
  await shoot(site, tab, 'pools');
  await tab.goto(`${site.url}/desktops?q=there-is-no-such-desktop`);
  await tab.getByRole('button', { name: 'Clear the filters' }).click();
  await tab.locator('.desktops-table tbody tr').first().waitFor();
  site.report.check('a search without a hit offers to clear it', !tab.url().includes('q='), tab.url());
  for (const path of [
    '/pools/there-is-no-such-pool',
    '/desktops/there-is-no-such-desktop',
    '/there-is-no-such-page',
  ]) {
    await tab.goto(site.url + path);
    const words = tab.locator('main .empty h2');
    await words.waitFor();
    site.report.check(
      `${path} says in words that nothing is there`,
      /not found|no /i.test(await words.innerText()),
      await words.innerText(),
    );
  }
}
