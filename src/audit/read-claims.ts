import path from 'node:path';
import { readCheckpointNotes } from './checkpoint-file.ts';
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

/** All that was signed of a log, smallest first. */
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
  const file = await readCheckpointNotes(path.join(logDirectory, CHECKPOINTS_FILE));
  const claims: Claim[] = chain.flatMap(({ last }) =>
    last === undefined
      ? []
      : [{ ...last, file: KEY_CHANGES_FILE, offset: 0, cosignedAtMs: new Map() }],
  );
  for (const { text, offset } of file.notes) {
    const claim = openClaim(text, name, chain, witnesses);
    if (typeof claim === 'string') return { file: CHECKPOINTS_FILE, offset, what: claim };
    claims.push({ ...claim, file: CHECKPOINTS_FILE, offset });
  }
  for (const text of keptNotes) {
    const claim = openClaim(text, name, chain, witnesses);
    if (typeof claim === 'string') return { file: KEPT_ELSEWHERE, offset: 0, what: claim };
    claims.push({ ...claim, file: KEPT_ELSEWHERE, offset: 0 });
  }
  // Stable: where two are of one size, the log's own comes first, and the other must equal it.
  claims.sort((a, b) => a.size - b.size);
  return { claims, chain, tornBytes: file.fileBytes - file.wholeBytes };
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
  const cosignedAtMs = new Map<NoteVerifier, number>();
  for (const witness of witnesses) {
    const atMs = findCosignature(note, witness);
    if (atMs !== undefined) cosignedAtMs.set(witness, atMs);
  }
  return { ...checkpoint, cosignedAtMs };
}
