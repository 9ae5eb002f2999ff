import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EntrySketch, sketchEntry } from '../audit/entry.fixture.ts';
import { type SignalSettings, signalsSchema } from '../configuration/signal-settings.ts';
import type { Signal } from './signal.ts';
import { SignalWatch } from './signal-watch.ts';

const LIMITS: SignalSettings = {
  ...signalsSchema().parse({}),
  refusalsMax: 3,
  maskedAttemptsMax: 1,
  rowsPerDayMax: 1_000,
  patientsPerDayMax: 5,
  rowsWorthNoticing: 10,
  patientsWorthNoticing: 1,
  targetsPerPatientMax: 2,
  familiarDays: 3,
};

describe('refusals', () => {
  test('too many within a while are one signal, with the entries behind it', () => {
    const ledger = new Ledger();
    ledger.start('s1');
    for (let i = 0; i < 3; i++) ledger.add({ kind: 'operation.refuse', session: 's1' });
    assert.equal(ledger.signals.length, 0);
    ledger.add({ kind: 'operation.refuse', session: 's1' });
    ledger.add({ kind: 'operation.refuse', session: 's1' });
    const [signal] = ledger.signals;
    assert.deepEqual(
      [signal?.rule, signal?.principalId, signal?.target, signal?.entries.map(({ seq }) => seq)],
      ['refusals', 'okta:ana', 'hospital', [1, 2, 3, 4]],
    );
    assert.equal(ledger.signals.length, 1);
  });

  test('a few now and then are none', () => {
    const ledger = new Ledger();
    ledger.start('s1');
    for (let i = 0; i < 20; i++) {
      ledger.atMs += 5 * 60_000;
      ledger.add({ kind: 'operation.refuse', session: 's1' });
    }
    assert.deepEqual(ledger.rules, []);
  });

  test('attempts to get around masks are fewer', () => {
    const ledger = new Ledger();
    ledger.start('s1');
    ledger.add({ kind: 'operation.refuse', session: 's1', refusedBy: 'masking' });
    ledger.add({ kind: 'pseudonym.use', session: 's1', count: 5, allowed: false });
    assert.deepEqual(ledger.rules, ['masked-columns']);
  });

  test('sign-ins that are refused count by where they come from', () => {
    const ledger = new Ledger();
    const refuse = (clientAddress: string, count?: number): void =>
      ledger.add({ kind: 'sign-in.refuse', clientAddress, ...(count !== undefined && { count }) });
    refuse('10.0.0.8', 2);
    refuse('10.0.0.9');
    refuse('10.0.0.8');
    assert.equal(ledger.signals.length, 0);
    refuse('10.0.0.9', 3);
    assert.deepEqual(ledger.rules, ['refusals']);
    assert.match(ledger.signals[0]?.summary ?? '', /from 10\.0\.0\.9$/);
  });

  test('sign-ins from many addresses of one IPv6 network are those of one client', () => {
    const ledger = new Ledger();
    for (let i = 1; i <= 4; i++) {
      ledger.add({ kind: 'sign-in.refuse', clientAddress: `2001:db8:7:${i}::1` });
    }
    assert.deepEqual(ledger.rules, ['refusals']);
    assert.match(ledger.signals[0]?.summary ?? '', /from 2001:db8:7::\/48$/);
  });
});

describe('volume', () => {
  test('more rows or patients than anybody may see in a day', () => {
    const ledger = new Ledger();
    ledger.start('s1');
    ledger.add(result('s1', 900, ['a', 'b', 'c']));
    assert.deepEqual(ledger.rules, []);
    ledger.add(result('s1', 101, ['a', 'b', 'c']));
    assert.deepEqual(ledger.rules, ['rows']);
    ledger.add(result('s1', 1, ['d', 'e', 'f']));
    assert.deepEqual(ledger.rules, ['rows', 'patients']);
    ledger.add(result('s1', 500, ['g', 'h']));
    assert.deepEqual(ledger.rules, ['rows', 'patients'], 'each is said once a day');
  });

  test('a day is compared with the days before it', () => {
    const ledger = new Ledger();
    for (let day = 0; day < 3; day++) {
      ledger.start('s1');
      ledger.add(result('s1', 20, ['a']));
      ledger.nextDay();
    }
    ledger.start('s1');
    ledger.add(result('s1', 100, ['a']));
    assert.deepEqual(ledger.rules, []);
    ledger.add(result('s1', 1, ['a']));
    assert.deepEqual(ledger.rules, ['rows']);
    assert.match(ledger.signals[0]?.summary ?? '', /101 rows today, usually 20/);
  });

  test('patients of results that tell only how many they were count, too', () => {
    const ledger = new Ledger();
    ledger.start('s1');
    ledger.add({
      kind: 'result',
      session: 's1',
      rows: 6,
      patients: { form: 'sketch', key: 'k', about: 6 },
    });
    assert.deepEqual(ledger.rules, ['patients']);
  });

  test('patients that only the conditions name count, since their rows can have been shown', () => {
    const ledger = new Ledger();
    ledger.start('s1');
    const named = { form: 'exact', key: 'k', hashes: ['a', 'b', 'c', 'd', 'e', 'f'] };
    ledger.add({ kind: 'result', session: 's1', rows: 1, named });
    assert.deepEqual(ledger.rules, ['patients']);
  });

  test('one patient on several targets', () => {
    const ledger = new Ledger();
    ledger.start('s1', { target: 'hospital' });
    ledger.start('s2', { target: 'billing' });
    ledger.add(result('s1', 1, ['a']));
    ledger.add(result('s2', 1, ['b']));
    assert.deepEqual(ledger.rules, []);
    ledger.add(result('s2', 1, ['a']));
    assert.deepEqual(ledger.rules, ['one-patient']);
  });
});

