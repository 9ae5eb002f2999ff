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

/** What uses hold of the cache. */
export interface HeldSecret {
  readonly content: SecretContent;
  /** False: its lease has ended, and it is wiped. */
  readonly isValid: boolean;
  hold(): void;
  release(): void;
  /** Whether what the source has now is something else. */
  reread(): Promise<boolean>;
}

/** What the cache needs of the process. */
export interface SecretCacheParts {
  /** Milliseconds of a clock that nobody sets: the time of day may jump, a lease does not. */
  readonly nowMs: () => number;
  /** Told of what failed behind the back of those who asked. `key` names source and path. */
  readonly onProblem: (key: string, error: SourceError) => void;
}

/** However long a source says: what was revoked there does not stay in memory for weeks. */
const LIFETIME_MAX_MS = 86_400_000;
/** Parts of a lifetime after which it is renewed, or what it is of is read anew. */
const RENEWED_AFTER = 2 / 3;
/** A lease that is prolonged by less than this part of what it was given for is at its end. */
const PROLONGED_MIN = 1 / 2;
const REREAD_INTERVAL_MS = 10_000;
const RETRY_INTERVAL_MS = 1_000;
const READ_TIMEOUT_MS = 15_000;
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
    const secret = await entry.get();
    // A promise is told to others first, and what ends is wiped.
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
class Entry {
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
      if (this.#parts.nowMs() - this.#readAtMs < REREAD_INTERVAL_MS) return false;
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
    const reading = await this.#read(AbortSignal.timeout(READ_TIMEOUT_MS));
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
    if (!(error instanceof SourceError)) throw error;
    this.#parts.onProblem(this.#key, error);
  }
}

/** One reading, for as long as it lasts. */
class LeasedSecret implements HeldSecret {
  readonly content: SecretContent;
  /** Asked for since it was last renewed. */
  isUsed = true;
  readonly #entry: Entry;
  readonly #reading: SecretReading;
  readonly #nowMs: () => number;
  #holders = 0;
  #endsAtMs: number;
  #dueAtMs: number;
  #renewing: Promise<void> | undefined;
  /** It cannot be prolonged as it was: the next to ask should get another. */
  #isEnding = false;

  constructor(
    entry: Entry,
    reading: SecretReading,
    { nowMs, askedAtMs }: Pick<SecretCacheParts, 'nowMs'> & { readonly askedAtMs: number },
  ) {
    this.#entry = entry;
    this.#reading = reading;
    this.content = reading.content;
    this.#nowMs = nowMs;
    const lifetimeMs = Math.min(reading.lifetimeMs, LIFETIME_MAX_MS);
    this.#endsAtMs = askedAtMs + lifetimeMs;
    this.#dueAtMs = askedAtMs + lifetimeMs * RENEWED_AFTER;
  }

  get isValid(): boolean {
    return this.#nowMs() < this.#endsAtMs;
  }

  /** Whether those who ask should get another one soon. A lease is renewed instead, until it cannot be. */
  get isDue(): boolean {
    return this.#reading.lease === undefined ? this.#isRenewalDue : this.#isEnding;
  }

  get isHeld(): boolean {
    return this.#holders > 0;
  }

  /** A lease that nobody used for all its time: renewing it for ever would keep a user in the database for nothing. */
  get isForgotten(): boolean {
    return this.#reading.lease !== undefined && !this.isHeld && !this.isUsed && this.#isRenewalDue;
  }

  hold(): void {
    this.#holders += 1;
  }

  release(): void {
    this.#holders -= 1;
    this.#entry.released(this);
  }

  reread(): Promise<boolean> {
    return this.#entry.reread(this);
  }

  equals({ content }: LeasedSecret): boolean {
    return isEqual(this.content, content);
  }

  renewIfDue(onProblem: (error: unknown) => void): Promise<void> {
    const { lease } = this.#reading;
    if (lease === undefined || !this.#isRenewalDue) return Promise.resolve();
    this.#renewing ??= this.#renew(onProblem).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async end(onProblem: (error: unknown) => void): Promise<void> {
    const { lease } = this.#reading;
    const isOver = !this.isValid;
    this.#endsAtMs = Number.NEGATIVE_INFINITY;
    wipe(this.content);
    if (lease === undefined || isOver) return;
    try {
      await lease.revoke(AbortSignal.timeout(READ_TIMEOUT_MS));
    } catch (error) {
      onProblem(error);
    }
  }

  get #isRenewalDue(): boolean {
    return this.#nowMs() >= this.#dueAtMs;
  }

  async #renew(onProblem: (error: unknown) => void): Promise<void> {
    const { lease, lifetimeMs } = this.#reading;
    if (lease?.renew === undefined) {
      this.#isEnding = true;
      this.#dueAtMs = this.#endsAtMs;
      return;
    }
    const askedAtMs = this.#nowMs();
    try {
      const givenMs = Math.min(
        await lease.renew(AbortSignal.timeout(READ_TIMEOUT_MS)),
        LIFETIME_MAX_MS,
      );
      if (!this.isValid) return;
      this.isUsed = false;
      this.#endsAtMs = askedAtMs + givenMs;
      this.#isEnding = givenMs < Math.min(lifetimeMs, LIFETIME_MAX_MS) * PROLONGED_MIN;
      this.#dueAtMs = askedAtMs + Math.max(givenMs * RENEWED_AFTER, RETRY_INTERVAL_MS);
    } catch (error) {
      const leftMs = this.#endsAtMs - this.#nowMs();
      this.#dueAtMs = this.#nowMs() + Math.max(leftMs / 3, RETRY_INTERVAL_MS);
      onProblem(error);
    }
  }
}

function isEqual(one: SecretContent, other: SecretContent): boolean {
  if (Buffer.isBuffer(one)) return Buffer.isBuffer(other) && one.equals(other);
  if (Buffer.isBuffer(other) || one.size !== other.size) return false;
  return [...one].every(([name, value]) => other.get(name)?.equals(value) === true);
}

function wipe(content: SecretContent): void {
  if (Buffer.isBuffer(content)) content.fill(0);
  else for (const value of content.values()) value.fill(0);
}
