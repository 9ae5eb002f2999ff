import type { SignedCheckpoint } from '../checkpoint-writer.ts';
import { findCosignature } from '../cosignature.ts';
import type { MerklePath } from '../merkle-proof.ts';
import { type NoteVerifier, splitNote } from '../signed-note.ts';
import { ADD_CHECKPOINT_BYTES_MAX, formatAddCheckpoint } from './add-checkpoint.ts';

/** A witness as a log knows it. */
export interface KnownWitness {
  readonly verifier: NoteVerifier;
  /** Submission prefix: `add-checkpoint` stands below it. */
  readonly url: string;
}

/** What a log asks a witness. */
export interface WitnessQuestion {
  readonly checkpoint: SignedCheckpoint;
  /** Entries that the witness cosigned last, as the log believes. */
  readonly oldSize: number;
  /** The path from an older tree to the checkpoint's. */
  readonly prove: (oldSize: number) => Promise<MerklePath>;
}

/** What became of the question. */
export type WitnessOutcome =
  /** `line` is the signature line, with its line end. */
  | { readonly kind: 'cosigned'; readonly line: string }
  /** It has cosigned more entries than there are, or others: this log was rolled back, or is not the only one. */
  | { readonly kind: 'contradicted'; readonly size: number }
  /** It does not know the log, or its key, or says that the proof is wrong. */
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** Longer, and the next checkpoint is due. */
const ANSWER_MS_MAX = 5_000;

/** Asks a witness to cosign a checkpoint; asks again if it stands elsewhere than believed. Does not reject. */
export async function askWitness(
  witness: KnownWitness,
  question: WitnessQuestion,
): Promise<WitnessOutcome> {
  const { checkpoint } = question;
  let { oldSize } = question;
  try {
    // It can move on only by this log's own doing, so that the second answer is final.
    for (let attempt = 0; attempt < 2; attempt++) {
      const proof = await question.prove(oldSize);
      const request = formatAddCheckpoint({ oldSize, proof, note: checkpoint.note });
      const { status, body } = await post(witness, request);
      if (status === 200) return readCosignature(witness, checkpoint, body);
      if (status !== 409) return { kind: 'refused', status };
      const size = Number(body);
      if (!/^(?:0|[1-9]\d{0,15})\n$/.test(body)) return { kind: 'refused', status };
      if (size > checkpoint.size || size === oldSize) return { kind: 'contradicted', size };
      oldSize = size;
    }
    return { kind: 'refused', status: 409 };
  } catch (error) {
    return { kind: 'unreachable', reason: describe(error) };
  }
}

async function post(
  { url }: KnownWitness,
  body: string,
): Promise<{ readonly status: number; readonly body: string }> {
  const response = await fetch(`${url.replace(/\/$/, '')}/add-checkpoint`, {
    method: 'POST',
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  });
  let bytes = 0;
  const chunks: Uint8Array[] = [];
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > ADD_CHECKPOINT_BYTES_MAX) throw new RangeError('answer is too long');
    chunks.push(chunk);
  }
  return { status: response.status, body: Buffer.concat(chunks).toString('utf8') };
}

/** Of the lines of an answer, the one that this witness's key signed: others are not passed on. */
function readCosignature(
  { verifier }: KnownWitness,
  { note }: SignedCheckpoint,
  answer: string,
): WitnessOutcome {
  const own = splitNote(note);
  const lines = answer.split('\n').slice(0, -1);
  if (typeof own !== 'string') {
    for (const line of lines) {
      if (findCosignature({ text: own.text, lines: [line] }, verifier) === undefined) continue;
      return { kind: 'cosigned', line: `${line}\n` };
    }
  }
  return { kind: 'refused', status: 200 };
}

/** The cause tells more than "fetch failed". */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
