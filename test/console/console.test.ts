import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { openSession } from '../../demo/sql-client.ts';
import type { ExportList } from '../../src/api/export.ts';
import { type HospitalEnvironment, startHospitalEnvironment } from '../e2e/environment.ts';
import { runClient } from '../e2e/run-client.ts';
import { findViolations, openBrowser, openPage, signIn } from './open-browser.ts';

const EXPORT = "COPY (SELECT id, last_name FROM patients WHERE last_name <> 'Nobody') TO STDOUT";

let hospital: HospitalEnvironment;
let browser: Browser;
let origin: string;

/** Ana's export, which waits for a privacy officer. */
function exportPatients() {
  return runClient(hospital.as('ana'), 'psql', ['-X', '-c', EXPORT]);
}

async function openAs(person: string, path: string) {
  const opened = await openPage(browser);
  await signIn(opened.page, origin, person, path);
  return opened;
}

/** Opens the newest request of the inbox. */
async function openRequest(page: Page): Promise<void> {
  await page.getByRole('row', { name: /COPY/ }).first().click();
  await page.getByRole('region', { name: 'Your verdict' }).waitFor();
}

describe('the console, in a browser', () => {
  before(async () => {
    hospital = await startHospitalEnvironment();
    browser = await openBrowser();
    origin = `https://127.0.0.1:${hospital.stack.gateway().api?.port}`;
  });
  after(async () => {
    await browser?.close();
    await hospital?.[Symbol.asyncDispose]();
  });

  it('lets an officer read what waits, and approve it: psql prints the rows', async () => {
    const exported = exportPatients();
    const { page, context, complaints } = await openAs('Petra', '/requests');
    await openRequest(page);
    const text = await page.getByRole('main').innerText();
    assert.match(text, /COPY/);
    assert.match(text, /privacy-officers/);
    assert.match(text, /bulk-export/);
    await page.getByRole('button', { name: 'Approve' }).click();
    const { stdout, stderr, code } = await exported;
    assert.match(stderr, /NOTICE: {2}waiting for review/i);
    assert.equal(code, 0, stderr);
    assert.equal(stdout.trim().split('\n').length, 300);
    await page.getByText('used', { exact: true }).first().waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('says the reason of a rejection to who asked', async () => {
    const exported = exportPatients();
    const { page, context } = await openAs('Petra', '/requests');
    await openRequest(page);
    await page.getByRole('button', { name: 'Reject' }).click();
    await page.getByText('Say why').waitFor();
    await page.getByLabel('Comment').fill('Ask for the counts instead.');
    await page.getByRole('button', { name: 'Reject' }).click();
    const { stdout, stderr, code } = await exported;
    assert.notEqual(code, 0);
    assert.equal(stdout, '');
    assert.match(stderr, /Ask for the counts instead\./);
    await context.close();
  });

  it('shows who asked their own request, without a verdict', async () => {
    const exported = exportPatients();
    const { page, context } = await openAs('Ana', '/requests?view=mine');
    await page
      .getByRole('row', { name: /pending/ })
      .first()
      .click();
    await page.getByRole('button', { name: 'Withdraw it' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Approve' }).count(), 0);
    await page.getByRole('button', { name: 'Withdraw it' }).click();
    const { code, stderr } = await exported;
    assert.notEqual(code, 0);
    assert.match(stderr, /withdrawn/i);
    await context.close();
  });

  it('brings whoever follows a link back to it after the sign-in', async () => {
    const exported = exportPatients();
    const { page, context } = await openAs('Petra', '/requests');
    await openRequest(page);
    const link = new URL(page.url()).pathname;
    await context.close();
    const phone = await openPage(browser, { width: 390, height: 844 });
    await signIn(phone.page, origin, 'Petra', link);
    await phone.page.getByRole('button', { name: 'Approve' }).click();
    assert.equal((await exported).code, 0);
    await phone.context.close();
  });

  it('tells who reviews a dead request that nothing will run', async () => {
    const { stack } = hospital;
    const session = openSession({
      name: 'ana',
      token: stack.provider.issueToken('ana'),
      port: stack.gateway().postgres.port,
      authorityFile: stack.authorityFile,
    });
    const gone = session.unsafe('COPY notes TO STDOUT').then(
      () => undefined,
      (error: unknown) => error,
    );
    const { page, context } = await openAs('Petra', '/requests');
    await openRequest(page);
    // The page is kept from hearing of it, as a browser with a bad connection would be.
    await page.route('**/v1/requests/*', (route) => route.abort());
    await session.end({ timeout: 0 });
    assert.ok((await gone) instanceof Error);
    const { origin: at, pathname } = new URL(page.url());
    const history = await context.newPage();
    await history.goto(`${at}/requests?view=all`);
    await history.getByRole('row', { name: /COPY notes.*withdrawn/ }).waitFor();
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('alert').first().waitFor();
    await history.goto(at + pathname);
    await history.getByText('disconnected').waitFor();
    await context.close();
  });

  it('verifies in the browser that an entry is in the ledger', async () => {
    const { page, context } = await openAs('Petra', '/ledger');
    // The newest ones are under no checkpoint yet.
    await page
      .getByRole('row', { name: /sign-in|session|operation|gateway/ })
      .last()
      .click();
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('Verified in this browser').waitFor();
    await context.close();
  });

  it('tells who looks which export fails, why, and where it will go on', async () => {
    const { page, context } = await openAs('Petra', '/exports');
    await page.getByText('Nothing is exported.').waitFor();
    const figures = {
      delivered: 41_000,
      refused: 1,
      missing: 0,
      logs: [{ log: 'gw.0', next: 40_777 }],
    };
    const exports: ExportList['exports'] = [
      { name: 'siem', kind: 'syslog', state: 'working', ...figures },
      {
        ...{ name: 'records', kind: 'fhir', state: 'failing', ...figures, lagMs: 420_000 },
        problem: 'fhir.clinic.example does not answer',
        failingSince: '2026-01-02T03:04:05.678Z',
      },
    ];
    await page.route('**/v1/exports', (route) => route.fulfill({ json: { exports } }));
    await page.reload();
    const alert = page.getByRole('alert');
    await alert.getByText('records fails').waitFor();
    await alert.getByText('fhir.clinic.example does not answer').waitFor();
    assert.equal(await alert.count(), 1);
    await page.getByRole('row', { name: /records.*failing.*7 min.*gw\.0: 40,777/ }).waitFor();
    await page.getByRole('row', { name: /siem.*working.*nothing waits/ }).waitFor();
    await context.close();
  });

  it('can be used by everybody: axe finds nothing on any page, light and dark', async () => {
    const waiting = exportPatients();
    const inbox = await openAs('Petra', '/requests');
    await openRequest(inbox.page);
    const request = new URL(inbox.page.url()).pathname;
    await inbox.page.goto(`${origin}/sessions`);
    await inbox.page.getByRole('row', { name: /ana/ }).first().click();
    await inbox.page.getByRole('tab').first().waitFor();
    const session = new URL(inbox.page.url()).pathname;
    const alert = await openAlert(inbox.page);
    await inbox.context.close();
    const paths = [
      '/',
      '/requests',
      request,
      '/sessions',
      session,
      '/targets',
      '/targets/hospital',
    ];
    const more = [
      '/alerts',
      alert,
      '/policies',
      '/gateways',
      '/ledger',
      '/exports',
      '/reports',
      '/people',
      '/account',
    ];
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, context, complaints } = await openPage(browser, { colorScheme });
      assert.deepEqual(await violationsAt(page, origin), [], 'sign-in page');
      await signIn(page, origin, 'Petra');
      for (const path of [...paths, ...more]) {
        const found = await violationsAt(page, origin + path);
        assert.deepEqual(found, [], `${path}, ${colorScheme}`);
      }
      assert.deepEqual(complaints, []);
      await context.close();
    }
    const { page, context } = await openAs('Petra', request);
    await page.getByRole('button', { name: 'Approve' }).click();
    await waiting;
    await context.close();
  });
});

/** Has a job refused more often than anybody overlooks, and waits until the console knows. */
async function openAlert(page: Page): Promise<string> {
  const forbidden = Array.from({ length: 12 }, () => ['-c', 'SELECT count(*) FROM patients']);
  await runClient(hospital.as('ci-claims'), 'psql', ['-X', ...forbidden.flat()]);
  const row = page.getByRole('row', { name: /was refused/ }).first();
  do {
    await page.goto(`${origin}/alerts`);
    await page.getByLabel('Loading').first().waitFor({ state: 'detached' });
  } while (!(await row.isVisible()));
  await row.click();
  await page.waitForURL(/\/alerts\/alert_/);
  return new URL(page.url()).pathname;
}

async function violationsAt(page: Page, url: string) {
  await page.goto(url);
  await page.waitForLoadState('domcontentloaded');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.getByLabel('Loading').first().waitFor({ state: 'detached' });
  return findViolations(page);
}
