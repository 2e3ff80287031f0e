import { chromium } from 'playwright-core';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

// The API's way to say "nobody is signed in", "there is no such thing" and "this file has mistakes" are no
// errors of the page, but Chromium writes them to the console.
const expected = [
  [/status of (401|404)/, /\/api\/v1\/(session|pools\/|desktops\/)/],
  [/status of 400/, /\/api\/v1\/policy\/plan$/],
];
const isExpected = (message) =>
  expected.some(([text, url]) => text.test(message.text()) && url.test(message.location().url));

// Chromium without a sandbox of its own (tests run as root in CI) and with every complaint collected.
export async function openBrowser(executablePath, described) {
  const chrome = await chromium.launch({ executablePath, args: flags });
  const complaints = [];

  // Every answer of the API that a page gets is as the API is described.
  async function judge(response, path) {
    const body = await response.text().catch(() => null);
    if (body === null) return; // the page was left before it came
    const type = response.headers()['content-type'];
    const method = response.request().method();
    const complaint = described.complaint({ method, path, status: response.status(), type, body });
    if (complaint) complaints.push(`${method} ${response.url()} -> ${response.status()}: ${complaint}`);
  }

  async function openTab({ width = 1440, height = 900, colorScheme = 'light', storageState } = {}) {
    const context = await chrome.newContext({
      viewport: { width, height },
      colorScheme,
      storageState,
      ignoreHTTPSErrors: true,
      reducedMotion: 'reduce',
    });
    await context.exposeBinding('reportViolation', (_, text) => complaints.push(`content policy: ${text}`));
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        window.reportViolation(`${event.violatedDirective} ${event.blockedURI} on ${location.pathname}`);
      });
    });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && !isExpected(message)) {
        complaints.push(`console: ${message.text()} (${message.location().url})`);
      }
    });
    page.on('pageerror', (error) => complaints.push(`exception: ${error.stack}`));
    page.on('response', (response) => {
      if (response.status() >= 500) complaints.push(`${response.status()} from ${response.url()}`);
      const { pathname } = new URL(response.url());
      if (pathname.startsWith('/api/')) judge(response, pathname);
    });
    return page;
  }

  return { openTab, complaints, close: () => chrome.close() };
}
