import type { EntrySource, LogPlace } from '../audit/entry-source.ts';
import type { ExportSettings } from '../configuration/export-settings.ts';
import {
  logExportGap,
  logExportRefused,
  logExportState,
  logUnexpectedError,
} from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { CursorStore } from './cursor-store.ts';
import type { ExportRecord, MaskStatement } from './export-record.ts';
import { type Batch, readBatch } from './read-batch.ts';
import { type FindSession, SessionContexts } from './session-contexts.ts';
import { type Sink, SinkError } from './sink.ts';
import { waitAfterFailures } from './wait-after-failures.ts';

/** What sending a ledger to a sink takes. */
export interface SinkExportParts {
  readonly sink: Sink;
  readonly settings: Pick<
    ExportSettings,
    'kind' | 'statements' | 'statementBytesMax' | 'kinds' | 'start'
  >;
  readonly source: EntrySource;
  readonly cursors: CursorStore;
  readonly findSession: FindSession;
  readonly maskStatement: MaskStatement;
  readonly nowMs: () => number;
  /** From 0, inclusive, to 1, exclusive. */
  readonly random: () => number;
  /** Resolves after so many milliseconds; rejects when the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly log: Log;
}

/** How an export goes. */
export interface SinkStatus {
  readonly name: string;
  readonly kind: ExportSettings['kind'];
  readonly state: 'working' | 'failing';
  /** What failed, without data; undefined while it works. */
  readonly problem: string | undefined;
  /** Milliseconds since the Unix epoch; undefined while it works. */
  readonly failingSinceMs: number | undefined;
  /** Since the start of the process. */
  readonly delivered: number;
  /** Entries that the sink will never take, since the start of the process. */
  readonly refused: number;
  /** Entries that were not in the ledger's files any more when it was their turn. */
  readonly missing: number;
  /** Milliseconds since the oldest entry that may not have been delivered. Undefined before the first look. */
  readonly lagMs: number | undefined;
  readonly logs: readonly LogStatus[];
}

export interface LogStatus {
  readonly log: string;
  /** Entries that the sink has had: all before this number. */
  readonly next: number;
}

/** Milliseconds between two looks at logs in which nothing was new. */
const LOOK_MS = 500;
/** Milliseconds that one delivery may take. */
const DELIVER_MS_MAX = 60_000;

/** Where logs are to be read on, and who is told once that is so. */
interface Replay {
  readonly places: ReadonlyMap<string, LogPlace | undefined>;
  readonly applied: PromiseWithResolvers<void>;
}

interface LogProgress {
  /** Undefined: at the beginning. */
  place: LogPlace | undefined;
  /** Whether the store knows the place. */
  isSaved: boolean;
  /** Milliseconds since the Unix epoch; every older entry was delivered. */
  deliveredUntilMs: number | undefined;
  failures: number;
  /** Milliseconds since the Unix epoch; the log cannot be read before. */
  againAtMs: number;
  readonly contexts: SessionContexts;
}

/**
 * Sends all logs of this machine to one sink, each in its order, a batch at a time: it reads on only when
 * the sink has taken what it was given. Nothing waits for it.
 */
export class SinkExport implements AsyncDisposable {
  readonly #parts: SinkExportParts;
  readonly #stopping = new AbortController();
  readonly #progress = new Map<string, LogProgress>();
  readonly #finished: Promise<void>;
  /** Ends the delivery that runs, so that the export goes on from elsewhere. */
  #interrupting = new AbortController();
  #replay: Replay | undefined;
  #problem: string | undefined;
  #failingSinceMs: number | undefined;
  #delivered = 0;
  #refused = 0;
  #missing = 0;

  /** Starts at once. */
  constructor(parts: SinkExportParts) {
    this.#parts = parts;
    this.#finished = this.#run();
  }

