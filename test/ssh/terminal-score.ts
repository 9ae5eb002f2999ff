import { compileDetectors } from '../../src/masking/detectors/detectors.ts';
import { compileOpenTail, type OutputDetectors } from '../../src/masking/detectors/open-tail.ts';
import { OutputMask } from '../../src/terminal/output-mask.ts';
import { readLines } from '../../src/terminal/screen-lines.ts';
import { ScreenOutput } from '../../src/terminal/screen-output.ts';

/** What a terminal showed, and where the values in it are: offsets in code points. */
export interface Capture {
  readonly text: string;
  readonly spans: readonly {
    readonly start: number;
    readonly end: number;
    readonly label: string;
    readonly level: string;
  }[];
  /** Ranges that may be masked or not. */
  readonly ignore: readonly (readonly [number, number])[];
}

/** How many values there were, and how many of them nobody could read. */
export interface Count {
  values: number;
  hidden: number;
}

/** How captures are sent: in which pieces, and whether a while passes after each. */
interface Speed {
  readonly name: string;
  readonly isSlow: boolean;
  readonly cut: (bytes: Buffer) => Iterable<readonly Buffer[]>;
}

const SPEEDS: readonly Speed[] = [
  { name: 'cut in two at every byte', isSlow: false, cut: cutInTwo },
  { name: 'byte by byte', isSlow: false, cut: (bytes) => [inPieces(bytes, 1)] },
  {
    name: 'byte by byte, slower than it is held back',
    isSlow: true,
    cut: (bytes) => [inPieces(bytes, 1)],
  },
  {
    name: 'in pieces of 7 bytes, slower than it is held back',
    isSlow: true,
    cut: (bytes) => [inPieces(bytes, 7)],
  },
  { name: 'in pieces of 1 000 bytes', isSlow: false, cut: (bytes) => [inPieces(bytes, 1_000)] },
];

/** Wide enough for captures to have one line in a row; narrow as windows are. */
const WIDTHS: readonly number[] = [400, 80];

/** Names are found by words around them, all others by how they look. */
const NOT_STRUCTURAL: ReadonlySet<string> = new Set(['NAME']);

/** Replays captures through the mask of terminals, and says as a section of a report what of them is hidden. */
export function scoreTerminals(captures: readonly Capture[]): string {
  const parts: OutputDetectors = { detectors: compileDetectors(), findOpenTail: compileOpenTail() };
  const byLabel = new Map<string, Count>();
  const over: Count = { values: 0, hidden: 0 };
  const rows = SPEEDS.map((speed) => {
    const structural: Count = { values: 0, hidden: 0 };
    for (const capture of captures) {
      for (const columns of WIDTHS) {
        const places = layOut(capture);
        for (const chunks of speed.cut(Buffer.from(capture.text.replaceAll('\n', '\r\n')))) {
          const shown = replay(chunks, columns, { parts, isSlow: speed.isSlow });
          countValues(capture, places, shown, { structural, byLabel, over });
        }
      }
    }
    return `| ${speed.name} | ${structural.values} | ${percent(structural)} |`;
  });
  const labels = [...byLabel].sort(([left], [right]) => (left < right ? -1 : 1));
  return [
    '## Terminals: captures replayed through the mask of terminals',
    '',
    `${captures.length} captures, on screens of ${WIDTHS.join(' and ')} columns. A value counts as hidden if none of its letters and digits is on the screen in the end;`,
    `the year of a date may be. Over-masked: ${over.hidden} of ${over.values} other letters and digits.`,
    '',
    '| sent | structural values | hidden |',
    '|---|---|---|',
    ...rows,
    '',
    '| label | values | hidden |',
    '|---|---|---|',
    ...labels.map(([label, count]) => `| ${label} | ${count.values} | ${percent(count)} |`),
    '',
  ].join('\n');
}

/**
 * How many identifiers of a capture are hidden on the screen that it left. Names do not count.
 *
 * @param shown The screen's lines, each as long as it was sent.
 */
