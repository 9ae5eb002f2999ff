import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import {
  findSignatures,
  formatSignatureLine,
  formatVerifierKey,
  type NoteVerifier,
  parseVerifierKey,
  type SplitNote,
} from './signed-note.ts';

/** Seconds since the Unix epoch, 64 bits, before the signature. */
const TIMESTAMP_BYTES = 8;
const SIGNATURE_BYTES = 64;

/** A witness's key pair, with the name it signs under. */
export interface WitnessKey {
  readonly name: string;
  readonly privateKey: KeyObject;
}

/**
 * The line by which a witness states that, of all checkpoints of this log that it knows, this is the largest, and
 * that it continues all others.
 *
 * @param text Of the checkpoint.
 * @see https://c2sp.org/tlog-cosignature
 */
export function cosign(text: string, { name, privateKey }: WitnessKey, nowMs: number): string {
  const seconds = BigInt(Math.floor(nowMs / 1000));
  const signature = Buffer.alloc(TIMESTAMP_BYTES + SIGNATURE_BYTES);
  signature.writeBigUInt64BE(seconds);
  sign(null, signedMessage(text, seconds), privateKey).copy(signature, TIMESTAMP_BYTES);
  const { keyId } = witnessVerifier({ name, privateKey });
  return formatSignatureLine(name, keyId, signature);
}

/**
 * When a witness cosigned a note, in milliseconds since the Unix epoch; undefined if it did not. Of several
 * cosignatures the newest counts.
 */
export function findCosignature(note: SplitNote, witness: NoteVerifier): number | undefined {
  let newest: bigint | undefined;
  for (const signature of findSignatures(note, witness)) {
    if (signature.length !== TIMESTAMP_BYTES + SIGNATURE_BYTES) continue;
    const seconds = signature.readBigUInt64BE();
    if (newest !== undefined && seconds <= newest) continue;
    const message = signedMessage(note.text, seconds);
    if (verify(null, message, witness.publicKey, signature.subarray(TIMESTAMP_BYTES))) {
      newest = seconds;
    }
  }
  const atMs = Number(newest) * 1000;
  return Number.isSafeInteger(atMs) ? atMs : undefined;
}

/** The public half of a witness's key, as others know it. */
export function witnessVerifier(key: WitnessKey): NoteVerifier {
  const verifier = parseVerifierKey(formatWitnessKey(key), 'witness');
  if (verifier === undefined) throw new RangeError('Cannot name witness: a space or plus sign');
  return verifier;
}

/** `name+id+key`, to be given to logs and to those who verify. */
export function formatWitnessKey({ name, privateKey }: WitnessKey): string {
  return formatVerifierKey(name, createPublicKey(privateKey), 'witness');
}

function signedMessage(text: string, seconds: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);
}
