import type { LedgerProof } from '../../../src/api/ledger.ts';

/** What verifying a proof came to. */
export type ProofVerdict =
  | { readonly kind: 'verified'; readonly size: number; readonly leafHash: string }
  | { readonly kind: 'refuted'; readonly reason: string };

/** `<name>+<key id in hex>+<base64 of 0x01 and the public key>`. */
const VERIFIER_KEY = /^(?<name>[^+\s]+)\+(?<keyId>[0-9a-f]{8})\+(?<key>[A-Za-z0-9+/]+=*)$/;
const SIGNATURE_LINE = /^— (?<name>\S+) (?<signature>[A-Za-z0-9+/]+=*)$/;
const ED25519 = 0x01;

/**
 * Verifies in this browser that an entry is in its log: its hash, the path to the root, the signature
 * of the checkpoint. Only what was asked for and the key are believed.
 *
 * @param verifierKey As `sallyport audit` prints it; kept elsewhere, it proves more.
 * @see RFC 6962, section 2.1.1
 * @see https://c2sp.org/tlog-checkpoint
 */
export async function verifyProof(
  { log, index, bytes, path, checkpoint }: Omit<LedgerProof, 'publicKey' | 'content'>,
  verifierKey: string,
): Promise<ProofVerdict> {
  const refuted = (reason: string): ProofVerdict => ({ kind: 'refuted', reason });
  const key = VERIFIER_KEY.exec(verifierKey.trim())?.groups;
  if (key === undefined) return refuted('the verifier key is not one');
  if (key['name'] !== log) return refuted('the verifier key is of another log');
  const note = readNote(checkpoint);
  if (note === undefined) return refuted('the checkpoint is not a signed note');
  if (note.name !== log) return refuted('the checkpoint is of another log');
  if (!(await isSigned(note, key))) return refuted("the checkpoint's signature is not of this key");
  if (index >= note.size) return refuted('the checkpoint does not cover the entry');
  const leaf = await hashLeaf(fromBase64(bytes));
  const hashes = path.map(fromBase64);
  const root = await climb(leaf, { index, size: note.size }, hashes);
  if (root === undefined) return refuted('the path has another length than the tree');
  if (!isEqual(root, note.root)) return refuted("the path does not lead to the checkpoint's root");
  return { kind: 'verified', size: note.size, leafHash: toHex(leaf) };
}

interface Note {
  /** What is signed, with its last line end. */
  readonly text: string;
  readonly name: string;
  readonly size: number;
  readonly root: Uint8Array<ArrayBuffer>;
  readonly signatures: readonly {
    readonly name: string;
    readonly bytes: Uint8Array<ArrayBuffer>;
  }[];
}

function readNote(note: string): Note | undefined {
  const cut = note.indexOf('\n\n');
  if (cut === -1) return undefined;
  const text = note.slice(0, cut + 1);
  const [name = '', size = '', root = '', ...more] = text.slice(0, -1).split('\n');
  if (!/^(?:0|[1-9]\d{0,14})$/.test(size) || more.length > 0) return undefined;
  const signatures = note
    .slice(cut + 2)
    .split('\n')
    .flatMap((line) => {
      const { name: signer, signature } = SIGNATURE_LINE.exec(line)?.groups ?? {};
      if (signer === undefined || signature === undefined) return [];
      return [{ name: signer, bytes: fromBase64(signature) }];
    });
  return { text, name, size: Number(size), root: fromBase64(root), signatures };
}

async function isSigned(
  { text, signatures }: Note,
  key: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  const name = key['name'] ?? '';
  const typed = fromBase64(key['key'] ?? '');
  if (typed.length !== 33 || typed[0] !== ED25519) return false;
  const id = await sha256(encode(`${name}\n`), typed);
  if (toHex(id.subarray(0, 4)) !== key['keyId']) return false;
  const publicKey = await crypto.subtle.importKey('raw', typed.slice(1), 'Ed25519', false, [
    'verify',
  ]);
  for (const { name: signer, bytes } of signatures) {
    const isOurs =
      signer === name && bytes.length === 68 && isEqual(bytes.slice(0, 4), id.slice(0, 4));
    if (!isOurs) continue;
    if (await crypto.subtle.verify('Ed25519', publicKey, bytes.slice(4), encode(text))) return true;
  }
  return false;
}

/** From a leaf to the root by the path's hashes; undefined if they are too many or too few. */
async function climb(
  leaf: Uint8Array<ArrayBuffer>,
  { index, size }: { readonly index: number; readonly size: number },
  path: readonly Uint8Array<ArrayBuffer>[],
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let [at, last, hash] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (at % 2 === 1 || at === last) {
      hash = await hashNode(sibling, hash);
      // A last node without a brother is its own parent.
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else {
      hash = await hashNode(hash, sibling);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 ? hash : undefined;
}

function hashLeaf(entry: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return sha256(Uint8Array.of(0), entry);
}

function hashNode(
  left: Uint8Array<ArrayBuffer>,
  right: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  return sha256(Uint8Array.of(1), left, right);
}

async function sha256(
  ...parts: readonly Uint8Array<ArrayBuffer>[]
): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Nothing for what is not base64: then nothing that is compared with it is equal. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return (
    one.length > 0 && one.length === other.length && one.every((byte, at) => byte === other[at])
  );
}
