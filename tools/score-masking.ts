import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compileDetectors, type Detectors } from '../src/masking/detectors/detectors.ts';
import { type Capture, scoreTerminals } from '../test/ssh/terminal-score.ts';
import { formatFhirScore, scoreFhir } from './score-fhir.ts';
import { scoreTables } from './score-tables.ts';
import { formatWireScore, scoreWire } from './score-wire.ts';
import { type LabelledText, type Score, type Span, scoreTexts } from './span-score.ts';

/** The labelled sets, beside the repository: it copies none of them. */
const PHI_FOLDER = '../shared/phi';
const REPORT = 'docs/masking-score.md';
/** What reports of auditors say of it. */
const SCORECARD = 'src/reports/detector-scorecard.ts';
const SECTION =
  /^## \S.*?: (.+)\n\n(\d+) values in \d+ texts: ([\d.]+) % masked in full.*?Over-masked: ([\d.]+) %/gm;

const SETS: readonly { readonly file: string; readonly about: string }[] = [
  { file: 'notes.jsonl', about: 'clinical notes and terminal captures' },
  { file: 'mtsamples.jsonl', about: 'transcriptions, a quarter of them clean' },
  { file: 'wire.jsonl', about: 'HL7 v2, X12 and C-CDA messages' },
  { file: 'strings.jsonl', about: 'one entity in a short text, United States and global' },
  { file: 'strings.jsonl intl', about: 'the same, other countries' },
  { file: 'checksum_strings.jsonl', about: 'right and wrong check digits' },
];

/** What the detectors find in one text, in code points. */
export function predict(detectors: Detectors, text: string): Span[] {
  const bytes = Buffer.from(text);
  const findings = detectors.find(bytes, 0, bytes.length);
  const codePointAt = countCodePoints(bytes);
  return findings.map(({ start, end, className }) => ({
    start: codePointAt[start] as number,
    end: codePointAt[end] as number,
    label: className,
    level: 'must',
  }));
}

/** By offset in bytes: the code points before it. */
function countCodePoints(bytes: Uint8Array): Uint32Array {
  const counts = new Uint32Array(bytes.length + 1);
  let count = 0;
  for (const [offset, byte] of bytes.entries()) {
    counts[offset] = count;
    if ((byte & 0xc0) !== 0x80) counts[offset] = count++;
  }
  counts[bytes.length] = count;
  return counts;
}

/** One line of a labelled set. */
interface Row {
  readonly id: string;
  readonly text: string;
  readonly tier?: string;
  readonly template?: number;
  readonly spans: readonly {
    readonly start: number;
    readonly end: number;
    readonly label?: string;
    readonly entity?: string;
    readonly level?: string;
  }[];
  readonly ignore?: readonly (readonly [number, number])[];
}

function readSet(folder: string, set: string): LabelledText[] {
  const [file = set, tier] = set.split(' ');
  const lines = readFileSync(path.join(folder, file), 'utf8').split('\n').filter(Boolean);
  const rows = lines.map((line) => JSON.parse(line) as Row);
  const wanted = file === 'strings.jsonl' ? (tier ?? 'core') : undefined;
  return rows
    .filter((row) => wanted === undefined || row.tier === wanted)
    .map(({ id, text, spans, ignore = [] }) => ({
      id,
      text,
      ignore,
      spans: spans.map(({ start, end, label, entity, level = 'must' }) => ({
        start,
        end,
        label: label ?? entity ?? '',
        level,
      })),
    }));
}

/** The half of a set that nobody looks at while the detectors are written, or the other one. */
function halfOf(texts: readonly LabelledText[], half: string | undefined): readonly LabelledText[] {
  if (half === undefined) return texts;
  return texts.filter((_, index) => index % 2 === (half === 'odd' ? 1 : 0));
}

