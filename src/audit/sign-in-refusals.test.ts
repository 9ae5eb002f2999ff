import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { SILENT_LOG } from '../telemetry/log.ts';
import type { EntryFields } from './ledger-port.ts';
import { type SignInRefusal, SignInRefusals } from './sign-in-refusals.ts';

const PERIOD_MS = 60_000;

function begin(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const entries: EntryFields[] = [];
  const ledger = {
    health: 'healthy' as const,
    works: true,
    append(entry: EntryFields, _mode: string, done: (error: Error | undefined) => void) {
      if (ledger.works) entries.push(entry);
      done(ledger.works ? undefined : new Error('disk is full'));
    },
  };
  const refusals = new SignInRefusals({ ledger, log: SILENT_LOG, nowMs: () => 1_000 });
  return { entries, refusals, ledger };
}

function refusal(number: number): SignInRefusal {
  return { reason: 'expired', clientAddress: `192.0.2.${number}`, via: 'session' };
}

/** How many refusals the entries stand for. */
function count(entries: readonly EntryFields[]): number {
  return entries.reduce((sum, entry) => sum + Number(entry['count'] ?? 1), 0);
}

describe('SignInRefusals', () => {
  it('enters the first ones at once, and the others together with how many there were', (t) => {
    const { entries, refusals } = begin(t);
    for (let times = 0; times < 1_000; times++) refusals.note(refusal(1));
    refusals.note(refusal(2));
    assert.equal(entries.length, 6);
    assert.deepEqual(entries.at(-1), { kind: 'sign-in.refuse', ...refusal(2) });
    t.mock.timers.tick(PERIOD_MS);
    assert.deepEqual(entries.slice(6), [
      {
        kind: 'sign-in.refuse',
        ...refusal(1),
        count: 995,
        since: '1970-01-01T00:00:01.000Z',
      },
    ]);
    t.mock.timers.tick(PERIOD_MS);
    assert.equal(entries.length, 7);
    refusals.note(refusal(1));
    assert.equal(entries.length, 8);
  });

  it('makes few entries and loses no refusal, from however many addresses they come', (t) => {
    const { entries, refusals } = begin(t);
    for (let number = 0; number < 5_000; number++) refusals.note(refusal(number));
    assert.equal(entries.length, 100);
    t.mock.timers.tick(PERIOD_MS);
    assert.ok(entries.length <= 202, `${entries.length} entries`);
    assert.equal(count(entries), 5_000);
  });

  it('enters what the ledger did not take once it does', (t) => {
    const { entries, refusals, ledger } = begin(t);
    ledger.works = false;
    for (let times = 0; times < 7; times++) refusals.note(refusal(1));
    t.mock.timers.tick(PERIOD_MS);
    assert.equal(entries.length, 0);
    ledger.works = true;
    t.mock.timers.tick(PERIOD_MS);
    assert.deepEqual([entries.length, count(entries)], [1, 7]);
  });

  it('enters what it counted when it is closed', (t) => {
    const { entries, refusals } = begin(t);
    for (let times = 0; times < 7; times++) refusals.note(refusal(1));
    refusals[Symbol.dispose]();
    assert.equal(count(entries), 7);
  });
});
