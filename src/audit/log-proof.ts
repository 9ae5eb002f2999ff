import { findCosignature } from './cosignature.ts';
import { decodeEntry, type Entry } from './decode-entry.ts';
import { ENTRY_BYTES_MAX } from './encode-entry.ts';
import { hashLeaf } from './merkle-frontier.ts';
import { type MerklePath, verifyInclusion } from './merkle-proof.ts';
import {
  complainOfSignature,
  type NoteVerifier,
  readCheckpoint,
  type SplitNote,
  splitNote,
} from './signed-note.ts';

/** Everything that shows that an entry is in a log. */
export interface LogProof {
  readonly index: number;
  /** As stored and hashed. */
  readonly entry: Buffer;
  /** From the leaf's sibling up. */
  readonly path: MerklePath;
  /** The checkpoint, with the signatures of the log and its witnesses. */
  readonly note: string;
}

/** Whom the one who checks believes. At least one of the two must be given. */
export interface ProofTrust {
  /** Keys of the log: one of them must have signed. None: the witnesses alone are believed. */
  readonly logKeys: readonly NoteVerifier[];
  readonly witnesses: readonly NoteVerifier[];
  /** So many of the witnesses must have cosigned. */
  readonly required: number;
}

/** What a proof shows. */
export type ProofFinding =
  | {
      readonly kind: 'proved';
      readonly log: string;
      readonly entry: Entry;
      readonly witnessed: readonly Witnessed[];
    }
  | { readonly kind: 'not-proved'; readonly reason: string };

/** That a witness saw an entry: when at the latest, in milliseconds since the Unix epoch. */
export interface Witnessed {
  readonly witness: string;
  readonly atMs: number;
}

const HEADING = 'c2sp.org/tlog-proof@v1';
const HASH_BYTES = 32;
/** A path of a tree of 2^63 entries. */
const PATH_LINES_MAX = 63;
/** An entry in base64, a path, a note. */
export const PROOF_BYTES_MAX: number = 2 * ENTRY_BYTES_MAX + 64 * 1024;

/** The entry stands in the line for extra data, so that the file needs nothing beside it. @see https://c2sp.org/tlog-proof */
export function formatLogProof({ index, entry, path, note }: LogProof): string {
  const lines = path.map((bytes) => `${bytes.toString('base64')}\n`);
  const extra = `extra ${entry.toString('base64')}\n`;
  return `${HEADING}\n${extra}index ${index}\n${lines.join('')}\n${note}`;
}

/** Undefined if the text is no proof with an entry. */
export function parseLogProof(text: string): LogProof | undefined {
  const end = text.indexOf('\n\n');
  if (end === -1 || text.length > PROOF_BYTES_MAX) return undefined;
  const [heading, extra = '', position = '', ...lines] = text.slice(0, end).split('\n');
  const base64 = /^extra (.+)$/.exec(extra)?.[1];
  const index = /^index (0|[1-9]\d{0,15})$/.exec(position)?.[1];
  if (heading !== HEADING || base64 === undefined || index === undefined) return undefined;
  if (lines.length > PATH_LINES_MAX) return undefined;
  const [entry, ...path] = [base64, ...lines].map((line) => Buffer.from(line, 'base64'));
  if (entry?.toString('base64') !== base64) return undefined;
  const isWhole = path.every(
    (bytes, at) => bytes.length === HASH_BYTES && bytes.toString('base64') === lines[at],
  );
  return isWhole ? { index: Number(index), entry, path, note: text.slice(end + 2) } : undefined;
}

/** Whether a proof shows what it claims, to one who has nothing but keys. */
export function checkLogProof(proof: LogProof, trust: ProofTrust): ProofFinding {
  const note = splitNote(proof.note);
  if (typeof note === 'string') return notProved(`checkpoint ${note}`);
  const read = readCheckpoint(note.text);
  if (read.state === 'invalid') return notProved(`checkpoint ${read.reason}`);
  const { origin, size, root } = read.checkpoint;
  const doubt = doubtSigner(note, origin, trust);
  if (doubt !== undefined) return notProved(doubt);
  const witnessed = findWitnessed(note, trust.witnesses);
  if (witnessed.length < trust.required) {
    return notProved(`${witnessed.length} of ${trust.required} witnesses cosigned`);
  }

  const leafHash = Buffer.from(hashLeaf(proof.entry), 'hex');
  if (!verifyInclusion({ index: proof.index, size, leafHash, root }, proof.path)) {
    return notProved('the path does not lead from the entry to the root that was signed');
  }
  const entry = decodeEntry(proof.entry);
  // The entry says where it belongs: no other one can stand in for it.
  if (entry?.seq !== proof.index) return notProved('the entry is not the one of this index');
  return { kind: 'proved', log: origin, entry, witnessed };
}

function doubtSigner(note: SplitNote, origin: string, trust: ProofTrust): string | undefined {
  const { logKeys, witnesses, required } = trust;
  if (logKeys.length === 0) {
    return witnesses.length > 0 && required > 0 ? undefined : 'there is no key to check it with';
  }
  const isSigned = logKeys.some(
    (key) => key.name === origin && complainOfSignature(note, key) === undefined,
  );
  return isSigned ? undefined : `checkpoint is not signed by a given key of log ${origin}`;
}

/** A key that is given twice, under whatever names, is one witness. */
function findWitnessed(note: SplitNote, witnesses: readonly NoteVerifier[]): readonly Witnessed[] {
  return witnesses.flatMap((witness, at) => {
    const isAgain = witnesses
      .slice(0, at)
      .some(({ publicKey }) => publicKey.equals(witness.publicKey));
    const atMs = isAgain ? undefined : findCosignature(note, witness);
    return atMs === undefined ? [] : [{ witness: witness.name, atMs }];
  });
}

function notProved(reason: string): ProofFinding {
  return { kind: 'not-proved', reason };
}
