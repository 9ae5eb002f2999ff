import {
  isMasked,
  readRelation,
  startLabelledTables,
  type TableRows,
  type TablesTruth,
  type ValueTruth,
} from '../test/e2e/labelled-tables.ts';

/** Cells with a value, by whether they must be masked or must stay. */
export interface TableScore {
  readonly name: string;
  /** By label. */
  readonly mustMask: ReadonlyMap<string, { readonly count: number; readonly masked: number }>;
  readonly keepCount: number;
  readonly changedCount: number;
}

/** An age over this one must not be shown, but may be as this one or older: 45 CFR 164.514(b)(2)(i)(C). */
const AGE_MAX = 89;
const OLDEST = '90';

/** Compares a table as a masked principal is shown it with what is in it. */
export function scoreTable(
  name: string,
  truth: TablesTruth[string],
  { raw, shown }: { readonly raw: TableRows; readonly shown: TableRows },
): TableScore {
  const mustMask = new Map<string, { count: number; masked: number }>();
  let [keepCount, changedCount] = [0, 0];
  const count = ({ level, label }: ValueTruth, was: string, is: string): void => {
    if (level === 'soft') return;
    if (level === 'keep' || (level === 'age90' && !(Number(was) > AGE_MAX))) {
      keepCount += 1;
      if (is !== was) changedCount += 1;
    } else if (was !== '') {
      const score = mustMask.get(label ?? '') ?? { count: 0, masked: 0 };
      score.count += 1;
      if (isMasked(was, is) || (level === 'age90' && is === OLDEST)) score.masked += 1;
      mustMask.set(label ?? '', score);
    }
  };
  for (const [row, before] of raw.entries()) {
    for (const [column, value] of Object.entries(truth)) {
      const [was = '', is = ''] = [before[column], shown[row]?.[column]];
      if (value.level !== 'json') {
        count(value, was, is);
        continue;
      }
      for (const [pointer, inDocument] of Object.entries(value.paths)) {
        count(inDocument, textAt(was, pointer), textAt(is, pointer));
      }
    }
  }
  return { name, mustMask, keepCount, changedCount };
}

/** What a JSON pointer leads to in a document, as text. */
function textAt(document: string, pointer: string): string {
  let value: unknown = JSON.parse(document);
  for (const key of pointer.split('/').slice(1)) {
    value = (value as Readonly<Record<string, unknown>> | undefined)?.[key];
  }
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** Reads every labelled table through a gateway of its own, and says what was masked. */
export async function scoreTables(folder: string): Promise<string> {
  await using labelled = await startLabelledTables(folder);
  const { environment, truth } = labelled;
  const scores: TableScore[] = [];
  for (const [name, columns] of Object.entries(truth)) {
    const raw = await readRelation(environment.direct, `phi.${name}`);
    const shown = await readRelation(environment.gateway, `phi.${name}`);
    if (raw.length === 0 || shown.length !== raw.length) {
      throw new Error(
        `Cannot score ${name}: it has ${raw.length} rows, and ${shown.length} are shown`,
      );
    }
    scores.push(scoreTable(name, columns, { raw, shown }));
  }
  return formatTableScores(scores);
}

/** As a section of the report. */
export function formatTableScores(scores: readonly TableScore[]): string {
  const labels = [...new Set(scores.flatMap(({ mustMask }) => [...mustMask.keys()]))];
  const all = labels.map((label) => ({ label, ...sum(scores, label) }));
  const patients = scores.filter(({ name }) => name === 'patients');
  return [
    '## Tables: read through a gateway by a principal who may see no class',
    '',
    'A private PostgreSQL was loaded with the tables and a gateway started before it, with a data map that names the class of each labelled',
    'column and path. Each table was then read with psql from both. A value counts as masked if what is shown is not what is there: what a mask',
    'keeps by design (a year, three digits of a ZIP code, 90 for all ages from there on) it may show. A cell that must stay counts as over-masked if one byte of it differs.',
    '',
    '| table | values to mask | masked | cells to keep | over-masked |',
    '|---|---|---|---|---|',
    ...scores.map((score) => {
      const { count, masked } = sum([score]);
      return `| ${score.name} | ${count} | ${percent(masked, count)} | ${score.keepCount} | ${score.changedCount} |`;
    }),
    '',
    '| label | values | masked | of `patients` | masked |',
    '|---|---|---|---|---|',
    ...all
      .sort((left, right) => right.count - left.count)
      .map(({ label, count, masked }) => {
        const ofPatients = sum(patients, label);
        return `| ${label} | ${count} | ${percent(masked, count)} | ${ofPatients.count} | ${percent(ofPatients.masked, ofPatients.count)} |`;
      }),
    '',
  ].join('\n');
}

/** Of one label, or of all. */
function sum(scores: readonly TableScore[], label?: string): { count: number; masked: number } {
  const total = { count: 0, masked: 0 };
  for (const { mustMask } of scores) {
    for (const [name, { count, masked }] of mustMask) {
      if (label !== undefined && name !== label) continue;
      total.count += count;
      total.masked += masked;
    }
  }
  return total;
}

/** Never rounded up to 100. */
function percent(part: number, whole: number): string {
  if (whole === 0) return '–';
  return `${(Math.floor((1_000 * part) / whole) / 10).toFixed(1)} %`;
}
