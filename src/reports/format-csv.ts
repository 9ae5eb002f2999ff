import type { Cell, Report } from './report.ts';

/** A table as a file. */
export interface CsvFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Spreadsheets run what begins like this as a formula, also in full width: names in cells were chosen by clients.
 *
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
const FORMULA = /^(?:[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])/;
/** The same behind what ends a cell for other settings: where a comma is in numbers, a semicolon does, whatever is quoted. */
const LATER_FORMULA = /([;\t\r\n][\s"]*)([=+\-@\uff1d\uff0b\uff0d\uff20]?)/g;

/**
 * One file for each table, named after it, and `report.csv` about the report itself.
 *
 * @see RFC 4180
 */
export function formatCsv(report: Report): readonly CsvFile[] {
  return [
    { name: 'report.csv', text: formatRows(describeReport(report)) },
    ...report.sections.flatMap(({ tables }) =>
      tables.map(({ id, columns, rows, omitted }) => ({
        name: `${id}.csv`,
        text: formatRows([
          columns,
          ...rows,
          ...(omitted > 0 ? [[`${omitted} more, not listed`]] : []),
        ]),
      })),
    ),
  ];
}

function describeReport(report: Report): readonly (readonly Cell[])[] {
  const { title, fromMs, toMs, madeAtMs, checkpoints, sections } = report;
  return [
    ['What', 'Value'],
    ['report', title],
    ['from', new Date(fromMs).toISOString()],
    ['to', new Date(toMs).toISOString()],
    ['made at', new Date(madeAtMs).toISOString()],
    ...checkpoints.map(({ log, size, root }) => ['checkpoint', `${log} ${size} ${root}`]),
    ...sections.flatMap(({ title: section, rules, notes }) => [
      ...rules.map(({ citation, title: rule, state }) => [
        section,
        `${citation} ${rule}${state === 'proposed' ? ' (proposed)' : ''}`,
      ]),
      ...notes.map((note) => [section, note]),
    ]),
  ];
}

function formatRows(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(formatCell).join(',')}\r\n`).join('');
}

function formatCell(cell: Cell): string {
  if (typeof cell === 'number') return String(cell);
  const begun = FORMULA.test(cell) ? `'${cell}` : cell;
  const text = begun.replaceAll(LATER_FORMULA, (_, end: string, sign: string) =>
    sign === '' ? end : `${end}'${sign}`,
  );
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
