// The dashboard without a pointer.
import { shoot } from './walks.mjs';

const focused = (tab) =>
  tab.evaluate(
    () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
  );

const heading = (tab, name) => tab.getByRole('heading', { name, level: 1 });

async function searchByKeyboard(site, tab, found) {
  await tab.goto(`${site.url}/rules`);
  await tab.locator('.rule').first().waitFor();
  await tab.keyboard.press('Tab');
  site.report.check(
    'the first stop of Tab skips to the content',
    /Skip/.test(await focused(tab)),
    await focused(tab),
  );
  await tab.keyboard.press('/');
  site.report.check('/ focuses the search', /^Search/.test(await focused(tab)), await focused(tab));
  await tab.keyboard.type(found.reset);
  await tab.getByRole('option', { name: found.reset }).first().waitFor();
  await shoot(site, tab, 'search');
  await tab.keyboard.press('Enter');
  await heading(tab, found.reset).waitFor();
  site.report.check('Enter opens the first hit', tab.url().includes('/pools/'), tab.url());
  const outline = await tab.evaluate(() => {
    document.querySelector('.nav a').focus();
    return getComputedStyle(document.querySelector('.nav a')).outlineStyle;
  });
  site.report.check('the focus is visible', outline !== 'none', outline);
}

// g p, j, j, k, Enter: to the pools, down and up the rows, into one.
async function readByKeyboard(site, tab) {
  await tab.goto(`${site.url}/rules`);
  await tab.locator('.rule').first().waitFor();
  await tab.keyboard.press('g');
  await tab.keyboard.press('p');
  await tab.locator('.pools-table tbody tr').first().waitFor();
  site.report.check('g p goes to the pools', new URL(tab.url()).pathname === '/pools', tab.url());
  const names = await tab.locator('.pools-table tbody th a:first-child').allInnerTexts();
  await tab.keyboard.press('j');
  await tab.keyboard.press('j');
  site.report.check('j goes down the rows', (await focused(tab)) === names[1], await focused(tab));
  await tab.keyboard.press('k');
  site.report.check('k goes up the rows', (await focused(tab)) === names[0], await focused(tab));
  await tab.keyboard.press('Enter');
  await heading(tab, names[0]).waitFor();
  site.report.check('Enter opens the row', tab.url().includes('/pools/'), tab.url());
}

async function listOfShortcuts(site, tab) {
  const dialog = tab.locator('dialog[open]');
  await tab.keyboard.press('?');
  await dialog.waitFor();
  site.report.check('? lists the shortcuts', /Next row/.test(await dialog.innerText()));
  await shoot(site, tab, 'shortcuts');
  await tab.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' }).catch(() => {});
  site.report.check('Escape closes the list', (await dialog.count()) === 0);
  await tab.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await tab.getByLabel('Single keys work on this computer').uncheck();
  await tab.keyboard.press('Escape');
  await tab.locator('main').click({ position: { x: 2, y: 2 } });
  await tab.keyboard.press('?');
  site.report.check('single keys can be switched off', (await dialog.count()) === 0);
  await tab.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await tab.getByLabel('Single keys work on this computer').check();
  await tab.keyboard.press('Escape');
}

// t and u change how things look, and the choice stays after a reload.
async function looksByKeyboard(site, tab) {
  const theme = () => tab.evaluate(() => document.documentElement.dataset.theme ?? 'auto');
  const before = await theme();
  await tab.keyboard.press('t');
  const after = await theme();
  site.report.check('t changes the colours', before !== after, `${before}, then ${after}`);
  const time = tab.locator('main time').first();
  const age = await time.innerText();
  await tab.keyboard.press('u');
  const exact = await time.innerText();
  site.report.check('u writes exact times', age !== exact && /\d{2}:\d{2}:\d{2}/.test(exact), exact);
  await tab.reload();
  await tab.locator('main time').first().waitFor();
  site.report.check(
    'colours and times stay as chosen',
    (await theme()) === after && /\d{2}:\d{2}/.test(await time.innerText()),
  );
  await tab.evaluate(() => localStorage.clear());
  await tab.reload();
  await tab.locator('button.live').waitFor();
  await tab.keyboard.press('.');
  await tab.locator('button.live-paused').waitFor();
  site.report.check('. pauses the refresh', true);
  await tab.keyboard.press('.');
}

export async function walkByKeyboard(site, tab, found) {
  await searchByKeyboard(site, tab, found);
  await readByKeyboard(site, tab);
  await listOfShortcuts(site, tab);
  await looksByKeyboard(site, tab);
}
