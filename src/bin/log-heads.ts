import type { SignedCheckpoint } from '../audit/checkpoint-writer.ts';
import type { LedgerPort } from '../audit/ledger-port.ts';
import { HEADS_INTERVAL_MS } from '../audit/verify-heads.ts';
import type { LedgerLogRegistry } from '../store/ledger-logs.ts';
import { logLedgerContradicted, logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';

/** Whose head is told, and to whom. */
export interface LogHeadsOptions {
  readonly ledger: Pick<LedgerPort, 'append'>;
  readonly logs: Pick<LedgerLogRegistry, 'remember' | 'list'>;
  readonly logName: string;
  readonly nowMs: () => number;
  readonly log: Log;
}

/**
 * Tells the other gateways how far a log is, and enters how far theirs are: so a log that vanishes, or its end, is missed
 * by who has the others.
 */
export class LogHeads {
  readonly #options: LogHeadsOptions;
  #enteredAtMs = Number.NEGATIVE_INFINITY;
  #enteredNames = '';
  /** Not told yet. */
  #newest: SignedCheckpoint | undefined;
  #telling: Promise<void> | undefined;

  constructor(options: LogHeadsOptions) {
    this.#options = options;
  }

  /** To be called with each checkpoint. Does not reject: without the store, it is done with the next one. */
  hear(checkpoint: SignedCheckpoint): Promise<void> {
    this.#newest = checkpoint;
    this.#telling ??= this.#tell();
    return this.#telling;
  }

  /** One after the other: behind a newer one, an older one would look as if the log had been cut. */
  async #tell(): Promise<void> {
    const { logs, logName, nowMs, log } = this.#options;
    try {
      while (this.#newest !== undefined) {
        const { size, root } = this.#newest;
        this.#newest = undefined;
        const isKnown = await logs.remember(logName, { size, root, atMs: nowMs() });
        if (!isKnown) logLedgerContradicted(log, { log: logName, size });
        await this.#enter();
      }
    } catch (error) {
      logUnexpectedError(log, 'log heads', error);
    } finally {
      this.#telling = undefined;
    }
  }

  /** Each hour, and when there is a log that was not there before. */
  async #enter(): Promise<void> {
    const { ledger, logs, logName, nowMs } = this.#options;
    const heads = (await logs.list()).flatMap(({ id, checkpoint }) =>
      id === logName || checkpoint === undefined
        ? []
        : [{ log: id, size: checkpoint.size, root: checkpoint.root.toString('hex') }],
    );
    const names = heads.map(({ log }) => log).join(' ');
    const isDue = nowMs() - this.#enteredAtMs >= HEADS_INTERVAL_MS;
    if (heads.length === 0 || (!isDue && names === this.#enteredNames)) return;
    ledger.append({ kind: 'ledger.heads', logs: heads }, 'written', () => undefined);
    this.#enteredAtMs = nowMs();
    this.#enteredNames = names;
  }
}
