import { randomBytes } from 'node:crypto';
import type { RetentionSettings } from '../../configuration/retention-settings.ts';
import type { DayKeyFiles } from '../../encryption/day-key-files.ts';
import { type Day, dayOf } from '../../encryption/day-keys.ts';
import { removeRecordings } from '../../recording/remove-recordings.ts';
import type { LedgerPort } from '../ledger-port.ts';
import { listLogs } from '../list-logs.ts';
import { seal } from '../seal.ts';
import { type ExpiredDays, expire } from './expire.ts';
import { type DayRange, joinDays } from './join-days.ts';
import type { KeptThing } from './kept-thing.ts';
import { type Hold, isHeld, RetentionHistory, type SaidExpiry } from './retention-history.ts';
import { LedgerSweep } from './sweep-ledger.ts';

/** What keeping and erasing needs. */
export interface RetentionParts {
  /** `<data>/ledger`. */
  readonly ledgerDirectory: string;
  /** `<data>/recordings`. */
  readonly recordingsDirectory: string;
  readonly ledger: LedgerPort;
  readonly contentKeys: DayKeyFiles;
  readonly recordingKeys: DayKeyFiles;
  readonly settings: () => RetentionSettings;
  /** As `ExpiryParts.waitForWitnesses`. */
  readonly waitForWitnesses: () => Promise<boolean>;
  readonly nowMs: () => number;
  /** Milliseconds that the process runs, by the monotonic clock. */
  readonly uptimeMs: () => number;
}

/** Who begins or ends a hold. */
export interface HoldActor {
  readonly principal: string;
  readonly clientAddress: string;
  /** In their words; kept apart from the entry. */
  readonly reason: string;
}

/** What a run did, or why it did nothing. */
export type RetentionRun =
  | {
      readonly state: 'ran';
      readonly expired: ExpiredDays;
      /** Why something whose time is over is still there: one for each thing and day. */
      readonly failures: readonly Error[];
      readonly erasedSegments: number;
      /** Segments that were not touched: their headers name a day that was over before their entries were written. */
      readonly misdated: readonly string[];
    }
  /** The clock made a leap: what it says may expire, and can never be brought back. */
  | { readonly state: 'clock-in-doubt' };

const DAY_MS = 86_400_000;
/** The wall clock may differ so much from the monotonic one since the start. */
const DRIFT_MAX_MS = 3_600_000;
/** Days without a key before today: a gateway that was off, or a clock that is wrong. */
const GAP_DAYS_MAX = 7;
/** After such a gap, somebody has so long to notice. */
const GAP_WAIT_MS = 86_400_000;

