// Signs in through a real OpenID provider with a real browser, as a person would, and as somebody
// would who means ill.
// usage: node run.mjs --url URL [--chromium FILE]
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const { values: options } = parseArgs({
  options: {
    url: { type: 'string' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
  },
});
const url = options.url;
const begin = `${url}/api/v1/sign-in/oidc?return_to=/api/v1/session`;
const callback = `${url}/api/v1/sign-in/oidc/callback?`;
let failures = 0;

function check(what, holds, seen) {
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}${holds ? '' : `: ${JSON.stringify(seen)}`}`);
  if (!holds) failures += 1;
}

const browser = await chromium.launch({
  executablePath: options.chromium,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-dev-shm-usage'],
});

async function openTab() {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const tab = await context.newPage();
  tab.setDefaultTimeout(20_000);
  return tab;
}

// To the provider's last page, which asks for consent.
async function goToConsent(tab, user) {
  await tab.goto(begin);
  await tab.fill('input[name=login]', user);
  await tab.fill('input[name=password]', 'any');
  await tab.click('button[type=submit]');
  await tab.waitForSelector('input[name=prompt][value=consent]', { state: 'attached' });
}

// Through the provider's pages, to wherever they lead.
async function logIn(tab, user) {
  await goToConsent(tab, user);
  await tab.click('button[type=submit]');
  await tab.waitForURL((at) => at.href.startsWith(url));
}

// Cookies know no ports, so that those of the provider stand beside ours.
const cookiesOf = async (tab) =>
  (await tab.context().cookies(url)).filter((one) => one.name.startsWith('__Host-'));

const session = async (tab) => JSON.parse(await tab.locator('body').innerText());

async function signsInAndOut() {
  const tab = await openTab();
  let used = '';
  tab.on('request', (request) => {
    if (request.url().startsWith(callback)) used = request.url();
  });
  await logIn(tab, 'chief');
  check('the browser comes back to where it wanted to go', tab.url() === `${url}/api/v1/session`, tab.url());
  const who = await session(tab);
  check('the name is the provider\'s', who.user === 'chief@corp.example', who);
  check('the app role is worth its role', who.role === 'administrator' && who.pools.length === 0, who);

  const cookies = await cookiesOf(tab);
  const cookie = cookies.find((one) => one.name === '__Host-vdiwatch');
  check('the session is all the browser holds', cookies.length === 1, cookies.map((one) => one.name));
  check(
    'its cookie is Secure, HttpOnly, Lax and the host\'s own',
    cookie?.secure && cookie.httpOnly && cookie.sameSite === 'Lax' && cookie.path === '/' && cookie.expires === -1,
    cookie,
  );
  const readable = await tab.evaluate(() => document.cookie);
  check('no script can read it', !readable.includes('__Host-'), readable);

  await tab.goto(used);
  check('an answer that was used is refused', tab.url() === `${url}/sign-in?problem=expired`, tab.url());

  await tab.goto(`${url}/api/v1/session`);
  const { csrf } = await session(tab);
  const end = (headers) =>
    tab.evaluate(async (more) => {
      const answer = await fetch('/api/v1/session', { method: 'DELETE', headers: more });
      return { status: answer.status, body: await answer.json() };
    }, headers);
  const without = await end({});
  check('signing out needs the CSRF token', without.status === 403, without);
  const out = await end({ 'X-CSRF-Token': csrf });
  check('signing out leads on to the provider', out.status === 200 && Boolean(out.body.continue), out);
  await tab.goto(out.body.continue);
  await tab.click('button[name=logout]');
  await tab.waitForURL((at) => at.href === `${url}/`);
  await tab.goto(begin);
  check('the provider asks for the password again', (await tab.locator('input[name=password]').count()) === 1, tab.url());
  await tab.context().close();
}

async function isLimitedToPools() {
  const tab = await openTab();
  await logIn(tab, 'reader');
  const who = await session(tab);
  check('a group is worth its pools', who.role === 'viewer' && who.pools.join() === 'fin-*', who);
  const users = await tab.goto(`${url}/api/v1/users`);
  check('a viewer does not read the users', users.status() === 403, users.status());
  await tab.context().close();
}

async function turnsStrangersAway() {
  const tab = await openTab();
  await logIn(tab, 'stranger');
  check('who has no role here is told so', tab.url() === `${url}/sign-in?problem=no_role`, tab.url());
  const cookies = await cookiesOf(tab);
  check('and gets no cookie', cookies.length === 0, cookies);

  await tab.context().clearCookies();
  await tab.goto(begin);
  await tab.click('text=Cancel');
  await tab.waitForURL((at) => at.href.startsWith(url));
  check('who cancels is told so', tab.url() === `${url}/sign-in?problem=refused`, tab.url());
  await tab.context().close();
}

// Somebody hands their own fresh answer of the provider to another browser, so that its owner would
// work under a foreign name.
async function refusesPlantedAnswers() {
  const theirs = await openTab();
  await goToConsent(theirs, 'chief');
  const action = await theirs.locator('form').first().getAttribute('action');
  const step = { maxRedirects: 0, ignoreHTTPSErrors: true };
  let answer = await theirs.request.post(action, { ...step, form: { prompt: 'consent' } });
  let fresh = answer.headers().location ?? '';
  while (fresh !== '' && !fresh.startsWith(callback)) {
    answer = await theirs.request.get(fresh, step);
    fresh = answer.headers().location ?? '';
  }
  check('the provider answered', fresh.includes('&state=') || fresh.includes('?state='), fresh);
  const own = await openTab();
  await own.goto(fresh);
  check('another browser cannot use it', own.url() === `${url}/sign-in?problem=expired`, own.url());
  const cookies = await cookiesOf(own);
  check('and is signed in as nobody', !cookies.some((one) => one.name === '__Host-vdiwatch'), cookies);
  await own.context().close();
  await theirs.context().close();
}

try {
  await signsInAndOut();
  await isLimitedToPools();
  await turnsStrangersAway();
  await refusesPlantedAnswers();
} catch (error) {
  check('the walk reached its end', false, error.stack);
} finally {
  await browser.close();
}
process.exit(failures === 0 ? 0 : 1);
