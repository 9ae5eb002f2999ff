import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../audit/decode-entry.ts';
import { type EntrySketch, sketchEntry } from '../audit/entry.fixture.ts';
import type { LogPlace, SourceEntry } from '../audit/entry-source.ts';
import type { LedgerPort } from '../audit/ledger-port.ts';
import { signalsSchema } from '../configuration/signal-settings.ts';
import type { Alert, AlertStore, LearnedState } from './alert-store.ts';
import { LedgerWatch } from './ledger-watch.ts';

const NOW_MS = Date.parse('2026-01-05T10:00:00Z');

test('an alert is in the ledger, then in the store, and is told once', async () => {
  const world = new World();
  world.refuse(4);
  await world.watch().readOn();
  assert.deepEqual(world.order, ['ledger', 'store', 'told']);
  assert.deepEqual(
    [...world.alerts.values()].map(({ rule }) => rule),
    ['refusals'],
  );
});

test('a new process goes on where the last one was, and raises nothing twice', async () => {
  const world = new World();
  world.refuse(2);
  await world.watch().readOn();
  world.refuse(2);
  const watch = world.watch();
  await watch.readOn();
  await watch.readOn();
  assert.equal(world.read, 5, 'each entry once');
  world.learned = undefined;
  world.refuse(1);
  await world.watch().readOn();
  await world.watch().readOn();
  assert.equal(world.alerts.size, 1);
  assert.equal(world.order.filter((step) => step === 'ledger').length, 1);
});

test('while the store or the ledger fails, alerts wait', async () => {
  const world = new World();
  world.refuse(4);
  const watch = world.watch();
  for (const part of ['ledger', 'store', 'store'] as const) {
    world.failing = part;
    await assert.rejects(watch.readOn());
    assert.equal(world.alerts.size, 0);
  }
  world.failing = undefined;
  await watch.readOn();
  assert.equal(world.alerts.size, 1);
  assert.deepEqual(world.order, ['ledger', 'store', 'told'], 'the ledger has it once');
});

test('of what is old, habits are learned and nothing is raised', async () => {
  const world = new World();
  world.atMs = NOW_MS - 3 * 86_400_000;
  world.refuse(9);
  await world.watch().readOn();
  assert.equal(world.alerts.size, 0);
});

test('a log that cannot be read leaves the others readable, and is said', async () => {
  const world = new World();
  world.refuse(1);
  world.damaged.add('gw-1.0');
  world.log = 'gw-1.1';
  world.start('s1');
  world.refuse(4);
  await assert.rejects(world.watch().readOn(), /damaged/);
  assert.equal(world.alerts.size, 1);
  assert.equal(world.learned?.places.get('gw-1.1')?.seq, 4, 'it goes on behind it');
});

test('of several logs, what was shown yesterday does not count as of today', async () => {
  const world = new World();
  const [yesterday, today] = [NOW_MS - 20 * 3_600_000, NOW_MS];
  for (const log of ['gw-1.1', 'gw-1.2']) {
    world.log = log;
    for (const atMs of [yesterday, today]) {
      world.atMs = atMs;
      world.start(`${log} ${atMs}`);
      world.show(`${log} ${atMs}`, 10);
    }
  }
  await world.watch().readOn();
  assert.equal(world.learned?.histories.get('okta:ana')?.rowsToday, 20);
});

test('what a log has again behind a failure of the disk does not count again', async () => {
  const world = new World();
  world.refuse(2);
  const watch = world.watch();
  await watch.readOn();
  world.rewindTo = 1;
  world.refuse(1);
  await watch.readOn();
  assert.equal(world.alerts.size, 0, 'three refusals are not more than three');
  world.refuse(1);
  await watch.readOn();
  assert.equal(world.alerts.size, 1);
});

test('where a log begins of which nothing is wanted is looked for once', async () => {
  const world = new World();
  world.log = 'gw-1.1';
  world.start('s1');
  world.hidden.add('gw-1.0');
  const watch = world.watch();
  await watch.readOn();
  await watch.readOn();
  assert.deepEqual(world.looked, ['gw-1.0', 'gw-1.1']);
});

