import { hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EntrySource, LogPlace, SourceEntry } from '../audit/entry-source.ts';
import type { LedgerPort } from '../audit/ledger-port.ts';
import { seal } from '../audit/seal.ts';
import type { SignalSettings } from '../configuration/signal-settings.ts';
import type { Alert, AlertStore } from './alert-store.ts';
import { mergeLogs } from './merge-logs.ts';
import type { Signal } from './signal.ts';
import { SignalWatch, WATCHED_KINDS } from './signal-watch.ts';

export interface LedgerWatchParts {
  /** Its name: each gateway reads its own logs. */
  readonly gateway: string;
  readonly source: Pick<EntrySource, 'listLogs' | 'readOn' | 'findPlace'>;
  readonly store: AlertStore;
  readonly ledger: LedgerPort;
  readonly limits: SignalSettings;
  /** Names of the channels that are to be told of each alert. */
  readonly channels: readonly string[];
  readonly nowMs: () => number;
  /** Told of each alert once it is in ledger and store. */
  readonly onAlert: (alert: Alert) => void;
}

const DAY_MS = 86_400_000;
/** How far back a log is read that was never read before: habits are learned from it. */
const LEARNING_MS: number = 30 * DAY_MS;
/** Of older entries, the rules only learn. */
const FRESH_MS: number = DAY_MS;
/** Entries between two turns of the event loop: sessions go on meanwhile. */
const ENTRIES_PER_TURN = 200;
/** Entries after which what was learned is kept. */
const ENTRIES_PER_SAVE = 20_000;
/** Entries that are recognised when they are read again: what a ledger keeps while its disk fails is seconds old. */
const LATELY_MAX = 10_000;

/** Reads a gateway's logs as they grow and raises alerts. One at a time for each gateway. */
export class LedgerWatch {
  readonly #parts: LedgerWatchParts;
  #watch: SignalWatch | undefined;
  readonly #places = new Map<string, LogPlace>();
  /** Where logs are to be begun of which nothing was taken yet: to find out takes a look at all of a log. */
  readonly #beginnings = new Map<string, LogPlace | undefined>();
  /** Log and hash of what was taken last, oldest first. */
  readonly #lately = new Set<string>();
  /** Entries were read that are not part of what is kept. */
  #isChanged = false;
  /** Raised and not kept yet: the ledger or the store failed. */
  #unsaved: readonly Alert[] = [];
  /** Of these, the ids of those that the ledger has. */
  readonly #sealed = new Set<string>();

  constructor(parts: LedgerWatchParts) {
    this.#parts = parts;
  }

  /**
   * Reads what came since the last time, all logs side by side: a day of one is not over while another is in it.
   * After a failure it goes on from there; nothing is lost, and no alert is raised twice.
   *
   * @throws What failed, once the logs that can be read have been.
   */
  async readOn(): Promise<void> {
    this.#watch ??= await this.#load();
    await this.#save();
    const logs = (await this.#parts.source.listLogs()).map((log) => this.#readLog(log));
    const failures: Error[] = [];
    let entries = 0;
    for await (const each of mergeLogs(logs, (error) => failures.push(error as Error))) {
      this.#take(this.#watch, each);
      entries += 1;
      if (entries % ENTRIES_PER_TURN === 0) await nextTurn();
      if (entries % ENTRIES_PER_SAVE === 0) await this.#save();
    }
    await this.#save();
    const [failure] = failures;
    if (failure !== undefined) throw failure;
  }

  async #load(): Promise<SignalWatch> {
    const { store, gateway, limits } = this.#parts;
    const state = await store.load(gateway);
    for (const [log, place] of state.places) this.#places.set(log, place);
    return new SignalWatch(limits, state);
  }

  async *#readLog(log: string): AsyncGenerator<SourceEntry, void> {
    const place = this.#places.get(log) ?? (await this.#findBeginning(log));
    yield* this.#parts.source.readOn(log, place, WATCHED_KINDS);
  }

  async #findBeginning(log: string): Promise<LogPlace | undefined> {
    const { source, nowMs } = this.#parts;
    if (!this.#beginnings.has(log)) {
      this.#beginnings.set(log, await source.findPlace(log, nowMs() - LEARNING_MS));
    }
    return this.#beginnings.get(log);
  }

  #take(watch: SignalWatch, { log, entry, leafHash, place }: SourceEntry): void {
    // After a failure of the disk a log goes on in a segment that has again what was read of the one before.
    if (!this.#isNew(`${log} ${leafHash}`)) return;
    const signals = watch.add(log, entry);
    this.#places.set(log, place);
    this.#isChanged = true;
    if (signals.length > 0 && Date.parse(entry.at) > this.#parts.nowMs() - FRESH_MS) {
      this.#unsaved = [...this.#unsaved, ...signals.map(toAlert)];
    }
  }

  #isNew(entry: string): boolean {
    if (this.#lately.has(entry)) return false;
    this.#lately.add(entry);
    const [oldest] = this.#lately;
    if (this.#lately.size > LATELY_MAX && oldest !== undefined) this.#lately.delete(oldest);
    return true;
  }

  /** Ledger first: what the store has, the ledger has. */
  async #save(): Promise<void> {
    const { store, gateway, ledger, channels, onAlert } = this.#parts;
    if (this.#watch === undefined || (!this.#isChanged && this.#unsaved.length === 0)) return;
    const alerts = this.#unsaved;
    for (const alert of alerts) {
      if (this.#sealed.has(alert.id)) continue;
      if ((await store.find(alert.id)) === undefined) await seal(ledger, describeRaise(alert));
      this.#sealed.add(alert.id);
    }
    const changes = this.#watch.takeChanges();
    try {
      const learned = { ...changes, places: new Map(this.#places) };
      await store.save(gateway, alerts, learned, channels);
    } catch (error) {
      this.#watch.putBack(changes);
      throw error;
    }
    this.#isChanged = false;
    this.#unsaved = this.#unsaved.slice(alerts.length);
    this.#sealed.clear();
    for (const alert of alerts) onAlert(alert);
  }
}

/** The same entries make the same alert. */
function toAlert(signal: Signal): Alert {
  const { rule, principalId, entries } = signal;
  const digest = hash('sha256', JSON.stringify([rule, principalId, entries.at(-1)]), 'hex');
  return { ...signal, id: `alert_${digest.slice(0, 24)}`, state: 'open' };
}

function describeRaise({ id, rule, principalId, target, entries }: Alert) {
  return {
    kind: 'alert.raise',
    alert: id,
    rule,
    principal: principalId,
    ...(target !== undefined && { target }),
    entries,
  } as const;
}
