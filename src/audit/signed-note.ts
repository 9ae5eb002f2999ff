import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';

/** What a key signs, as the first byte of the key in a note: text, or cosignatures of checkpoints. */
const KEY_TYPES = { log: 0x01, witness: 0x04 } as const;
const KEY_ID_BYTES = 4;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const HASH_BYTES = 32;
/** Cosignatures of witnesses are allowed for; a note that has more is not ours. */
const SIGNATURES_MAX = 64;
/** DER in front of the 32 bytes of an Ed25519 public key (RFC 8410). */
const SPKI_PREFIX: Buffer = Buffer.from('302a300506032b6570032100', 'hex');

/** Whose key it is. The one kind is never taken for the other. */
export type KeyKind = keyof typeof KEY_TYPES;

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
export function formatVerifierKey(
  name: string,
  publicKey: KeyObject,
  kind: KeyKind = 'log',
): string {
  const typed = typedKey(publicKey, kind);
  return `${name}+${hashKey(name, typed).toString('hex')}+${typed.toString('base64')}`;
}

/** Reads `name+id+key`. Undefined if it is no Ed25519 key of this kind, or its id does not match. */
export function parseVerifierKey(text: string, kind: KeyKind = 'log'): NoteVerifier | undefined {
  const [, name, id, base64] =
    /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim()) ?? [];
  if (name === undefined || id === undefined || base64 === undefined) return undefined;
  const typed = Buffer.from(base64, 'base64');
  if (typed.length !== 1 + KEY_BYTES || typed[0] !== KEY_TYPES[kind]) return undefined;
  const keyId = hashKey(name, typed);
  if (keyId.toString('hex') !== id) return undefined;
  const spki = Buffer.concat([SPKI_PREFIX, typed.subarray(1)]);
  return { name, keyId, publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }) };
}

/** The line by which a key signs a note, its line end included. @param signature What follows the key's id. */
export function formatSignatureLine(
  name: string,
  keyId: Uint8Array,
  signature: Uint8Array,
): string {
  return `— ${name} ${Buffer.concat([keyId, signature]).toString('base64')}\n`;
}

/** Signs a text, which ends with a line end. */
export function signNote(text: string, name: string, privateKey: KeyObject): string {
  const keyId = hashKey(name, typedKey(createPublicKey(privateKey), 'log'));
  return formatSignatureLine(name, keyId, sign(null, Buffer.from(text), privateKey));
}

/**
 * The signed note that states a checkpoint.
 *
 * @see https://c2sp.org/tlog-checkpoint
 */
export function signCheckpoint(checkpoint: Checkpoint, privateKey: KeyObject): string {
  const text = formatCheckpoint(checkpoint);
  return `${text}\n${signNote(text, checkpoint.origin, privateKey)}`;
}

/** The text that logs sign and witnesses cosign. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

/** What a note says, and whether the key signed it. */
export type OpenedNote =
  | { readonly state: 'signed'; readonly checkpoint: Checkpoint }
  | { readonly state: 'invalid'; readonly reason: string };

/** Checks a signed note against a key and reads the checkpoint in it. Unknown signatures are passed over. */
export function openCheckpoint(note: string, verifier: NoteVerifier): OpenedNote {
  const split = splitNote(note);
  if (typeof split === 'string') return invalid(split);
  const reason = complainOfSignature(split, verifier);
  return reason === undefined ? readCheckpoint(split.text) : invalid(reason);
}

/** A note's text, with its last line end, and the lines that sign it, without theirs. */
export interface SplitNote {
  readonly text: string;
  readonly lines: readonly string[];
}

/** Splits a note. The answer is text when it is none, and says why. */
export function splitNote(note: string): SplitNote | string {
  const split = note.indexOf('\n\n');
  if (split === -1) return 'has no signatures';
  const lines = note.slice(split + 2).split('\n');
  if (lines.pop() !== '') return 'does not end with a line end';
  if (lines.length > SIGNATURES_MAX) return 'has too many signatures';
  return { text: note.slice(0, split + 1), lines };
}

/** What is wrong with a key's signature of a note; undefined if it signed the text, once. */
export function complainOfSignature(note: SplitNote, verifier: NoteVerifier): string | undefined {
  const text = Buffer.from(note.text);
  const valid = findSignatures(note, verifier).filter(
    (signature) =>
      signature.length === SIGNATURE_BYTES && verify(null, text, verifier.publicKey, signature),
  ).length;
  if (valid === 0) return `is not signed by the key of ${verifier.name}`;
  return valid > 1 ? 'is signed twice by one key' : undefined;
}

/** What stands below a note under a key's name and id: not yet verified. */
export function findSignatures(
  { lines }: SplitNote,
  { name, keyId }: NoteVerifier,
): readonly Buffer[] {
  return lines.flatMap((line) => {
    const [, signer, base64] = /^— (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? [];
    if (signer !== name || base64 === undefined) return [];
    const signature = Buffer.from(base64, 'base64');
    // The last character has bits that no byte uses: one signature, one text.
    if (signature.toString('base64') !== base64) return [];
    const isOfKey = signature.subarray(0, KEY_ID_BYTES).equals(keyId);
    return isOfKey ? [signature.subarray(KEY_ID_BYTES)] : [];
  });
}

/** What a checkpoint's note says of its size, whoever signed it; 0 if it says none. */
export function readNoteSize(note: string): number {
  const size = Number(note.split('\n', 2)[1]);
  return Number.isSafeInteger(size) ? size : 0;
}

/** Reads the text of a checkpoint, whoever signed it. */
export function readCheckpoint(text: string): OpenedNote {
  const [origin, sizeText, rootText] = text.split('\n');
  if (origin === undefined || origin === '' || sizeText === undefined || rootText === undefined) {
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

function hashKey(name: string, typed: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(`${name}\n`), typed]);
  return hash('sha256', named, 'buffer').subarray(0, KEY_ID_BYTES);
}

function typedKey(publicKey: KeyObject, kind: KeyKind): Buffer {
  const key = publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);
  return Buffer.concat([Buffer.of(KEY_TYPES[kind]), key]);
}