/** Expires what is kept, and keeps what is held. One process of a gateway does it for all of them. */
export class RetentionKeeper {
  readonly #parts: RetentionParts;
  readonly #history: RetentionHistory;
  readonly #sweep: LedgerSweep;
  readonly #startedAtMs: number;
  /** A hold never begins between the look at the holds and the end of a key. */
  #critical: Promise<unknown> = Promise.resolve();

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    this.#history = new RetentionHistory(parts.ledgerDirectory);
    this.#sweep = new LedgerSweep(parts.ledgerDirectory);
    this.#startedAtMs = parts.nowMs() - parts.uptimeMs();
  }

  /** Expires what is due, and erases what is left of what expired. Called every hour or so. */
  async run(): Promise<RetentionRun> {
    const { settings, contentKeys, recordingKeys, ledger, waitForWitnesses, nowMs } = this.#parts;
    const { ledgerDirectory } = this.#parts;
    if (!(await this.#isClockTrusted())) return { state: 'clock-in-doubt' };
    const parts = {
      days: {
        content: contentKeys,
        recordings: recordingKeys,
        entries: { list: () => this.#listDaysWithEntries() },
      },
      describeLasting: (day: Day) => this.#sweep.describeLasting(day),
      listSpans: (day: Day) => this.#sweep.listSpans(day),
      readHolds: () => this.listHolds(),
      listLogs: () => listLogs(ledgerDirectory),
      expectWhole: async (kept: KeptThing, day: Day) => {
        if (kept === 'entries') await this.#sweep.expectWhole(day);
      },
      destroy: (kept: KeptThing, day: Day) => this.#destroy(kept, day),
      seal: (entry: Parameters<typeof seal>[1]) => seal(ledger, entry),
      waitForWitnesses,
    };
    const { expired, failures } = await expire(settings(), parts, nowMs());
    await this.#removeRecordings();
    const { expiredDays } = await this.#history.read();
    // A tombstone alone is no reason: anybody who owns the disk can put one there.
    const destroyed = (await contentKeys.listDestroyed()).filter((day) => expiredDays.has(day));
    const erasedSegments = await this.#sweep.run(new Set(destroyed));
    return { state: 'ran', expired, failures, erasedSegments, misdated: this.#sweep.misdated };
  }

  /** The last day of which entries have expired: no answer from the ledger speaks of all of it. */
  findLastExpiredDay(): Promise<Day | undefined> {
    return this.#sweep.findLastExpiredDay();
  }

  /**
   * What was said to expire and is under no hold now; of recordings, what has no key any more. Whether contents and
   * entries are gone, their segments say.
   */
  async listExpiries(): Promise<readonly SaidExpiry[]> {
    const { holds, expiries } = await this.#history.read();
    const destroyed = new Set(await this.#parts.recordingKeys.listDestroyed());
    return expiries.filter(
      ({ of, day }) => !isHeld(holds, day) && (of !== 'recordings' || destroyed.has(day)),
    );
  }

  /** The holds in force. */
  async listHolds(): Promise<readonly Hold[]> {
    return (await this.#history.read()).holds;
  }

  /**
   * Begins a hold: from now on nothing of these days expires. What is gone already is said in the entry, so
   * that nobody can be blamed for it later.
   *
   * @param days First and last.
   */
  async startHold(
    { from, until }: Pick<Hold, 'from' | 'until'>,
    { principal, clientAddress, reason }: HoldActor,
  ): Promise<Hold> {
    const id = `hold_${randomBytes(9).toString('base64url')}`;
    return this.#inTurn(async () => {
      const { contentKeys, recordingKeys, ledger, ledgerDirectory, nowMs } = this.#parts;
      const isWithin = (day: Day): boolean => from <= day && day <= until;
      const listGone = async (keys: DayKeyFiles): Promise<readonly DayRange[]> =>
        joinDays(
          (await keys.listDestroyed()).filter(isWithin),
          (await keys.list()).filter(isWithin),
        );
      const gone = await listGone(contentKeys);
      const goneRecordings = await listGone(recordingKeys);
      const days = await this.#sweep.listDays(isWithin);
      const halves = days.thinned.filter((day) => days.whole.includes(day));
      const goneEntries = joinDays(
        days.thinned.filter((day) => !days.whole.includes(day)),
        days.whole,
      );
      await seal(ledger, {
        kind: 'hold.start',
        hold: id,
        from,
        until,
        gone,
        goneRecordings,
        ...(goneEntries.length > 0 && { goneEntries }),
        // Of days whose expiry was interrupted: the rest of them is kept.
        ...(halves.length > 0 && { thinned: await this.#sweep.listThinned(halves) }),
        logs: await listLogs(ledgerDirectory),
        principal,
        clientAddress,
        content: { reason },
      });
      return { id, since: new Date(nowMs()).toISOString(), from, until };
    });
  }

  /** Ends a hold. False if there is none of this id. */
  async endHold(id: string, { principal, clientAddress, reason }: HoldActor): Promise<boolean> {
    return this.#inTurn(async () => {
      if (!(await this.listHolds()).some((hold) => hold.id === id)) return false;
      const { ledger, ledgerDirectory } = this.#parts;
      const logs = await listLogs(ledgerDirectory);
      const entry = { kind: 'hold.end', hold: id, logs, principal, clientAddress } as const;
      await seal(ledger, { ...entry, content: { reason } });
      return true;
    });
  }

  /** As far as they may be due. */
  async #listDaysWithEntries(): Promise<readonly Day[]> {
    const { settings, nowMs } = this.#parts;
    const before = dayOf(nowMs() - (settings().entriesMs ?? 0));
    const { whole } = await this.#sweep.listDays((day) => day < before);
    return whole;
  }

  /** Those of a run that was interrupted, too: their key is gone, but raw tracks have keys of others. */
  async #removeRecordings(): Promise<void> {
    const { recordingsDirectory } = this.#parts;
    for (const { of, day } of await this.listExpiries()) {
      if (of === 'recordings') await removeRecordings(recordingsDirectory, day);
    }
  }

  #destroy(kept: KeptThing, day: Day): Promise<boolean> {
    return this.#inTurn(async () => {
      if (isHeld(await this.listHolds(), day)) return false;
      const { contentKeys, recordingKeys } = this.#parts;
      if (kept === 'entries') await this.#sweep.expireEntries(day);
      else await (kept === 'content' ? contentKeys : recordingKeys).destroy(day);
      return true;
    });
  }

  async #isClockTrusted(): Promise<boolean> {
    const { nowMs, uptimeMs, contentKeys } = this.#parts;
    const drift = Math.abs(nowMs() - this.#startedAtMs - uptimeMs());
    if (drift > DRIFT_MAX_MS) return false;
    const today = dayOf(nowMs());
    const days = [...(await contentKeys.list()), ...(await contentKeys.listDestroyed())];
    const before = days.filter((day) => day < today).toSorted();
    const last = before.at(-1);
    if (last === undefined) return true;
    const gapDays = (Date.parse(today) - Date.parse(last)) / DAY_MS;
    return gapDays <= GAP_DAYS_MAX || uptimeMs() >= GAP_WAIT_MS;
  }

  #inTurn<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const turn = this.#critical.then(work);
    this.#critical = turn.catch(() => undefined);
    return turn;
  }
}
