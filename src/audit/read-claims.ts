import path from 'node:path';
import { readNotes } from './checkpoint-file.ts';
import { findCosignature } from './cosignature.ts';
import { findKeyAt, type KeyChain, readKeyChain } from './key-chain.ts';
import { KEY_CHANGES_FILE, readKeyChanges } from './key-change-file.ts';
import { CHECKPOINTS_FILE } from './ledger-layout.ts';
import {
  type Checkpoint,
  complainOfSignature,
  type NoteVerifier,
  readCheckpoint,
  splitNote,
} from './signed-note.ts';

/** How to check the signatures of a log. */
export interface LogTrust {
  /** `name+id+key` of a key of the log, its first or a later one. */
  readonly key: string | undefined;
  /** Whoever verifies believes these. None: the log's key is believed. */
  readonly witnesses: readonly NoteVerifier[];
  /** Signed notes of this log that were kept elsewhere: the log must contain what they state. */
  readonly keptNotes: readonly string[];
}

/** What was signed of a log: that its first `size` entries have this root. */
export interface Claim extends Checkpoint {
  readonly file: string;
  /** Of the note in the file. */
  readonly offset: number;
  /** When each witness that is believed cosigned it, in milliseconds since the Unix epoch. */
  readonly cosignedAtMs: ReadonlyMap<NoteVerifier, number>;
}

/** All that was signed of a log, smallest first, each once. */
export interface Claims {
  readonly claims: readonly Claim[];
  readonly chain: KeyChain;
  /** Of a note at the end of the file that a crash cut. */
  readonly tornBytes: number;
}

/** A note that is not as it must be. */
export interface BadNote {
  readonly file: string;
  readonly offset: number;
  readonly what: string;
}

/** Stands for a file name where a checkpoint was kept elsewhere. */
const KEPT_ELSEWHERE = 'checkpoint kept elsewhere';

/** Reads what was signed of a log, and checks by whom. */
export async function readClaims(
  logDirectory: string,
  name: string,
  trust: LogTrust,
): Promise<Claims | BadNote> {
  const { key, witnesses, keptNotes } = trust;
  if (key === undefined) {
    const what = 'there is no public key to verify this log with';
    return { file: CHECKPOINTS_FILE, offset: 0, what };
  }
  const chain = readKeyChain(await readKeyChanges(logDirectory), key);
  if (typeof chain === 'string') {
    return { file: KEY_CHANGES_FILE, offset: 0, what: `the change of the log's key ${chain}` };
  }
  const claims = new Map<number, Claim[]>();
  for (const { last } of chain) {
    if (last === undefined) continue;
    addClaim(claims, { ...last, file: KEY_CHANGES_FILE, offset: 0, cosignedAtMs: NOBODY });
  }
  let tornBytes = 0;
  for await (const part of readNotes(path.join(logDirectory, CHECKPOINTS_FILE))) {
    if (part.kind === 'end') tornBytes = part.fileBytes - part.wholeBytes;
    else {
      for (const { text, offset } of part.notes) {
        const claim = openClaim(text, name, chain, witnesses);
        if (typeof claim === 'string') return { file: CHECKPOINTS_FILE, offset, what: claim };
        addClaim(claims, { ...claim, file: CHECKPOINTS_FILE, offset });
      }
    }
  }
  for (const text of keptNotes) {
    const claim = openClaim(text, name, chain, witnesses);
    if (typeof claim === 'string') return { file: KEPT_ELSEWHERE, offset: 0, what: claim };
    addClaim(claims, { ...claim, file: KEPT_ELSEWHERE, offset: 0 });
  }
  // Where two are of one size, the log's own comes first, and the other must equal it.
  const ordered = [...claims.values()].flat().toSorted((a, b) => a.size - b.size);
  return { claims: ordered, chain, tornBytes };
}

const NOBODY: ReadonlyMap<NoteVerifier, number> = new Map();

/** What is stated again is one claim, of whoever cosigned either: a log that rests is cosigned every minute. */
function addClaim(claims: Map<number, Claim[]>, claim: Claim): void {
  const ofSize = claims.get(claim.size) ?? [];
  claims.set(claim.size, ofSize);
  const index = ofSize.findIndex(({ root }) => root.equals(claim.root));
  const same = ofSize[index];
  if (same === undefined) {
    // Two are a contradiction, and a third adds nothing to it: there may be millions.
    if (ofSize.length < 2) ofSize.push(claim);
    return;
  }
  if (claim.cosignedAtMs.size === 0) return;
  const cosignedAtMs = new Map(same.cosignedAtMs);
  for (const [witness, atMs] of claim.cosignedAtMs) {
    cosignedAtMs.set(witness, Math.max(atMs, cosignedAtMs.get(witness) ?? 0));
  }
  ofSize[index] = { ...same, cosignedAtMs };
}

function openClaim(
  text: string,
  name: string,
  chain: KeyChain,
  witnesses: readonly NoteVerifier[],
): Omit<Claim, 'file' | 'offset'> | string {
  const note = splitNote(text);
  if (typeof note === 'string') return `checkpoint ${note}`;
  const read = readCheckpoint(note.text);
  if (read.state === 'invalid') return `checkpoint ${read.reason}`;
  const { checkpoint } = read;
  const complaint = complainOfSignature(note, findKeyAt(chain, checkpoint.size));
  if (complaint !== undefined) return `checkpoint ${complaint}`;
  if (checkpoint.origin !== name) return 'checkpoint is of another log';
  if (witnesses.length === 0) return { ...checkpoint, cosignedAtMs: NOBODY };
  const cosignedAtMs = new Map<NoteVerifier, number>();
  for (const witness of witnesses) {
    const atMs = findCosignature(note, witness);
    if (atMs !== undefined) cosignedAtMs.set(witness, atMs);
  }
  return { ...checkpoint, cosignedAtMs };
}
