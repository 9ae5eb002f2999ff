import type { MerklePath } from '../merkle-proof.ts';

/** What a log asks of a witness: to cosign a checkpoint that continues the one it cosigned last. */
export interface AddCheckpoint {
  /** Entries under the checkpoint that the witness cosigned last, as the log believes. */
  readonly oldSize: number;
  /** That the new tree continues the old one. */
  readonly proof: MerklePath;
  /** The new checkpoint, signed by the log. */
  readonly note: string;
}

/** Bytes of a request: 63 hashes, and a note with many signatures. */
export const ADD_CHECKPOINT_BYTES_MAX: number = 64 * 1024;
/** By the specification; enough for a tree of 2^63 entries. */
const PROOF_LINES_MAX = 63;
const HASH_BYTES = 32;

/** @see https://c2sp.org/tlog-witness */
export function formatAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): string {
  const lines = proof.map((bytes) => `${bytes.toString('base64')}\n`);
  return `old ${oldSize}\n${lines.join('')}\n${note}`;
}

/** Reads the body of a request. Undefined if it is none. */
export function parseAddCheckpoint(body: string): AddCheckpoint | undefined {
  const end = body.indexOf('\n\n');
  if (end === -1) return undefined;
  const [first = '', ...lines] = body.slice(0, end).split('\n');
  const size = /^old (0|[1-9]\d{0,15})$/.exec(first)?.[1];
  const oldSize = Number(size);
  if (size === undefined || !Number.isSafeInteger(oldSize)) return undefined;
  if (lines.length > PROOF_LINES_MAX) return undefined;
  const proof = lines.map((line) => Buffer.from(line, 'base64'));
  const isWhole = proof.every(
    (bytes, at) => bytes.length === HASH_BYTES && bytes.toString('base64') === lines[at],
  );
  return isWhole ? { oldSize, proof, note: body.slice(end + 2) } : undefined;
}
