import { isWordByte } from './byte-set.ts';
import type { Dfa } from './dfa.ts';
import { isNear } from './token-needs.ts';
import type { WordHashes } from './word-hashes.ts';

/** Bytes of a match. Longer things (URLs, names) are found by how they start, and read on from there. */
export const MATCH_BYTES_MAX = 256;

/** The kind of a token that is a capitalised word of the gazetteer, not the end of a pattern. */
export const GAZETTEER_KIND = 0xffff_ffff;

/** Takes what a scan finds, ordered by where it starts, then by where it ends. */
export type TakeToken = (kind: number, start: number, end: number) => void;

/** What a scan runs on. */
export interface ScanTables {
  readonly dfa: Dfa;
  readonly words: WordHashes;
}

/**
 * Finds every end of a pattern that has what it needs near, and every capitalised word of the gazetteer, in
 * `bytes[start, end)`.
 *
 * The meaning of a scan; `WasmScanner` gives the same, faster. Linear: from no byte more than
 * `MATCH_BYTES_MAX` bytes are read on.
 */
export function scan(
  { dfa, words }: ScanTables,
  bytes: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
  take: TakeToken,
): void {
  const takeNear: TakeToken = (kind, from, to) => {
    const place = { start: from, end: to, textStart: start, textEnd: end };
    if (isNear(dfa.needsOfKind[kind] ?? 0, bytes, place)) take(kind, from, to);
  };
  let behindWord = false;
  for (let from = start; from < end; from++) {
    const first = bytes[from] as number;
    matchFrom(
      dfa,
      bytes,
      { from, end, state: behindWord ? dfa.startInWord : dfa.startOfWord },
      takeNear,
    );
    const startsWord = !behindWord && first >= 0x41 && first <= 0x5a;
    if (startsWord) {
      const wordEnd = words.findWord(bytes, from, end);
      if (wordEnd !== undefined) take(GAZETTEER_KIND, from, wordEnd);
    }
    behindWord = isWordByte(first);
  }
}

function matchFrom(
  dfa: Dfa,
  bytes: Uint8Array,
  at: { readonly from: number; readonly end: number; readonly state: number },
  take: TakeToken,
): void {
  const { table, classOfByte, rowLength, acceptingFrom } = dfa;
  const last = Math.min(at.end, at.from + MATCH_BYTES_MAX);
  let state = at.state;
  for (let offset = at.from; offset < last; offset++) {
    state = table[state + (classOfByte[bytes[offset] as number] as number)] as number;
    if (state === 0) return;
    if (state < acceptingFrom) continue;
    const next = offset + 1;
    const inWord = next < at.end && isWordByte(bytes[next] as number);
    const kind = table[state + rowLength - (inWord ? 1 : 2)] as number;
    if (kind !== 0) take(kind, at.from, next);
  }
}
