/** A day in UTC, as `2026-11-21`. */
export type Day = string;

/**
 * Wraps the keys of what is written on one day. What it wrapped can be read for as long as it exists: to
 * destroy it is to erase all of that, wherever copies lie.
 */
export interface DayKey {
  readonly day: Day;
  /**
   * @param key 32 bytes.
   * @param purpose What the key is for, such as `segment gw-1.0 163840`; authenticated.
   * @returns `WRAPPED_KEY_BYTES` bytes.
   */
  wrap(key: Uint8Array, purpose: string): Buffer;
  /** 32 bytes; undefined if this key did not wrap it for this purpose. */
  unwrap(wrapped: Uint8Array, purpose: string): Buffer | undefined;
}

/** What there is of a day's key. */
export type DayKeyState =
  | { readonly state: 'open'; readonly key: DayKey }
  /** Destroyed on purpose. Whether that was permitted, the ledger says. */
  | { readonly state: 'destroyed' }
  /** Nobody ever made it, or somebody took it away. */
  | { readonly state: 'missing' };

/**
 * One key for each day, wrapped by the master key. What is kept for different times has keys of its own:
 * one `DayKeys` for the contents of entries, one for recordings.
 */
export interface DayKeys {
  /**
   * The key of the day in which an instant lies. Synchronous: keys are opened ahead.
   *
   * @throws {EncryptionError} If the key could not be had, for instance because the master key's service has been away
   *   for a day, or because it was destroyed. Then nothing may be written.
   */
  today(nowMs: number): DayKey;
  /** As `today`, for who can wait: makes the key if there is none. @throws {EncryptionError} */
  open(nowMs: number): Promise<DayKey>;
  /** The key of a day, for who reads. @throws {EncryptionError} If it is there and cannot be opened. */
  of(day: Day): Promise<DayKeyState>;
  /** Makes all that a day's key wrapped unreadable for ever. Resolves once no copy is on this disk. */
  destroy(day: Day): Promise<void>;
  /** Days with a key, in order. */
  list(): Promise<readonly Day[]>;
}

/** The day in which an instant lies. @param ms Milliseconds since the Unix epoch. */
export function dayOf(ms: number): Day {
  return new Date(ms).toISOString().slice(0, 10);
}
