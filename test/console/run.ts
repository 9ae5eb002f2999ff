import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { beginHospitalDay } from '../../demo/hospital-day.ts';
import { startHospitalStack } from '../../demo/hospital-stack.ts';
import { buildConsole } from '../../tools/build-console.ts';
import { type BrowserLooks, openBrowser, openPage, signIn } from './open-browser.ts';
import { takeShellPictures } from './shell-pictures.ts';

const FOLDER = fileURLToPath(new URL('../../docs/console/', import.meta.url));

/** How each page is taken. */
const LOOKS: Readonly<Record<string, BrowserLooks>> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { colorScheme: 'light', width: 390, height: 844 },
};

/** Takes a picture of every page of the console, as the privacy officer of a demo hospital sees it. */
async function takeScreenshots(): Promise<void> {
  await buildConsole();
  await mkdir(FOLDER, { recursive: true });
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-screenshots-'));
  started.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  const stack = await startHospitalStack({ directory, hospital: { patients: 1_000 } });
  started.defer(() => stack.stop());
  started.use(await beginHospitalDay(stack));
  const browser = await openBrowser();
  started.defer(() => browser.close());
  const origin = `https://127.0.0.1:${stack.gateway().api?.port}`;
  const paths = await findPaths(browser, origin);
  for (const [look, settings] of Object.entries(LOOKS)) {
    const { page, context } = await openPage(browser, settings);
    await page.goto(origin);
    await page.getByRole('link', { name: /^Sign in with/ }).waitFor();
    await save(page, 'sign-in', look);
    await signIn(page, origin, 'Petra');
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(origin + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.getByLabel('Loading').first().waitFor({ state: 'detached' });
      await save(page, name, look);
    }
    await context.close();
    console.log(`${look}: ${Object.keys(paths).length + 1} pages`);
  }
  await takeShellPictures({ browser, looks: LOOKS, save });
}

/** The pages, with the one request that waits and a session that has ended. */
async function findPaths(
  browser: Browser,
  origin: string,
): Promise<Readonly<Record<string, string>>> {
  const { page, context } = await openPage(browser);
  const follow = async (list: string, row: RegExp): Promise<string> => {
    await page.goto(origin + list);
    await page.getByRole('row', { name: row }).first().click();
    await page.waitForURL((url) => url.pathname.split('/').length > list.split('/').length);
    return new URL(page.url()).pathname;
  };
  await signIn(page, origin, 'Petra');
  const paths = {
    overview: '/',
    requests: '/requests',
    request: await follow('/requests', /COPY/),
    sessions: '/sessions',
    session: await follow('/sessions', /ana.*client-left/),
    alerts: '/alerts',
    targets: '/targets',
    target: '/targets/hospital',
    policies: '/policies',
    gateways: '/gateways',
    ledger: '/ledger',
    'ledger-entry': await follow('/ledger', /operation/),
    reports: '/reports',
    people: '/people',
    account: '/account',
    alert: await follow('/alerts', /was refused/),
  };
  await context.close();
  return paths;
}

async function save(page: Page, name: string, look: string): Promise<void> {
  await page.screenshot({
    path: join(FOLDER, `${name}-${look}.png`),
    animations: 'disabled',
    fullPage: true,
  });
}

await takeScreenshots();