describe('habits', () => {
  test('an hour and a network that were never seen, once there are enough days to tell', () => {
    const ledger = new Ledger();
    for (let day = 0; day < 3; day++) {
      ledger.start('s1');
      ledger.nextDay();
    }
    ledger.start('s1');
    assert.deepEqual(ledger.rules, []);
    ledger.nextDay();
    ledger.atMs += 9 * 3_600_000;
    ledger.start('s1', { clientAddress: '192.0.2.1' });
    assert.deepEqual(ledger.rules, ['hour', 'origin']);
    ledger.start('s2', { clientAddress: '192.0.2.2' });
    assert.equal(ledger.rules.length, 2);
  });

  test('somebody who was away for long', () => {
    const ledger = new Ledger();
    ledger.start('s1');
    ledger.atMs += 91 * 86_400_000;
    ledger.start('s2');
    assert.deepEqual(ledger.rules, ['dormant']);
  });
});

test('what was learned can be kept, and goes on after a restart', () => {
  const before = new Ledger();
  for (let day = 0; day < 3; day++) {
    before.start('s1');
    before.add(result('s1', 20, ['a', 'b']));
    before.nextDay();
  }
  before.start('s1');
  before.add(result('s1', 60, ['a', 'b', 'c']));
  // As the store keeps it.
  const { sessions, histories } = before.watch.takeChanges();
  const state = {
    sessions: new Map(structuredClone([...sessions])),
    histories: new Map(structuredClone([...histories])),
  };
  const after = new Ledger(new SignalWatch(LIMITS, state));
  after.atMs = before.atMs;
  after.add(result('s1', 41, ['a', 'c', 'd', 'e', 'f', 'g']));
  assert.deepEqual(after.rules, ['rows', 'patients']);
});

test('what was said before a restart is not said again that day', () => {
  const before = new Ledger();
  before.start('s1');
  before.add(result('s1', 1_001, ['a']));
  assert.deepEqual(before.rules, ['rows']);
  const after = new Ledger(new SignalWatch(LIMITS, before.watch.takeChanges()));
  after.atMs = before.atMs;
  after.add(result('s1', 1, ['a']));
  assert.deepEqual(after.rules, []);
  after.nextDay();
  after.add(result('s1', 1_001, ['a']));
  assert.deepEqual(after.rules, ['rows']);
});

test('a clock that was wrong by years leaves no day that never ends', () => {
  const ledger = new Ledger();
  const rightMs = ledger.atMs;
  ledger.atMs += 3_000 * 86_400_000;
  ledger.start('s1');
  ledger.add(result('s1', 900, ['a']));
  ledger.atMs = rightMs;
  ledger.add(result('s1', 200, ['a']));
  assert.deepEqual(ledger.rules, []);
  assert.equal(ledger.watch.takeChanges().histories.get('okta:ana')?.rowsToday, 200);
});

test('sessions that a killed process left open are over when it starts again', () => {
  const ledger = new Ledger();
  ledger.start('s1');
  ledger.add({ kind: 'gateway.start' });
  assert.equal(ledger.watch.takeChanges().sessions.size, 0);
});

/** Entries of one log, and what the watch says of them. */
class Ledger {
  readonly watch: SignalWatch;
  readonly signals: Signal[] = [];
  atMs: number = Date.parse('2026-01-05T10:00:00Z');
  #seq = 0;

  constructor(watch: SignalWatch = new SignalWatch(LIMITS)) {
    this.watch = watch;
  }

  get rules(): readonly string[] {
    return this.signals.map(({ rule }) => rule);
  }

  add(fields: EntrySketch): void {
    const entry = sketchEntry(this.#seq++, this.atMs, fields);
    this.signals.push(...this.watch.add('gw-1', entry));
  }

  start(session: string, fields: { target?: string; clientAddress?: string } = {}): void {
    const principal = { id: 'okta:ana' };
    const usual = { target: 'hospital', clientAddress: '10.0.0.1' };
    this.add({ kind: 'session.start', session, principal, ...usual, ...fields });
  }

  nextDay(): void {
    this.atMs += 86_400_000;
  }
}

function result(session: string, rows: number, hashes: readonly string[]): EntrySketch {
  return { kind: 'result', session, rows, patients: { form: 'exact', key: 'k', hashes } };
}