export function countStructural(capture: Capture, shown: string): Count {
  const structural: Count = { values: 0, hidden: 0 };
  const over: Count = { values: 0, hidden: 0 };
  countValues(capture, layOut(capture), shown, { structural, byLabel: new Map(), over });
  return structural;
}

function* cutInTwo(bytes: Buffer): Generator<readonly Buffer[]> {
  for (let cut = 0; cut <= bytes.length; cut++) yield [bytes.subarray(0, cut), bytes.subarray(cut)];
}

function inPieces(bytes: Buffer, size: number): readonly Buffer[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(size * index, size * (index + 1)),
  );
}

/** What is on the screen in the end, without line breaks and without spaces at the ends of rows. */
function replay(
  chunks: readonly Buffer[],
  columns: number,
  { parts, isSlow }: { readonly parts: OutputDetectors; readonly isSlow: boolean },
): string {
  const mask = new OutputMask({ columns, rows: 60 }, parts);
  const sent: Buffer[] = [];
  for (const chunk of chunks) {
    sent.push(mask.push(chunk));
    if (isSlow) sent.push(mask.flush());
  }
  sent.push(mask.end());
  return showLines(sent, columns);
}

/** The lines that are on a screen in the end, without spaces at their ends. */
export function showLines(sent: readonly Buffer[], columns: number): string {
  const terminal = new ScreenOutput({ columns, rows: 60 });
  for (const bytes of sent) terminal.push(bytes);
  return readLines(terminal.screen)
    .lines.map(({ text }) => text.trimEnd())
    .join('\n');
}

/** By code point of a capture: where it is on the screen; undefined for what controls it. */
function layOut({ text }: Capture): readonly (number | undefined)[] {
  const characters = Array.from(text);
  const places: (number | undefined)[] = [];
  let place = 0;
  for (let index = 0; index < characters.length; index++) {
    const escape = /^\x1b\[[\d;]*[A-Za-z]/.exec(characters.slice(index, index + 12).join(''))?.[0];
    if (escape !== undefined) {
      for (let skipped = 0; skipped < escape.length; skipped++) places.push(undefined);
      index += escape.length - 1;
    } else places.push(place++);
  }
  return places;
}

function countValues(
  capture: Capture,
  places: readonly (number | undefined)[],
  shown: string,
  counts: { structural: Count; byLabel: Map<string, Count>; over: Count },
): void {
  const characters = Array.from(capture.text);
  const onScreen = Array.from(shown);
  const isOf = (index: number, ranges: readonly { start: number; end: number }[]): boolean =>
    ranges.some(({ start, end }) => index >= start && index < end);
  for (const { start, end, label, level } of capture.spans) {
    if (level !== 'must') continue;
    const text = characters.slice(start, end).join('');
    const year = label === 'DATE' ? (/(?:19|20)\d\d/.exec(text)?.index ?? -1) : -1;
    let isHidden = true;
    for (let index = start; index < end; index++) {
      const isYear = year !== -1 && index >= start + year && index < start + year + 4;
      const place = places[index];
      if (place === undefined || isYear || !/[\p{L}\p{N}]/u.test(characters[index] ?? '')) continue;
      if (onScreen[place] !== '*') isHidden = false;
    }
    const count = counts.byLabel.get(label) ?? { values: 0, hidden: 0 };
    counts.byLabel.set(label, count);
    for (const one of NOT_STRUCTURAL.has(label) ? [count] : [count, counts.structural]) {
      one.values += 1;
      if (isHidden) one.hidden += 1;
    }
  }
  const ignored = capture.ignore.map(([start, end]) => ({ start, end }));
  for (const [index, place] of places.entries()) {
    if (place === undefined || !/[\p{L}\p{N}]/u.test(characters[index] ?? '')) continue;
    if (isOf(index, capture.spans) || isOf(index, ignored)) continue;
    counts.over.values += 1;
    if (onScreen[place] !== characters[index]) counts.over.hidden += 1;
  }
}

function percent({ values, hidden }: Count): string {
  return values === 0 ? '–' : `${((100 * hidden) / values).toFixed(2)} %`;
}
