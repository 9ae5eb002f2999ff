import type { SecretContent, SecretReading } from './secret-source.ts';

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

/** Whose it is: a name in the cache. */
export interface SecretOwner {
  /** Nobody holds it any more, or one fewer does. */
  released(secret: LeasedSecret): void;
  /** Whether what the source has now is something else than `stale`. */
  reread(stale: LeasedSecret): Promise<boolean>;
}

/** However long a source says: what was revoked there does not stay in memory for weeks. */
const LIFETIME_MAX_MS = 86_400_000;
/** Parts of a lifetime after which it is renewed, or what it is of is read anew. */
const RENEWED_AFTER = 2 / 3;
/** A lease that is prolonged by less than this part of what it was given for is at its end. */
const PROLONGED_MIN = 1 / 2;
/** Milliseconds between two attempts at something that failed. */
export const RETRY_INTERVAL_MS = 1_000;
/** Milliseconds for all that one question to a source takes, its own login included. */
export const REQUEST_TIMEOUT_MS = 15_000;

/** One reading, for as long as it lasts. */
export class LeasedSecret implements HeldSecret {
  readonly content: SecretContent;
  /** Asked for since it was last renewed. */
  isUsed = true;
  readonly #owner: SecretOwner;
  readonly #reading: SecretReading;
  readonly #nowMs: () => number;
  #holders = 0;
  #endsAtMs: number;
  #dueAtMs: number;
  #renewing: Promise<void> | undefined;
  /** It cannot be prolonged as it was: the next to ask should get another. */
  #isEnding = false;

  constructor(
    owner: SecretOwner,
    reading: SecretReading,
    { nowMs, askedAtMs }: { readonly nowMs: () => number; readonly askedAtMs: number },
  ) {
    this.#owner = owner;
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
    this.#owner.released(this);
  }

  reread(): Promise<boolean> {
    return this.#owner.reread(this);
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
      await lease.revoke(AbortSignal.timeout(REQUEST_TIMEOUT_MS));
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
        await lease.renew(AbortSignal.timeout(REQUEST_TIMEOUT_MS)),
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
