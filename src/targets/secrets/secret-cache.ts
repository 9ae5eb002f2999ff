import {
  LeasedSecret,
  REQUEST_TIMEOUT_MS,
  RETRY_INTERVAL_MS,
  type SecretOwner,
} from './leased-secret.ts';
import { unavailable } from './request-service.ts';
import type { SecretContent, SecretReading } from './secret-source.ts';
import type { SecretUse } from './secret-use.ts';
import { SourceError } from './source-error.ts';

/** Reads a secret of a source. @throws {SourceError} */
export type ReadSecret = (signal: AbortSignal) => Promise<SecretReading>;

/** What is asked of the cache. */
export interface CacheRequest<Picked> {
  /** Names source and path. */
  readonly key: string;
  readonly read: ReadSecret;
  readonly pick: (content: SecretContent) => Picked;
}

/** What the cache needs of the process. */
export interface SecretCacheParts {
  /** Milliseconds of a clock that nobody sets: the time of day may jump, a lease does not. */
  readonly nowMs: () => number;
  /** Told of what failed behind the back of those who asked. `key` names source and path. */
  readonly onProblem: (key: string, error: SourceError) => void;
}

const REREAD_INTERVAL_MS = 10_000;
const ENTRIES_MAX = 1_000;

/**
 * Secrets of sources, in memory only, each until its lifetime ends and never longer. Asked for by many at once, a
 * source is asked once. Leases that are in use are renewed, by `sweep`; one that is replaced lives on until the last
 * use of it has ended, and is revoked then.
 */
export class SecretCache implements AsyncDisposable {
  readonly #parts: SecretCacheParts;
  readonly #entries = new Map<string, Entry>();

  constructor(parts: SecretCacheParts) {
    this.#parts = parts;
  }

  /**
   * @param pick Takes what it needs: what it is given is wiped some time after it returns.
   * @throws {SourceError} If there is none that is still valid and the source gives none.
   */
  async get<Picked>({ key, read, pick }: CacheRequest<Picked>, use?: SecretUse): Promise<Picked> {
    const before = use?.find(key);
    if (before?.isValid === true) return pick(before.content);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#makeRoom();
      entry = new Entry(key, read, this.#parts);
      this.#entries.set(key, entry);
    }
    const found = entry.get();
    // Known ones are taken at once: while this waited, one could be replaced, and wiped.
    const secret = found instanceof Promise ? await found : found;
    if (!secret.isValid) throw unavailable('what it gave has ended already');
    use?.hold(key, secret);
    return pick(secret.content);
  }

  /** Renews what is due and forgets what has ended. To be called every second or so. */
  async sweep(): Promise<void> {
    await Promise.all([...this.#entries.values()].map((entry) => entry.sweep()));
    for (const [key, entry] of this.#entries) if (entry.isEmpty) this.#entries.delete(key);
  }

  /** Revokes all leases, as far as their sources answer within the time of one request. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#entries.values()].map((entry) => entry.end()));
    this.#entries.clear();
  }

  /** References come from the configuration alone, so that this is never reached by what anybody sends. */
  #makeRoom(): void {
    if (this.#entries.size < ENTRIES_MAX) return;
    for (const [key, entry] of this.#entries) {
      if (!entry.isIdle) continue;
      this.#entries.delete(key);
      void entry.end();
      return;
    }
  }
}

/** What a name stands for now, and what it stood for in sessions that still run. */
class Entry implements SecretOwner {
  readonly #key: string;
  readonly #read: ReadSecret;
  readonly #parts: SecretCacheParts;
  #current: LeasedSecret | undefined;
  readonly #retired = new Set<LeasedSecret>();
  #reading: Promise<LeasedSecret> | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor(key: string, read: ReadSecret, parts: SecretCacheParts) {
    this.#key = key;
    this.#read = read;
    this.#parts = parts;
  }

  get isEmpty(): boolean {
    return this.#current === undefined && this.#retired.size === 0 && this.#reading === undefined;
  }

  get isIdle(): boolean {
    return this.#retired.size === 0 && this.#current?.isHeld !== true;
  }

  get(): Promise<LeasedSecret> | LeasedSecret {
    const current = this.#current;
    if (current === undefined || !current.isValid) return this.#readOnce();
    current.isUsed = true;
    if (current.isDue && this.#parts.nowMs() - this.#readAtMs >= RETRY_INTERVAL_MS) {
      // There is time: who asks now does not wait, and is not told if it fails.
      this.#readOnce().catch((error: unknown) => this.#report(error));
    }
    return current;
  }

  async reread(stale: LeasedSecret): Promise<boolean> {
    if (this.#current === stale) {
      const isRecent = this.#parts.nowMs() - this.#readAtMs < REREAD_INTERVAL_MS;
      if (isRecent && this.#reading === undefined) return false;
      try {
        await this.#readOnce();
      } catch (error) {
        this.#report(error);
        return false;
      }
    }
    return this.#current !== undefined && !this.#current.equals(stale);
  }

  async sweep(): Promise<void> {
    const current = this.#current;
    if (current !== undefined && (!current.isValid || current.isForgotten)) this.#retire(current);
    for (const secret of this.#retired) if (!secret.isValid) this.#drop(secret);
    const secrets = [...this.#retired, ...(this.#current === undefined ? [] : [this.#current])];
    await Promise.all(secrets.map((secret) => secret.renewIfDue((error) => this.#report(error))));
  }

  async end(): Promise<void> {
    const secrets = [...this.#retired, ...(this.#current === undefined ? [] : [this.#current])];
    this.#retired.clear();
    this.#current = undefined;
    await Promise.all(secrets.map((secret) => secret.end((error) => this.#report(error))));
  }

  /** A retired secret that nobody uses is of no use to anybody. */
  released(secret: LeasedSecret): void {
    if (this.#retired.has(secret) && !secret.isHeld) this.#drop(secret);
  }

  #readOnce(): Promise<LeasedSecret> {
    this.#reading ??= this.#readAnew().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readAnew(): Promise<LeasedSecret> {
    // By when it was asked for, not answered: its lifetime may have begun at once.
    const askedAtMs = this.#parts.nowMs();
    this.#readAtMs = askedAtMs;
    const reading = await this.#read(AbortSignal.timeout(REQUEST_TIMEOUT_MS));
    const secret = new LeasedSecret(this, reading, { ...this.#parts, askedAtMs });
    if (this.#current !== undefined) this.#retire(this.#current);
    this.#current = secret;
    return secret;
  }

  #retire(secret: LeasedSecret): void {
    this.#current = undefined;
    this.#retired.add(secret);
    this.released(secret);
  }

  #drop(secret: LeasedSecret): void {
    this.#retired.delete(secret);
    void secret.end((error) => this.#report(error));
  }

  #report(error: unknown): void {
    // Nobody waits for this: thrown, it would end the process and all sessions.
    const known =
      error instanceof SourceError ? error : unavailable('it failed as it never should');
    this.#parts.onProblem(this.#key, known);
  }
}
