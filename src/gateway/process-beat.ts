import { setTimeout as wait } from 'node:timers/promises';

/** A process of a gateway, as it says of itself. */
export interface ProcessRecord {
  /** The process, by its log. */
  readonly log: string;
  readonly gateway: string;
  /** Of Sallyport. */
  readonly version: string;
  /** Milliseconds since the Unix epoch, by its own clock. */
  readonly startedAtMs: number;
  /** Since when it ends. Undefined: it does not. */
  readonly drainingAtMs: number | undefined;
}

/** A process of a gateway, as the store knows it. */
export interface KnownProcess extends ProcessRecord {
  /** When it last gave a sign of life, by the store's clock. */
  readonly beatAtMs: number;
  /** Whether that is too long ago. */
  readonly isSilent: boolean;
  /** Sessions of it that have not ended. */
  readonly sessions: number;
}

/** Where processes of gateways say that they are there. */
export interface ProcessStore {
  beat(own: ProcessRecord): Promise<void>;
  /** By name, with those that fell silent. */
  list(): Promise<readonly KnownProcess[]>;
  /** Takes back that one is there. */
  leave(log: string): Promise<void>;
}

/** Milliseconds between signs of life. */
const BEAT_INTERVAL_MS = 2_000;

/**
 * Says in the store that a process is there, for as long as it is. What the store does not take is not told anybody
 * here: without a sign of life the process is shown as silent, and whoever needs the store for more complains of it.
 */
export class ProcessBeat implements AsyncDisposable {
  readonly #store: Pick<ProcessStore, 'beat' | 'leave'>;
  readonly #nowMs: () => number;
  readonly #stopping = new AbortController();
  readonly #beating: Promise<void>;
  /** The last sign of life, or the one that is on its way. */
  #beat: Promise<void> = Promise.resolve();
  /** Whether the store took it. */
  #isHeard = false;
  #own: ProcessRecord;

  constructor(
    store: Pick<ProcessStore, 'beat' | 'leave'>,
    own: Pick<ProcessRecord, 'log' | 'gateway' | 'version'>,
    nowMs: () => number,
  ) {
    this.#store = store;
    this.#nowMs = nowMs;
    this.#own = { ...own, startedAtMs: nowMs(), drainingAtMs: undefined };
    this.#beating = this.#goOn();
  }

  /** Says that the process comes to its end. */
  async drain(): Promise<void> {
    this.#own = { ...this.#own, drainingAtMs: this.#nowMs() };
    await this.#giveSign();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#beating;
    await this.#beat;
    // A store that is away would hold up the end of the process.
    if (this.#isHeard) await this.#store.leave(this.#own.log).catch(() => undefined);
  }

  async #goOn(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#giveSign();
      await wait(BEAT_INTERVAL_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** One after the other: none may say what is not true any more, nor that the process is there once it is not. */
  #giveSign(): Promise<void> {
    this.#beat = this.#beat.then(async () => {
      try {
        await this.#store.beat(this.#own);
        this.#isHeard = true;
      } catch {
        this.#isHeard = false;
      }
    });
    return this.#beat;
  }
}
