import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { ConnectorList } from '../../src/api/connector.ts';
import type { GatewayList } from '../../src/api/gateway-process.ts';
import { type HospitalEnvironment, startHospitalEnvironment } from '../e2e/environment.ts';
import {
  type BrowserLooks,
  findViolations,
  openBrowser,
  openPage,
  signIn,
} from './open-browser.ts';

const SILENT_SINCE = '2026-01-02T03:04:05.678Z';
const PHONE: BrowserLooks = { width: 390, height: 844 };

const PROCESSES: GatewayList['processes'] = [
  {
    ...{ log: 'gw-1.0', gateway: 'gw-1', version: '0.9.0', sessions: 41, state: 'serving' },
    ...{ since: SILENT_SINCE, seenAt: SILENT_SINCE },
    problems: ['upgrade pending: it runs 0.9.0, and another gateway 0.10.0'],
  },
  {
    ...{ log: 'gw-2.0', gateway: 'gw-2', version: '0.10.0', sessions: 2, state: 'draining' },
    ...{ since: SILENT_SINCE, seenAt: SILENT_SINCE, drainingSince: SILENT_SINCE, problems: [] },
  },
];

const CONNECTORS: ConnectorList['connectors'] = [
  {
    ...{ name: 'ward-3', id: 'c', createdAt: SILENT_SINCE, createdBy: 'idp:petra' },
    ...{ certificateExpiresAt: SILENT_SINCE, seenAt: SILENT_SINCE, state: 'attached' },
    problems: ['identity expires in 5 h, at 2026-01-02 08:04:05 UTC, and was not renewed'],
    tunnels: ['gw-1.0', 'gw-2.0'].map((log, index) => ({
      ...{ log, state: index === 0 ? 'open' : 'suspect', since: SILENT_SINCE, version: '0.9.0' },
      ...{ remoteAddress: '10.3.0.7', streams: 3, memoryBytes: 90 * 2 ** 20, recordsWaiting: 0 },
      ...{ targets: ['ward-db', 'ward-host'], unreachable: ['ward-host'] },
    })),
  },
];

let hospital: HospitalEnvironment;
let browser: Browser;
let origin: string;

async function openAs(person: string, looks?: BrowserLooks) {
  const opened = await openPage(browser, looks);
  await signIn(opened.page, origin, person, '/gateways');
  await opened.page.getByRole('heading', { name: 'Gateways and connectors', level: 1 }).waitFor();
  return opened;
}

/** Has a page be told of gateways and connectors that are not there. */
async function answerWith(
  page: Page,
  processes: GatewayList['processes'],
  connectors: ConnectorList['connectors'],
): Promise<void> {
  await page.route('**/v1/gateways', (route) => route.fulfill({ json: { processes } }));
  await page.route('**/v1/connectors', (route) => route.fulfill({ json: { connectors } }));
}

describe('the page of gateways and connectors, in a browser', () => {
  before(async () => {
    hospital = await startHospitalEnvironment();
    browser = await openBrowser();
    origin = `https://127.0.0.1:${hospital.stack.gateway().api?.port}`;
  });
  after(async () => {
    await browser?.close();
    await hospital?.[Symbol.asyncDispose]();
  });

  it('shows the gateway that serves it, and that there is no connector', async () => {
    const { page, context, complaints } = await openAs('Petra');
    await page.getByRole('row', { name: /sallyport\.0.*serving.*\d+\.\d+\.\d+/ }).waitFor();
    await page.getByText('There are no connectors.').waitFor();
    assert.equal(await page.getByRole('alert').count(), 0);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('says in words what is wrong, and whom a connector is attached to, without addresses', async () => {
    const { page, context } = await openAs('Petra');
    await answerWith(page, PROCESSES, CONNECTORS);
    await page.reload();
    const alerts = page.getByRole('alert');
    await alerts.getByText('upgrade pending: it runs 0.9.0').waitFor();
    await alerts.getByText('identity expires in 5 h').waitFor();
    assert.equal(await alerts.count(), 2);
    await page.getByRole('row', { name: /gw-1\.0.*serving.*0\.9\.0.*41/ }).waitFor();
    await page.getByRole('row', { name: /gw-2\.0.*draining/ }).waitFor();
    const row = page.getByRole('row', { name: /ward-3.*attached/ });
    const text = await row.innerText();
    assert.match(text, /gw-1\.0\s+gw-2\.0 \(suspect\)/);
    assert.match(text, /ward-db\s+ward-host \(not reached\)/);
    assert.match(text, /3 streams, 90 MiB/);
    assert.doesNotMatch(await page.getByRole('main').innerText(), /10\.3\.0\.7/);
    await context.close();
  });

  it('follows who falls silent, without being loaded again', async () => {
    const { page, context } = await openAs('Petra');
    await answerWith(page, PROCESSES, []);
    await page.getByRole('row', { name: /gw-1\.0.*serving/ }).waitFor();
    const silent = PROCESSES.map((process) => ({
      ...process,
      ...{ state: 'silent' as const, problems: ['silent since 2026-01-02 03:04:05 UTC: it died'] },
    }));
    await answerWith(page, silent, []);
    await page.getByRole('row', { name: /gw-1\.0.*silent/ }).waitFor();
    const alert = page.getByRole('alert').filter({ hasText: 'gw-2.0' });
    await alert.getByText('silent since 2026-01-02 03:04:05 UTC').waitFor();
    await context.close();
  });

  it('shows nothing to whom policy does not let read the overview', async () => {
    const { page, context } = await openAs('Ana');
    await page.getByRole('alert').first().waitFor();
    assert.equal(await page.getByRole('table').count(), 0);
    assert.doesNotMatch(await page.getByRole('main').innerText(), /sallyport\.0/);
    await context.close();
  });

  for (const looks of [{ colorScheme: 'light' }, { colorScheme: 'dark' }, PHONE] as const) {
    it(`can be used by everybody: axe finds nothing, ${JSON.stringify(looks)}`, async () => {
      const { page, context, complaints } = await openAs('Petra', looks);
      await answerWith(page, PROCESSES, CONNECTORS);
      await page.reload();
      await page.getByRole('row', { name: /ward-3/ }).waitFor();
      await page.getByRole('row', { name: /gw-2\.0.*draining/ }).waitFor();
      assert.deepEqual(await findViolations(page), []);
      const beyond = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      assert.equal(beyond, 0, 'pixels that the page is wider than the screen');
      assert.deepEqual(complaints, []);
      await context.close();
    });
  }
});
