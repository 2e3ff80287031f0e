// What was: trends, changes, and the compliance report.
import { shoot } from './walks.mjs';

async function readTrends(site, tab) {
  await tab.goto(site.url);
  await tab.locator('.trend-card').getByRole('link', { name: '7 days' }).click();
  await tab.waitForURL(/days=7/);
  site.report.check('the time range is in the address', /days=7/.test(tab.url()), tab.url());
  await tab.getByRole('link', { name: 'All changes' }).click();
  await tab.waitForURL(/\/changes/);
  await tab.locator('.changes li').first().waitFor();
  const text = await tab.locator('.changes').innerText();
  site.report.check('changes of grade are told with their pools', /Noncompliant/.test(text), text);
  await shoot(site, tab, 'changes');
}

async function readReport(site, tab) {
  await tab.goto(`${site.url}/reports`);
  await tab.locator('.report').waitFor();
  const text = await tab.locator('.report').innerText();
  site.report.check(
    'the report names its policy and the date of the vendor’s rules',
    /policy [0-9a-f]{8}/.test(text) && /as of 1 Jun 2025/.test(text),
    text.slice(0, 600),
  );
  await tab.getByLabel('About').selectOption('attribute:site=Leeds');
  await tab.waitForURL(/scope=attribute/);
  await tab.getByRole('region', { name: 'Pools of the report' }).getByText('finance-vmware').waitFor({ state: 'detached' });
  const names = await tab.getByRole('region', { name: 'Pools of the report' }).locator('tbody th a').allInnerTexts();
  site.report.check('a report about a site has its pools alone', names.join() === 'citrix-xen', names.join());
  const download = tab.waitForEvent('download');
  await tab.getByRole('link', { name: 'XLSX' }).click();
  site.report.check('the report comes as a spreadsheet', /\.xlsx$/.test((await download).suggestedFilename()));
  await shoot(site, tab, 'report');
}

// On paper: no navigation, and nothing that runs off it.
async function printReport(site, tab) {
  await tab.emulateMedia({ media: 'print' });
  site.report.check('print leaves the navigation out', !(await tab.locator('.side').isVisible()));
  const pdf = await tab.pdf({ format: 'A4' });
  site.report.check('the report prints', pdf.subarray(0, 5).toString() === '%PDF-' && pdf.length > 10_000);
  await tab.emulateMedia({ media: 'screen' });
}

async function compareExport(site, tab) {
  await tab.goto(`${site.url}/reports/reconcile`);
  await tab.getByLabel('CSV file').setInputFiles({
    name: 'machines.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('MachineName\nCORP\\LDS-CTX-001\nCORP\\NOBODY-HAS-THIS\n'),
  });
  await tab.getByLabel('About').selectOption('pool:citrix-xen');
  await tab.getByRole('button', { name: 'Compare' }).click();
  await tab.locator('.found .figures').waitFor();
  const text = await tab.locator('.found').innerText();
  site.report.check('an export tells who never reported', /nobody-has-this/.test(text), text);
}

export async function walkThroughHistory(site, tab) {
  await readTrends(site, tab);
  await readReport(site, tab);
  await printReport(site, tab);
  await compareExport(site, tab);
}
