import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  type Checkpoint,
  complainOfSignature,
  formatCheckpoint,
  formatVerifierKey,
  type NoteVerifier,
  parseVerifierKey,
  readCheckpoint,
  signNote,
  splitNote,
} from './signed-note.ts';

/** The first line of a note by which one key hands over to the next: no checkpoint begins so. */
const HEADING = 'sallyport ledger key change';

/** From which size on a key signs the checkpoints of a log. */
interface ChainedKey {
  readonly verifier: NoteVerifier;
  /** `name+id+key`. */
  readonly text: string;
  /** What it signed last; undefined for the newest. */
  readonly last: Checkpoint | undefined;
}

/** The keys of a log, oldest first: each but the first was named by the one before. */
export type KeyChain = readonly [ChainedKey, ...ChainedKey[]];

/**
 * The note that names the next key: signed by the old one, which vouches for it, and by the next, which is shown to
 * be held and vouches for the old one in turn.
 *
 * @param last The last checkpoint that the old key signed.
 */
export function signKeyChange(last: Checkpoint, oldKey: KeyObject, nextKey: KeyObject): string {
  const { origin } = last;
  const keys = [oldKey, nextKey].map((key) => formatVerifierKey(origin, createPublicKey(key)));
  const text = `${HEADING}\n${keys.join('\n')}\n${formatCheckpoint(last)}`;
  return `${text}\n${signNote(text, origin, oldKey)}${signNote(text, origin, nextKey)}`;
}

/**
 * Follows the changes of a log's key. The answer is text when they do not fit together, and says why.
 *
 * @param notes Of key changes, oldest first.
 * @param known `name+id+key` of one key of the log: without changes, it is the only one.
 */
export function readKeyChain(notes: readonly string[], known: string): KeyChain | string {
  const chain: ChainedKey[] = [];
  for (const note of notes) {
    const change = openKeyChange(note);
    if (typeof change === 'string') return change;
    const { oldKey, nextKey, last } = change;
    const before = chain.pop();
    if (before !== undefined && before.text !== oldKey.text) return 'names a key that was not next';
    if ((chain.at(-1)?.last?.size ?? -1) >= last.size) return 'is not later than the one before';
    chain.push({ ...oldKey, last }, { ...nextKey, last: undefined });
  }
  const verifier = parseVerifierKey(known);
  if (verifier === undefined) return 'cannot be followed from no verifier key';
  const [first, ...rest] = chain;
  if (first === undefined) return [{ verifier, text: known, last: undefined }];
  if (first.verifier.name !== verifier.name) return 'is of another log';
  return chain.some(({ text }) => text === known) ? [first, ...rest] : 'leads to no known key';
}

/** The key that signs a checkpoint of a size. */
export function findKeyAt(chain: KeyChain, size: number): NoteVerifier {
  const [first] = chain;
  const found = chain.find(({ last }) => last === undefined || size <= last.size);
  return (found ?? first).verifier;
}

interface KeyChange {
  readonly oldKey: Pick<ChainedKey, 'verifier' | 'text'>;
  readonly nextKey: Pick<ChainedKey, 'verifier' | 'text'>;
  readonly last: Checkpoint;
}

function openKeyChange(note: string): KeyChange | string {
  const split = splitNote(note);
  if (typeof split === 'string') return split;
  const [heading, oldText = '', nextText = '', ...lines] = split.text.split('\n');
  const [oldKey, nextKey] = [parseVerifierKey(oldText), parseVerifierKey(nextText)];
  if (heading !== HEADING || oldKey === undefined || nextKey === undefined) {
    return 'is not a change of keys';
  }
  const read = readCheckpoint(lines.join('\n'));
  if (read.state === 'invalid') return read.reason;
  const { checkpoint: last } = read;
  if (oldKey.name !== last.origin || nextKey.name !== last.origin) return 'is of two logs';
  for (const key of [oldKey, nextKey]) {
    const complaint = complainOfSignature(split, key);
    if (complaint !== undefined) return complaint;
  }
  return {
    oldKey: { verifier: oldKey, text: oldText },
    nextKey: { verifier: nextKey, text: nextText },
    last,
  };
}
