import type { Results } from './results.ts';
import type { Spread } from './spread.ts';

/**
 * Formats results as one Markdown table: for each measure the median of the rounds, the spread where
 * there was more than one, and the ratio to the first contestant that has the measure.
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
    const spreads = contestants.map((contestant) => results.find(contestant, measure));
    const reference = spreads.find((spread) => spread !== undefined);
    const digits = measures[measure];
    return [measure, ...spreads.map((spread) => formatCell(digits, spread, reference))];
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

function formatCell(
  digits: number,
  spread: Spread | undefined,
  reference: Spread | undefined,
): string {
  if (spread === undefined || reference === undefined) return '–';
  const format = (value: number): string => value.toFixed(digits);
  const range = spread.min === spread.max ? '' : ` (${format(spread.min)}–${format(spread.max)})`;
  const ratio =
    spread === reference || reference.median === 0
      ? ''
      : ` ×${(spread.median / reference.median).toFixed(2)}`;
  return `${format(spread.median)}${range}${ratio}`;
}