test('the store is told which channels want to hear of an alert', async () => {
  const world = new World();
  world.refuse(4);
  await world.watch().readOn();
  assert.deepEqual(world.told, ['chat']);
});

/** Logs, a ledger, a store, and what happened to them. */
class World {
  readonly alerts = new Map<string, Alert>();
  readonly order: string[] = [];
  readonly #logs = new Map<string, Entry[]>();
  /** Logs that fail after their last entry. */
  readonly damaged = new Set<string>();
  /** Logs without entries that are wanted. */
  readonly hidden = new Set<string>();
  /** Logs whose beginnings were looked for. */
  readonly looked: string[] = [];
  /** Where the log goes on that is read next, if not where it was left. */
  rewindTo: number | undefined;
  told: readonly string[] = [];
  /** The one that is written. */
  log = 'gw-1.0';
  learned: LearnedState | undefined;
  failing: 'ledger' | 'store' | undefined;
  atMs: number = NOW_MS;
  /** Entries that were handed out. */
  read = 0;

  constructor() {
    this.start('s1');
  }

  start(session: string): void {
    const principal = { id: 'okta:ana' };
    this.#add({ kind: 'session.start', session, principal, target: 'hospital' });
  }

  show(session: string, rows: number): void {
    this.#add({ kind: 'result', session, rows });
  }

  refuse(count: number): void {
    for (let i = 0; i < count; i++) this.#add({ kind: 'operation.refuse', session: 's1' });
  }

  #add(fields: EntrySketch): void {
    const entries = this.#logs.get(this.log) ?? [];
    this.#logs.set(this.log, entries);
    entries.push(sketchEntry(entries.length, this.atMs, fields));
  }

  watch(): LedgerWatch {
    const ledger: LedgerPort = {
      health: 'healthy',
      append: (_entry, _mode, done) => {
        const isFailing = this.failing === 'ledger';
        if (!isFailing) this.order.push('ledger');
        done(isFailing ? new Error('disk') : undefined);
      },
    };
    return new LedgerWatch({
      gateway: 'gw-1',
      source: {
        listLogs: async () => [...this.#logs.keys()],
        findPlace: async (log) => {
          this.looked.push(log);
          return undefined;
        },
        readOn: (log, place) => this.#readOn(log, place),
      },
      store: this.#store(),
      ledger,
      limits: { ...signalsSchema().parse({}), refusalsMax: 3 },
      channels: ['chat'],
      nowMs: () => NOW_MS,
      onAlert: () => this.order.push('told'),
    });
  }

  async *#readOn(log: string, place: LogPlace | undefined): AsyncGenerator<SourceEntry, void> {
    if (this.hidden.has(log)) return;
    const from = this.rewindTo ?? (place?.seq ?? -1) + 1;
    this.rewindTo = undefined;
    for (const entry of (this.#logs.get(log) ?? []).slice(from)) {
      this.read += 1;
      const at = { seq: entry.seq, segment: '0000000000000000.segment', offset: entry.seq };
      const leafHash = JSON.stringify(entry);
      yield { log, entry, content: { state: 'none' }, leafHash, bytes: 1, place: at };
    }
    if (this.damaged.has(log)) throw new Error('damaged');
  }

  #store(): AlertStore {
    const empty: LearnedState = { places: new Map(), sessions: new Map(), histories: new Map() };
    return {
      load: async () => this.learned ?? empty,
      save: async (_gateway, alerts, learned, channels = []) => {
        if (this.failing === 'store') throw new Error('store');
        for (const alert of alerts) {
          if (!this.alerts.has(alert.id)) this.alerts.set(alert.id, alert);
          this.order.push('store');
          this.told = channels;
        }
        this.learned = learned;
      },
      listPatients: async () => ({ shown: [], last: new Map() }),
      find: async (id) => this.alerts.get(id),
      list: async () => ({ alerts: [...this.alerts.values()], nextCursor: undefined }),
      count: async () => [],
      close: async () => undefined,
    };
  }
}
