// Accessibility (axe, WCAG 2.2 AA), reflow and print of every route, in both themes.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { shoot } from './walks.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const narrowest = 320;
const phone = 375;
const paper = 688; // A4 between the margins of print.css, in CSS pixels

const routes = (found) => ({
  overview: '/',
  changes: '/changes',
  pools: '/pools',
  pool: `/pools/${encodeURIComponent(found.xen)}`,
  desktops: '/desktops',
  desktop: found.desktop,
  rules: '/rules',
  rule: found.rule,
  policy: found.policy,
  waivers: '/waivers',
  'what-if': '/what-if',
  alerts: '/alerts',
  alert: found.alert,
  deliveries: '/deliveries',
  delivery: found.delivery,
  sinks: '/sinks',
  silences: '/silences?ended=yes',
  reports: '/reports',
  'reports by e-mail': '/reports/schedules',
  'who is missing': '/reports/reconcile',
  enrolment: '/enrolment',
  audit: '/audit',
  users: '/users',
  'one user': '/users?edit=admin',
  'API tokens': '/api-tokens',
  sessions: '/sessions',
  password: '/password',
  system: '/system',
  'page not found': '/there-is-no-such-page',
});

// Every finding as "rule: what (where)".
async function findings(tab) {
  await tab.evaluate(axe);
  const { violations } = await tab.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: 'tag', values } }),
    tags,
  );
  return violations.flatMap((violation) =>
    violation.nodes.map(
      (node) => `${violation.id}: ${violation.help} (${node.target.join(' ')}) ${node.any[0]?.message ?? ''}`,
    ),
  );
}

// Everything has arrived: no skeleton, and no request of the page is under way.
async function settle(tab) {
  await tab.waitForLoadState('networkidle');
  await tab.waitForFunction(() => document.querySelector('main h1') && !document.querySelector('.skeleton'));
}

const tooWide = (tab) => tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);

// On paper: the page alone, light whatever the theme, and nothing that runs off it.
async function auditPrint(site, tab, name, colorScheme) {
  await tab.emulateMedia({ media: 'print' });
  const [over, chrome, ground] = await tab.evaluate(() => [
    document.documentElement.scrollWidth - innerWidth,
    [...document.querySelectorAll('.side, .top, .filters, .sections')].filter((part) => part.offsetParent).length,
    getComputedStyle(document.documentElement).backgroundColor,
  ]);
  site.report.check(
    `${name}, ${colorScheme}: prints on white, without navigation, within ${paper} pixels`,
    over <= 0 && chrome === 0 && ground === 'rgb(255, 255, 255)',
    `${over} pixels too wide, ${chrome} parts of the navigation, on ${ground}`,
  );
  if (colorScheme === 'light') await shoot(site, tab, `${name.replaceAll(' ', '-')}-print`);
  await tab.emulateMedia({ media: 'screen' });
}

async function auditTheme(site, colorScheme, storageState, found) {
  const wide = await site.browser.openTab({ colorScheme, storageState });
  const narrow = await site.browser.openTab({ colorScheme, storageState, width: narrowest, height: 640 });
  for (const [name, path] of Object.entries(routes(found))) {
    await wide.goto(site.url + path);
    await settle(wide);
    const wrong = await findings(wide);
    site.report.check(`${name}, ${colorScheme}: no finding of axe`, wrong.length === 0, wrong.join('\n'));
    await shoot(site, wide, `${name.replaceAll(' ', '-')}-${colorScheme}`);
    await narrow.goto(site.url + path);
    await settle(narrow);
    for (const width of [phone, narrowest]) {
      await narrow.setViewportSize({ width, height: 640 });
      const over = await tooWide(narrow);
      site.report.check(`${name}, ${colorScheme}: fits into ${width} pixels`, over <= 0, `${over} pixels too wide`);
      if (width === phone) await shoot(site, narrow, `${name.replaceAll(' ', '-')}-phone-${colorScheme}`);
    }
    await narrow.setViewportSize({ width: paper, height: 900 });
    await auditPrint(site, narrow, name, colorScheme);
  }
  await wide.context().close();
  await narrow.context().close();
}

async function auditSignIn(site, colorScheme) {
  const tab = await site.browser.openTab({ colorScheme });
  await tab.goto(site.url);
  await tab.getByRole('heading', { name: 'Sign in' }).waitFor();
  const wrong = await findings(tab);
  site.report.check(`sign-in, ${colorScheme}: no finding of axe`, wrong.length === 0, wrong.join('\n'));
  await tab.context().close();
}

export async function auditRoutes(site, tab, found) {
  const storageState = await tab.context().storageState();
  for (const colorScheme of ['light', 'dark']) {
    await auditSignIn(site, colorScheme);
    await auditTheme(site, colorScheme, storageState, found);
  }
}
