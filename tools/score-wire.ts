import { readFileSync } from 'node:fs';
import { openBodyMask } from './open-body-mask.ts';
import { type LabelledText, type Score, type Span, scoreTexts } from './span-score.ts';

/** What messages of each kind say that they are. */
const TYPES: Readonly<Record<string, string>> = {
  hl7v2: 'application/hl7-v2',
  x12: 'application/edi-x12',
  cda: 'text/xml',
};

/** A line of the labelled messages. */
interface Row extends LabelledText {
  readonly kind: string;
}

/** Masks each message of a file as the body of a response, for somebody who is shown nothing; scores by kind. */
export function scoreWire(file: string): ReadonlyMap<string, Score> {
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);
  if (rows.length === 0) throw new Error(`Cannot score messages: ${file} is empty`);
  const mask = openBodyMask();
  return new Map(
    [...new Set(rows.map(({ kind }) => kind))].map((kind) => [
      kind,
      scoreTexts(
        rows.filter((row) => row.kind === kind),
        (text) => findChanges(text, mask(TYPES[kind] ?? kind, text)),
      ),
    ]),
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
