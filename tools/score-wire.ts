import { readFileSync } from 'node:fs';
import { openBodyMask } from './open-body-mask.ts';
import { type LabelledText, type Score, type Span, scoreTexts } from './span-score.ts';

/** What messages of each kind say that they are. */
const TYPES: Readonly<Record<string, string>> = {
  hl7v2: 'application/hl7-v2',
  x12: 'application/edi-x12',
  cda: 'text/xml',
};

/** A message of HL7 v2, X12 or C-CDA, and where its values are. */
export interface LabelledMessage extends LabelledText {
  readonly kind: string;
  readonly mediaType: string;
}

/** Masks each message of a file as the body of a response, for somebody who is shown nothing; scores by kind. */
export function scoreWire(file: string): ReadonlyMap<string, Score> {
  const mask = openBodyMask();
  return scoreMessages(readLabelledMessages(file), ({ mediaType, text }) => mask(mediaType, text));
}

/** @throws {Error} If there are none. */
export function readLabelledMessages(file: string): readonly LabelledMessage[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  if (lines.length === 0) throw new Error(`Cannot score messages: ${file} is empty`);
  return lines.map((line) => {
    const row = JSON.parse(line) as LabelledText & { readonly kind: string };
    return { ...row, mediaType: TYPES[row.kind] ?? row.kind };
  });
}

/** By kind. @param show What somebody is shown of a message, who may see no class. */
export function scoreMessages(
  messages: readonly LabelledMessage[],
  show: (message: LabelledMessage) => string,
): ReadonlyMap<string, Score> {
  const byKind = Map.groupBy(messages, ({ kind }) => kind);
  return new Map(
    [...byKind].map(([kind, rows]) => {
      const shown = new Map(rows.map((row) => [row.text, show(row)]));
      return [kind, scoreTexts(rows, (text) => findChanges(text, shown.get(text) ?? ''))];
    }),
  );
}

/** Says how the score is computed, and what came out. */
export function formatWireScore(scores: ReadonlyMap<string, Score>): string {
  const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;
  return [
    '## wire.jsonl by position: HL7 v2, X12 and C-CDA as bodies of responses',
    '',
    'Each message is masked as the gateway masks a response of its media type that no entry of a data map speaks of. Words of the message',
    'that do not stand in what comes out, in the same order, count as masked (longest common subsequence); a year that is left of a date',
    'is another word than the date. A birthday on the first of January stays in X12, where a year is written as that day.',
    '',
    '| kind | messages | values | masked in full | over-masked letters and digits |',
    '|---|---|---|---|---|',
    ...[...scores].map(
      ([kind, { textCount, spanCount, fullRecall, overMaskedShare }]) =>
        `| ${kind} | ${textCount} | ${spanCount} | ${percent(fullRecall)} | ${percent(overMaskedShare)} |`,
    ),
    '',
  ].join('\n');
}

/** A date is one word, however it is written. */
const WORD = /\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|[\p{L}\p{N}]+|[^\p{L}\p{N}]/gu;

interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The words of a text that do not stand in another, in code points. */
export function findChanges(before: string, after: string): Span[] {
  const [old, now] = [splitWords(before), splitWords(after)];
  const width = now.length + 1;
  const lengths = new Uint16Array((old.length + 1) * width);
  for (let left = old.length - 1; left >= 0; left--) {
    for (let right = now.length - 1; right >= 0; right--) {
      const at = left * width + right;
      lengths[at] =
        old[left]?.text === now[right]?.text
          ? 1 + (lengths[at + width + 1] ?? 0)
          : Math.max(lengths[at + width] ?? 0, lengths[at + 1] ?? 0);
    }
  }
  const changes: Span[] = [];
  let right = 0;
  for (const [left, word] of old.entries()) {
    while (
      right < now.length &&
      now[right]?.text !== word.text &&
      lengths[left * width + right + 1] === lengths[left * width + right]
    ) {
      right += 1;
    }
    if (right < now.length && now[right]?.text === word.text) right += 1;
    else changes.push({ start: word.start, end: word.end, label: word.text, level: 'must' });
  }
  return changes;
}

function splitWords(text: string): readonly Word[] {
  let start = 0;
  return (text.match(WORD) ?? []).map((word) => {
    const place = { text: word, start, end: start + Array.from(word).length };
    start = place.end;
    return place;
  });
}
