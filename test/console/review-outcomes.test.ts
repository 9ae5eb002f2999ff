import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type HospitalEnvironment, startHospitalEnvironment } from '../e2e/environment.ts';
import { holdExport, limitBriefExport } from '../e2e/held-export.ts';
import {
  COMMENT,
  expectPsql,
  REVIEW_OUTCOMES,
  type ReviewOutcomeCase,
} from '../e2e/review-outcomes.ts';
import { openBrowser, openPage, signIn } from './open-browser.ts';

/** Long enough for a page to be opened, and short enough to be waited for. */
const BRIEF = '10s';
const PATIENTS = 300;

/** What the page says then, by itself. */
const SAID: Readonly<Record<ReviewOutcomeCase['name'], string>> = {
  approved: 'Approved, and the approval has been used.',
  rejected: 'Rejected. Nothing was run.',
  'not answered in time': 'Expired: nobody answered in time. Nothing was run.',
  'cancelled by Ctrl-C': 'Withdrawn: the client cancelled the statement. Nothing was run.',
  'given up by a client that is gone': 'Withdrawn: the client has left. Nothing was run.',
  'ended by a gateway that stops': 'Withdrawn: the gateway was stopped. Nothing was run.',
  'lost with a gateway that is killed':
    'Withdrawn: the gateway that held it was lost. Nothing was run.',
};

let hospital: HospitalEnvironment;
let browser: Browser;
let page: Page;

/** Whoever is signed in does not load the page anew: what changes on it changes by itself. */
async function openInbox(): Promise<void> {
  await page.getByRole('link', { name: 'Requests' }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Requests' }).waitFor();
}

/** Opens what waits, of which the inbox hears by itself. */
async function openWaiting(requestId: string): Promise<void> {
  await page.getByRole('row', { name: /COPY/ }).first().click();
  await page.waitForURL(`**/requests/${requestId}`);
  await page.getByRole('region', { name: 'Your verdict' }).waitFor();
}

async function giveVerdict(verdict: 'approve' | 'reject'): Promise<void> {
  if (verdict === 'approve') return page.getByRole('button', { name: 'Approve' }).click();
  await page.getByLabel('Comment').fill(COMMENT);
  await page.getByRole('button', { name: 'Reject' }).click();
}

describe('the open page of a request that is', () => {
  before(async () => {
    hospital = await startHospitalEnvironment({ policiesAdded: limitBriefExport(BRIEF) });
    browser = await openBrowser();
    ({ page } = await openPage(browser));
    const { api } = hospital.stack.gateway();
    await signIn(page, `https://127.0.0.1:${api?.port}`, 'Petra', '/requests');
  });
  after(async () => {
    await browser?.close();
    await hospital?.[Symbol.asyncDispose]();
  });

  for (const outcome of REVIEW_OUTCOMES) {
    it(`${outcome.name} says so by itself, and has no buttons any more`, async () => {
      await openInbox();
      const held = await holdExport(hospital.as('ana'), outcome.statement);
      await openWaiting(held.requestId);
      const { happen } = outcome;
      const happened =
        typeof happen === 'object' ? giveVerdict(happen.verdict) : happen(held, hospital.stack);
      if (outcome.restarts) await page.getByText('The gateway cannot be reached').waitFor();
      await happened;
      if (outcome.restarts) await page.getByText('Connected again').waitFor();
      await expectPsql(outcome, held, PATIENTS);
      await page.getByText(SAID[outcome.name] ?? '', { exact: true }).waitFor();
      await page.getByText(outcome.state, { exact: true }).first().waitFor();
      assert.equal(await page.getByRole('button', { name: /Approve|Reject/ }).count(), 0);
    });
  }

  it('opened in a gateway that was started again lets its statement run', async () => {
    await openInbox();
    const held = await holdExport(hospital.as('ana'));
    await openWaiting(held.requestId);
    await giveVerdict('approve');
    const { stdout, code } = await held.ended;
    assert.equal(code, 0);
    assert.equal(stdout.trim().split('\n').length, PATIENTS);
  });
});