  get status(): SinkStatus {
    const { sink, settings, nowMs } = this.#parts;
    const untils = [...this.#progress.values()].map(({ deliveredUntilMs }) => deliveredUntilMs);
    const oldestMs = untils.includes(undefined)
      ? undefined
      : Math.min(...untils.filter((until) => until !== undefined));
    return {
      name: sink.name,
      kind: settings.kind,
      state: this.#failingSinceMs === undefined ? 'working' : 'failing',
      problem: this.#problem,
      failingSinceMs: this.#failingSinceMs,
      delivered: this.#delivered,
      refused: this.#refused,
      missing: this.#missing,
      lagMs:
        oldestMs === undefined || oldestMs === Infinity
          ? undefined
          : Math.max(0, nowMs() - oldestMs),
      logs: [...this.#progress].map(([log, { place }]) => ({ log, next: (place?.seq ?? -1) + 1 })),
    };
  }

  /**
   * Sends everything again from an instant on.
   *
   * @param sinceMs Milliseconds since the Unix epoch.
   * @returns Where each log is read on.
   */
  async replay(sinceMs: number): Promise<readonly LogStatus[]> {
    const { source } = this.#parts;
    const places = new Map<string, LogPlace | undefined>();
    for (const log of await source.listLogs())
      places.set(log, await source.findPlace(log, sinceMs));
    const applied = Promise.withResolvers<void>();
    this.#replay?.applied.resolve();
    this.#replay = { places, applied };
    this.#interrupting.abort();
    // Once the store knows it, it happens even if the process is killed.
    await applied.promise;
    return [...places].map(([log, place]) => ({ log, next: (place?.seq ?? -1) + 1 }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#finished;
    await this.#parts.sink[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    const { wait } = this.#parts;
    const { signal } = this.#stopping;
    await this.#untilDone(() => this.#begin());
    this.#work();
    while (!signal.aborted) {
      this.#interrupting = new AbortController();
      await this.#applyReplay();
      const either = AbortSignal.any([signal, this.#interrupting.signal]);
      try {
        const isAnyNew = await this.#lookAtAll(either);
        this.#work();
        if (!isAnyNew) await wait(LOOK_MS, either);
      } catch (error) {
        if (either.aborted) continue;
        this.#fail('the ledger cannot be read');
        logUnexpectedError(this.#parts.log, 'export', error);
        await wait(LOOK_MS, either).catch(ignoreAbort);
      }
    }
    for (const log of this.#progress.keys()) await this.#save(log);
    this.#replay?.applied.resolve();
  }

  /** Tries a step until it succeeds or the export ends. */
  async #untilDone(step: () => Promise<void>): Promise<void> {
    const { wait, random, log } = this.#parts;
    const { signal } = this.#stopping;
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        return await step();
      } catch (error) {
        this.#fail('the store does not answer');
        if (failures === 1) logUnexpectedError(log, 'export', error);
        await wait(waitAfterFailures(failures, random), signal).catch(ignoreAbort);
      }
    }
  }

  /** Finds where this sink was. */
  async #begin(): Promise<void> {
    const { cursors, sink, settings, source, nowMs } = this.#parts;
    const known = await cursors.list(sink.name);
    for (const { log, place } of known) this.#enter(log, place, true);
    if (known.length > 0 || settings.start === 'beginning') return;
    const startMs = nowMs();
    for (const log of await source.listLogs()) {
      this.#enter(log, await source.findPlace(log, startMs), false);
    }
  }

  #enter(log: string, place: LogPlace | undefined, isSaved: boolean): LogProgress {
    const progress: LogProgress = {
      place,
      isSaved,
      deliveredUntilMs: undefined,
      failures: 0,
      againAtMs: 0,
      contexts: new SessionContexts(this.#parts.findSession),
    };
    this.#progress.set(log, progress);
    return progress;
  }

  async #applyReplay(): Promise<void> {
    const replay = this.#replay;
    if (replay === undefined) return;
    this.#replay = undefined;
    for (const [log, place] of replay.places) {
      this.#enter(log, place, false);
      await this.#save(log);
    }
    replay.applied.resolve();
  }

  /** @returns Whether anything was new. */
  async #lookAtAll(signal: AbortSignal): Promise<boolean> {
    let isAnyNew = false;
    const logs = await this.#parts.source.listLogs();
    // Nobody waits for one that was taken away.
    for (const [log, progress] of this.#progress) if (!logs.includes(log)) progress.failures = 0;
    for (const log of logs) {
      signal.throwIfAborted();
      const progress = this.#progress.get(log) ?? this.#enter(log, undefined, true);
      if (await this.#look(log, progress, signal)) isAnyNew = true;
      if (!progress.isSaved) await this.#save(log);
    }
    return isAnyNew;
  }

  /** One batch of one log. A log that cannot be read does not keep others from being read. */
  async #look(log: string, progress: LogProgress, signal: AbortSignal): Promise<boolean> {
    const { nowMs, random } = this.#parts;
    const startedMs = nowMs();
    if (startedMs < progress.againAtMs) return false;
    let batch: Batch;
    try {
      batch = await readBatch(this.#parts, log, progress);
      if (batch.missing > 0) this.#countMissing(log, batch.missing);
      progress.failures = 0;
    } catch (error) {
      progress.failures += 1;
      progress.againAtMs = startedMs + waitAfterFailures(progress.failures, random);
      this.#fail(`entries of ${log} cannot be read; the log of the gateway says why`);
      logUnexpectedError(this.#parts.log, 'export', error);
      return false;
    }
    if (batch.last === undefined) {
      progress.deliveredUntilMs = startedMs;
      return false;
    }
    const [first] = batch.records;
    if (first !== undefined) progress.deliveredUntilMs = first.atMs;
    await this.#deliver(batch.records, signal);
    progress.place = batch.last;
    progress.isSaved = false;
    progress.deliveredUntilMs = batch.lastAtMs;
    return true;
  }

  #countMissing(ledgerLog: string, missing: number): void {
    this.#missing += missing;
    logExportGap(this.#parts.log, { sink: this.#parts.sink.name, ledgerLog, missing });
  }

  async #deliver(records: readonly ExportRecord[], signal: AbortSignal): Promise<void> {
    const { sink, wait, random } = this.#parts;
    let waiting = records;
    for (let failures = 1; waiting.length > 0; failures++) {
      const within = AbortSignal.any([signal, AbortSignal.timeout(DELIVER_MS_MAX)]);
      let waitMs = waitAfterFailures(failures, random);
      try {
        const { again, refused, refusedUnnamed } = await sink.deliver(waiting, within);
        this.#delivered += waiting.length - again.length - refused.length - refusedUnnamed;
        this.#refused += refusedUnnamed;
        for (const record of refused) this.#refuse(record);
        if (again.length === waiting.length) this.#fail('it takes nothing at present');
        else this.#work();
        if (again.length < waiting.length) failures = 1;
        waiting = again;
        if (again.length === 0) return;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof SinkError && error.code === 'ERR_SINK_REFUSED') {
          return this.#deliverApart(waiting, error, signal);
        }
        this.#noteFailure(error, within.aborted);
        if (error instanceof SinkError) waitMs = Math.max(waitMs, error.retryAfterMs ?? 0);
      }
      await wait(waitMs, signal);
    }
  }

  /** One record that a sink does not take must not keep the others from it. */
  async #deliverApart(
    records: readonly ExportRecord[],
    { cause }: SinkError,
    signal: AbortSignal,
  ): Promise<void> {
    const [only] = records;
    if (records.length === 1 && only !== undefined) {
      if (cause !== undefined) logUnexpectedError(this.#parts.log, 'export', cause);
      return this.#refuse(only);
    }
    const middle = Math.ceil(records.length / 2);
    await this.#deliver(records.slice(0, middle), signal);
    await this.#deliver(records.slice(middle), signal);
  }

  #noteFailure(error: unknown, isLate: boolean): void {
    if (error instanceof SinkError) return this.#fail(error.message);
    if (isLate) return this.#fail('it took too long');
    this.#fail('something went wrong; the log of the gateway says where');
    logUnexpectedError(this.#parts.log, 'export', error);
  }

  #refuse({ id }: ExportRecord): void {
    this.#refused += 1;
    logExportRefused(this.#parts.log, { sink: this.#parts.sink.name, entry: id });
  }

  #fail(problem: string): void {
    const { log, sink, nowMs } = this.#parts;
    this.#problem = problem;
    if (this.#failingSinceMs !== undefined) return;
    this.#failingSinceMs = nowMs();
    logExportState(log, { sink: sink.name, state: 'failing', problem });
  }

  /** What goes well says nothing of a log that cannot be read on. */
  #work(): void {
    const { log, sink } = this.#parts;
    if ([...this.#progress.values()].some(({ failures }) => failures > 0)) return;
    this.#problem = undefined;
    if (this.#failingSinceMs === undefined) return;
    this.#failingSinceMs = undefined;
    logExportState(log, { sink: sink.name, state: 'working', problem: undefined });
  }

  /** A place that the store does not take is offered to it again; until then the export goes on from memory. */
  async #save(log: string): Promise<void> {
    const { cursors, sink, nowMs } = this.#parts;
    const progress = this.#progress.get(log);
    if (progress === undefined || progress.isSaved) return;
    const { place } = progress;
    try {
      if (place === undefined) await cursors.forget(sink.name, log);
      else await cursors.save(sink.name, { log, place }, nowMs());
      progress.isSaved = true;
    } catch (error) {
      logUnexpectedError(this.#parts.log, 'export', error);
    }
  }
}

/** Whoever waits looks at the signal next. */
function ignoreAbort(): void {}
