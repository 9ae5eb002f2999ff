import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';

/** Ed25519, as the first byte of a note's key. */
const ALGORITHM_ED25519 = 0x01;
const KEY_ID_BYTES = 4;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const HASH_BYTES = 32;
/** Cosignatures of witnesses are allowed for; a note that has more is not ours. */
const SIGNATURES_MAX = 64;
/** DER in front of the 32 bytes of an Ed25519 public key (RFC 8410). */
const SPKI_PREFIX: Buffer = Buffer.from('302a300506032b6570032100', 'hex');

/** A public key that a note is checked against, with the name it signs under. */
export interface NoteVerifier {
  readonly name: string;
  /** The first 4 bytes of a signature line: tells keys of one name apart. */
  readonly keyId: Buffer;
  readonly publicKey: KeyObject;
}

/** The head of a log at one moment. */
export interface Checkpoint {
  /** Name of the log. */
  readonly origin: string;
  /** Number of entries. */
  readonly size: number;
  /** Root of the Merkle tree over them. */
  readonly root: Buffer;
}

/**
 * Formats the key as `name+id+key`, to be given to those who verify.
 *
 * @see https://c2sp.org/signed-note
 */
export function formatVerifierKey(name: string, publicKey: KeyObject): string {
  const key = rawPublicKey(publicKey);
  const typed = Buffer.concat([Buffer.of(ALGORITHM_ED25519), key]);
  return `${name}+${keyId(name, key).toString('hex')}+${typed.toString('base64')}`;
}

/** Reads `name+id+key`. Undefined if it is not the key of an Ed25519 note, or its id does not match. */
export function parseVerifierKey(text: string): NoteVerifier | undefined {
  const [, name, id, base64] =
    /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim()) ?? [];
  if (name === undefined || id === undefined || base64 === undefined) return undefined;
  const typed = Buffer.from(base64, 'base64');
  if (typed.length !== 1 + KEY_BYTES || typed[0] !== ALGORITHM_ED25519) return undefined;
  const key = typed.subarray(1);
  const expectedId = keyId(name, key);
  if (expectedId.toString('hex') !== id) return undefined;
  const spki = Buffer.concat([SPKI_PREFIX, key]);
  return {
    name,
    keyId: expectedId,
    publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
  };
}

/**
 * The signed note that states a checkpoint.
 *
 * @see https://c2sp.org/tlog-checkpoint
 */
export function signCheckpoint(checkpoint: Checkpoint, privateKey: KeyObject): string {
  const { origin, size, root } = checkpoint;
  const text = `${origin}\n${size}\n${root.toString('base64')}\n`;
  const id = keyId(origin, rawPublicKey(createPublicKey(privateKey)));
  const signature = Buffer.concat([id, sign(null, Buffer.from(text), privateKey)]);
  return `${text}\n— ${origin} ${signature.toString('base64')}\n`;
}

/** What a note says, and whether the key signed it. */
export type OpenedNote =
  | { readonly state: 'signed'; readonly checkpoint: Checkpoint }
  | { readonly state: 'invalid'; readonly reason: string };

/** Checks a signed note against a key and reads the checkpoint in it. Unknown signatures are passed over. */
export function openCheckpoint(note: string, verifier: NoteVerifier): OpenedNote {
  const split = note.indexOf('\n\n');
  if (split === -1) return invalid('has no signatures');
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2).split('\n');
  if (lines.pop() !== '') return invalid('does not end with a line end');
  if (lines.length > SIGNATURES_MAX) return invalid('has too many signatures');

  const valid = lines.filter((line) => isSignedBy(line, text, verifier)).length;
  if (valid === 0) return invalid(`is not signed by the key of ${verifier.name}`);
  if (valid > 1) return invalid('is signed twice by one key');
  return readCheckpoint(text);
}

function isSignedBy(line: string, text: string, { name, keyId, publicKey }: NoteVerifier): boolean {
  const [, signer, base64] = /^— (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? [];
  if (signer !== name || base64 === undefined) return false;
  const signature = Buffer.from(base64, 'base64');
  // The last character has bits that no byte uses: one signature, one text.
  if (signature.toString('base64') !== base64) return false;
  if (signature.length !== KEY_ID_BYTES + SIGNATURE_BYTES) return false;
  if (!signature.subarray(0, KEY_ID_BYTES).equals(keyId)) return false;
  return verify(null, Buffer.from(text), publicKey, signature.subarray(KEY_ID_BYTES));
}

function readCheckpoint(text: string): OpenedNote {
  const [origin, sizeText, rootText] = text.split('\n');
  if (origin === undefined || sizeText === undefined || rootText === undefined) {
    return invalid('is not a checkpoint');
  }
  const size = Number(sizeText);
  if (!/^(?:0|[1-9]\d*)$/.test(sizeText) || !Number.isSafeInteger(size)) {
    return invalid('has an impossible size');
  }
  const root = Buffer.from(rootText, 'base64');
  if (root.length !== HASH_BYTES || root.toString('base64') !== rootText) {
    return invalid('has an impossible root');
  }
  return { state: 'signed', checkpoint: { origin, size, root } };
}

function invalid(reason: string): OpenedNote {
  return { state: 'invalid', reason };
}

function keyId(name: string, key: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ALGORITHM_ED25519), key]);
  return hash('sha256', named, 'buffer').subarray(0, KEY_ID_BYTES);
}

function rawPublicKey(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);
}
