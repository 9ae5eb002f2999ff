import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** Debian's Chromium; nothing is downloaded. */
const CHROMIUM = '/usr/bin/chromium';
/** Milliseconds until something that should show is given up. */
const TIMEOUT_MS = 20_000;

const require = createRequire(import.meta.url);

/** How a person has set up their browser. */
export interface BrowserLooks {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

/** One rule that a page breaks for people who cannot see, hear or point well. */
export interface AccessibilityViolation {
  readonly id: string;
  readonly help: string;
  /** Selectors of what breaks it, and why. */
  readonly where: readonly string[];
}

/** A browser; each person in it has cookies of their own. @param more Arguments of Chromium. */
export async function openBrowser(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    // Tests may run as root, where Chromium has no sandbox; all that it loads is ours.
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...more],
  });
}

/** A person's browser with one page. Everything that it complains about is in `complaints`. */
export async function openPage(
  browser: Browser,
  { colorScheme = 'light', width = 1280, height = 800 }: BrowserLooks = {},
): Promise<{
  readonly context: BrowserContext;
  readonly page: Page;
  readonly complaints: string[];
}> {
  const context = await browser.newContext({
    // The authority is the demo's own.
    ignoreHTTPSErrors: true,
    colorScheme,
    reducedMotion: 'reduce',
    viewport: { width, height },
  });
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    // Whoever is not signed in is told so by a status; the browser reports that as an error.
    const isExpected = /status of 401/.test(message.text());
    if (message.type() === 'error' && !isExpected) {
      complaints.push(`${message.text()} ${message.location().url}`);
    }
  });
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol !== 'data:' && hostname !== '127.0.0.1') complaints.push(`asked ${hostname}`);
  });
  return { context, page, complaints };
}

/** Signs in at the demo's identity provider by a click, coming from `path`, and comes back to it. */
export async function signIn(
  page: Page,
  origin: string,
  person: string,
  path = '/',
): Promise<void> {
  await page.goto(origin + path);
  await page.getByRole('link', { name: /^Sign in with/ }).click();
  await page.getByRole('button', { name: new RegExp(person) }).click();
  await page.waitForURL(origin + path);
  await page.getByRole('heading', { level: 1 }).waitFor();
}

/** Looks for what keeps people from using the page: WCAG 2.2 A and AA, and best practice. */
export async function findViolations(page: Page): Promise<readonly AccessibilityViolation[]> {
  const source = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8');
  // The page's policy lets no foreign script in: this one comes from the test, past it.
  const session = await page.context().newCDPSession(page);
  try {
    await session.send('Runtime.evaluate', { expression: source });
    const { result } = await session.send('Runtime.evaluate', {
      expression: `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => JSON.stringify(
        violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map(({ target, failureSummary }) => target.join(' ') + ': ' + failureSummary) }))))`,
      awaitPromise: true,
      returnByValue: true,
    });
    return JSON.parse(String(result.value)) as readonly AccessibilityViolation[];
  } finally {
    await session.detach();
  }
}
