import type { Results } from './results.ts';
import type { Spread } from './spread.ts';

/**
 * Formats results as one Markdown table: for each measure the median of the rounds, the spread where
 * there was more than one, and the ratio within a round to the first contestant that has the measure.
 *
 * @param measures In the order of the table: how many digits behind the point mean something.
 */
export function formatTable<Name extends string, Shown extends Name>(
  contestants: readonly string[],
  results: Results<Name>,
  measures: Readonly<Record<Shown, number>>,
): string {
  const header = ['', ...contestants];
  const rows = (Object.keys(measures) as Shown[]).map((measure) => {
    const reference = contestants.find((name) => results.find(name, measure) !== undefined);
    const cells = contestants.map((name) => {
      const isReference = reference === undefined || name === reference;
      const ratio = isReference ? undefined : results.findRatio(name, reference, measure);
      return formatCell(measures[measure], results.find(name, measure), ratio);
    });
    return [measure, ...cells];
  });
  const widths = header.map((_, column) =>
    Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(Math.max(1, width - 1))}:`,
  );
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function formatCell(digits: number, spread: Spread | undefined, ratio: number | undefined): string {
  if (spread === undefined) return '–';
  const format = (value: number): string => value.toFixed(digits);
  const range = spread.min === spread.max ? '' : ` (${format(spread.min)}–${format(spread.max)})`;
  return `${format(spread.median)}${range}${ratio === undefined ? '' : ` ×${ratio.toFixed(2)}`}`;
}
