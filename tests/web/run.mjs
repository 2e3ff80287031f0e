// Drives the dashboard of a running daemon as a person would, and checks what a person would see.
// usage: node run.mjs --url URL --user NAME --password-file FILE --received FILE --agent FILE
//        --collector URL [--screenshots DIR] [--chromium FILE] [--wait SECONDS]
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { walkThroughAlerts } from './alerts.mjs';
import { auditRoutes } from './audit.mjs';
import { openBrowser } from './browser.mjs';
import { Described } from './described.mjs';
import { fetchJson } from './fetch_json.mjs';
import { Report } from './report.mjs';
import { walkThroughHistory } from './history.mjs';
import { walkByKeyboard } from './keyboard.mjs';
import { walkThroughPeople } from './people.mjs';
import { walkThroughPolicy } from './policy.mjs';
import { walkFromPoolToEvidence, walkThroughSignIn, walkThroughStates } from './walks.mjs';

const { values: options } = parseArgs({
  options: {
    url: { type: 'string' },
    user: { type: 'string', default: 'admin' },
    'password-file': { type: 'string' },
    // What the webhook that alerts go to has received.
    received: { type: 'string' },
    // The agent that enrols as the page says, and where it does.
    agent: { type: 'string' },
    collector: { type: 'string' },
    screenshots: { type: 'string' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
    // The fleet lives through three boots first; persistence is observed after them.
    wait: { type: 'string', default: '180' },
  },
});
const needed = ['url', 'password-file', 'received', 'agent', 'collector'];
const missing = needed.filter((name) => !options[name]);
if (missing.length > 0) {
  console.error(`run.mjs: needs ${missing.map((name) => `--${name}`).join(', ')}`);
  process.exit(64);
}

const report = new Report();
const described = new Described(await fetchJson(`${options.url}/api/v1/openapi.json`));
const browser = await openBrowser(options.chromium, described);
const site = {
  url: options.url.replace(/\/$/, ''),
  user: options.user,
  password: readFileSync(options['password-file'], 'utf8').trim(),
  waitMs: Number(options.wait) * 1000,
  received: options.received,
  agent: options.agent,
  collector: options.collector,
  screenshots: options.screenshots,
  browser,
  report,
};

try {
  const tab = await browser.openTab();
  await walkThroughSignIn(site, tab);
  const found = await walkFromPoolToEvidence(site, tab);
  await walkByKeyboard(site, tab, found);
  await walkThroughStates(site, tab);
  await walkThroughPolicy(site, tab, found);
  await walkThroughAlerts(site, tab, found);
  await walkThroughHistory(site, tab);
  await walkThroughPeople(site, tab);
  await auditRoutes(site, tab, found);
  report.check(
    'the browser met no error and no breach of the content policy',
    browser.complaints.length === 0,
    browser.complaints.join('\n'),
  );
} catch (error) {
  report.check('the walk reached its end', false, error.stack);
} finally {
  await browser.close();
}
process.exit(report.finish());
