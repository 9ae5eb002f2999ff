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
  for (const part of ['ledger', 'store'] as const) {
    world.failing = part;
    await assert.rejects(watch.readOn());
    assert.equal(world.alerts.size, 0);
  }
  world.failing = undefined;
  await watch.readOn();
  assert.equal(world.alerts.size, 1);
});

test('of what is old, habits are learned and nothing is raised', async () => {
  const world = new World();
  world.atMs = NOW_MS - 3 * 86_400_000;
  world.refuse(9);
  await world.watch().readOn();
  assert.equal(world.alerts.size, 0);
});

/** One log, a ledger, a store, and what happened to them. */
class World {
  readonly alerts = new Map<string, Alert>();
  readonly order: string[] = [];
  readonly #entries: Entry[] = [];
  learned: LearnedState | undefined;
  failing: 'ledger' | 'store' | undefined;
  atMs: number = NOW_MS;
  /** Entries that were handed out. */
  read = 0;

  constructor() {
    const principal = { id: 'okta:ana' };
    this.#add({ kind: 'session.start', session: 's1', principal, target: 'hospital' });
  }

  refuse(count: number): void {
    for (let i = 0; i < count; i++) this.#add({ kind: 'operation.refuse', session: 's1' });
  }

  #add(fields: EntrySketch): void {
    this.#entries.push(sketchEntry(this.#entries.length, this.atMs, fields));
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
        listLogs: async () => ['gw-1.0'],
        findPlace: async () => undefined,
        readOn: (log, place) => this.#readOn(log, place),
      },
      store: this.#store(),
      ledger,
      limits: { ...signalsSchema().parse({}), refusalsMax: 3 },
      nowMs: () => NOW_MS,
      onAlert: () => this.order.push('told'),
    });
  }

  async *#readOn(log: string, place: LogPlace | undefined): AsyncGenerator<SourceEntry, void> {
    for (const entry of this.#entries.slice((place?.seq ?? -1) + 1)) {
      this.read += 1;
      const at = { seq: entry.seq, segment: '0000000000000000.segment', offset: entry.seq };
      yield { log, entry, content: { state: 'none' }, leafHash: '', bytes: 1, place: at };
    }
  }

  #store(): AlertStore {
    const empty: LearnedState = { places: new Map(), sessions: new Map(), histories: new Map() };
    return {
      load: async () => this.learned ?? empty,
      save: async (_gateway, alerts, learned) => {
        if (this.failing === 'store') throw new Error('store');
        for (const alert of alerts) {
          if (!this.alerts.has(alert.id)) this.alerts.set(alert.id, alert);
          this.order.push('store');
        }
        this.learned = learned;
      },
      listPatients: async () => [],
      find: async (id) => this.alerts.get(id),
      list: async () => ({ alerts: [...this.alerts.values()], nextCursor: undefined }),
      count: async () => [],
      close: async () => undefined,
    };
  }
}
