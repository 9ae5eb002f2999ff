import assert from 'node:assert/strict';
import { createSecretKey, hash, type KeyObject, randomBytes } from 'node:crypto';
import type { Day, DayKey, DayKeys } from '../encryption/day-keys.ts';
import { KEY_BYTES, WRAPPED_KEY_BYTES } from '../encryption/wrap-key.ts';

const DAY_BYTES = 10;
const COMMITMENT_BYTES = 32;
/** Bytes of a key in a segment's header: day, commitment, wrapped key. */
export const SEALED_KEY_BYTES: number = DAY_BYTES + COMMITMENT_BYTES + WRAPPED_KEY_BYTES;

const DAY = /^\d{4}-\d\d-\d\d$/;

/** The key of a segment's contents, as the segment's header has it: nothing in it is secret. */
export interface SealedKey {
  /** Whose day key wrapped it. */
  readonly day: Day;
  /** SHA-256 of the key: binds ciphertexts to what they say. */
  readonly commitment: Buffer;
  readonly wrapped: Buffer;
  /** As stored. */
  readonly bytes: Buffer;
  /** SHA-256 of `bytes`, which each content's hash begins with: so none of them can be exchanged. */
  readonly id: Buffer;
}

/** A key that contents are sealed with. */
export interface ContentKey {
  readonly sealed: SealedKey;
  readonly key: KeyObject;
}

/** Makes the key of the contents of one segment. */
export function createContentKey(dayKey: DayKey, logName: string): ContentKey {
  const key = randomBytes(KEY_BYTES);
  const commitment = hash('sha256', key, 'buffer');
  const wrapped = dayKey.wrap(key, describePurpose(logName));
  const sealed = decodeSealedKey(Buffer.concat([Buffer.from(dayKey.day), commitment, wrapped]));
  assert(sealed);
  const secret = createSecretKey(key);
  key.fill(0);
  return { sealed, key: secret };
}

/** Reads a key from a header. Undefined if it cannot be one. @param bytes `SEALED_KEY_BYTES` bytes. */
export function decodeSealedKey(bytes: Buffer): SealedKey | undefined {
  const day = bytes.toString('latin1', 0, DAY_BYTES);
  if (bytes.length !== SEALED_KEY_BYTES || !DAY.test(day)) return undefined;
  const commitment = bytes.subarray(DAY_BYTES, DAY_BYTES + COMMITMENT_BYTES);
  const wrapped = bytes.subarray(DAY_BYTES + COMMITMENT_BYTES);
  return { day, commitment, wrapped, bytes, id: hash('sha256', bytes, 'buffer') };
}

/** Why contents cannot be read: nobody gave us keys, the day's key was destroyed, or it does not fit. */
export type ClosedReason = 'sealed' | 'expired' | 'damaged';

/**
 * Opens the key of a segment.
 *
 * @param dayKeys Undefined for who has only the ledger's files.
 * @throws {EncryptionError} If the day's key is there and cannot be opened.
 */
export async function openContentKey(
  { day, commitment, wrapped }: SealedKey,
  logName: string,
  dayKeys: Pick<DayKeys, 'of'> | undefined,
): Promise<KeyObject | ClosedReason> {
  const found = await dayKeys?.of(day);
  if (found === undefined || found.state === 'missing') return 'sealed';
  if (found.state === 'destroyed') return 'expired';
  const key = found.key.unwrap(wrapped, describePurpose(logName));
  if (key === undefined || !hash('sha256', key, 'buffer').equals(commitment)) return 'damaged';
  return createSecretKey(key);
}

function describePurpose(logName: string): string {
  return `contents of log ${logName}`;
}