function formatScore(title: string, about: string, score: Score): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const labels = [...score.byLabel].sort(([, left], [, right]) => right.count - left.count);
  const over = [...score.overMaskedByClass].sort(([, left], [, right]) => right - left);
  return [
    `## ${title}: ${about}`,
    '',
    `${score.spanCount} values in ${score.textCount} texts: ${percent(score.fullRecall)} masked in full, ${percent(score.anyRecall)} at least in part. ` +
      `Over-masked: ${percent(score.overMaskedShare)} of the other letters and digits; ${score.cleanHitCount} of ${score.cleanCount} texts without values were changed.`,
    '',
    '| label | values | in full | in part |',
    '|---|---|---|---|',
    ...labels.map(
      ([label, { count, full, any }]) =>
        `| ${label} | ${count} | ${percent(full / count)} | ${percent(any / count)} |`,
    ),
    '',
    over.length === 0
      ? 'Nothing was over-masked.'
      : `Over-masked letters and digits by class: ${over.map(([className, count]) => `${className} ${count}`).join(', ')}.`,
    '',
  ].join('\n');
}

/** Scores every set that is there. @throws {Error} If the folder is not. */
export function scoreFolder(folder: string, half: string | undefined): string {
  if (!existsSync(folder)) {
    throw new Error(
      `Cannot score the detectors: there is no folder ${folder}; name one with --phi`,
    );
  }
  const detectors = compileDetectors();
  const sections = SETS.filter(({ file }) =>
    existsSync(path.join(folder, file.split(' ')[0] ?? '')),
  ).map(({ file, about }) => {
    const texts = halfOf(readSet(folder, file), half);
    const score = scoreTexts(texts, (text) => predict(detectors, text));
    return formatScore(file, about, score);
  });
  if (sections.length === 0) throw new Error(`Cannot score the detectors: ${folder} holds no set`);
  return [
    '# How much the detectors find',
    '',
    'Written by `npm run score -- --write`. First text alone: no column, no path, no data map helps here. A value counts as masked in full',
    'if each of its letters and digits is; over-masked are those of no value. Then tables, where the data map says what a column holds.',
    '',
    ...sections,
  ].join('\n');
}

/**
 * The source of the scorecard with the figures of a report.
 *
 * @throws {Error} If the report has none, or the source no place for them.
 */
export function formatScorecard(source: string, report: string): string {
  const scores = [...report.matchAll(SECTION)].map(
    ([, texts = '', values, inFull, overMasked]) =>
      `  score('${texts}', ${values}, ${inFull}, ${overMasked}),\n`,
  );
  const place = /(?<=DETECTOR_SCORECARD: readonly DetectorScore\[\] = \[\n)[^\]]*(?=\];)/;
  if (scores.length === 0 || !place.test(source)) {
    throw new Error(
      'Cannot write the scorecard: the report has no figures, or the source no place',
    );
  }
  return source.replace(place, () => scores.join(''));
}

/** What terminals showed, among the notes. */
export function readCaptures(folder: string): readonly Capture[] {
  const file = path.join(folder, 'notes.jsonl');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines
    .map((line) => JSON.parse(line) as Capture & { readonly kind: string })
    .filter(({ kind }) => kind === 'terminal');
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      phi: { type: 'string', default: PHI_FOLDER },
      half: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  try {
    let report = scoreFolder(values.phi, values.half);
    process.stdout.write(report);
    const wire = path.join(values.phi, 'wire.jsonl');
    if (existsSync(wire)) {
      const section = `\n${formatWireScore(scoreWire(wire))}`;
      process.stdout.write(section);
      report += section;
    }
    const tables = path.resolve(values.phi, 'db');
    if (existsSync(tables)) {
      const section = `\n${await scoreTables(tables)}`;
      process.stdout.write(section);
      report += section;
    }
    const resources = path.resolve(values.phi, 'fhir-r4-examples');
    if (existsSync(resources)) {
      const section = `\n${formatFhirScore(scoreFhir(resources))}`;
      process.stdout.write(section);
      report += section;
    }
    const captures = readCaptures(values.phi);
    if (captures.length > 0) {
      const section = `\n${scoreTerminals(captures)}`;
      process.stdout.write(section);
      report += section;
    }
    if (values.write) {
      writeFileSync(REPORT, report);
      writeFileSync(SCORECARD, formatScorecard(readFileSync(SCORECARD, 'utf8'), report));
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
