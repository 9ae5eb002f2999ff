import PdfDocument from 'pdfkit';
import type { Cell, Report, Section, Table } from './report.ts';

/** Rows of a table that a page shows; the CSV files have all. */
const ROWS_SHOWN_MAX = 200;
/** Characters of a cell: of one that is longer than a page the rest would not be drawn. */
const CELL_LENGTH_MAX = 500;
const MARGIN = 40;
const GREY = '#666666';

/** The report as a PDF, A4 across, with outlines and page numbers. */
export function makePdf(report: Report): Promise<Buffer> {
  const document = new PdfDocument({
    size: 'A4',
    layout: 'landscape',
    margin: MARGIN,
    bufferPages: true,
    info: { Title: report.title, CreationDate: new Date(report.madeAtMs) },
  });
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<Buffer>((resolve, reject) => {
    document.on('end', () => resolve(Buffer.concat(chunks)));
    document.on('error', reject);
  });
  writeFront(document, report);
  for (const section of report.sections) writeSection(document, section);
  numberPages(document, report);
  document.end();
  return ended;
}

type Document = InstanceType<typeof PdfDocument>;

function writeFront(document: Document, report: Report): void {
  const { title, fromMs, toMs, madeAtMs, checkpoints } = report;
  document.font('Helvetica-Bold').fontSize(20).text(title);
  document.moveDown().font('Helvetica').fontSize(10);
  document.text(
    `From ${new Date(fromMs).toISOString()} until before ${new Date(toMs).toISOString()}, made at ${new Date(madeAtMs).toISOString()} from the ledger alone.`,
  );
  document.text(
    'This report is evidence for people who judge. It does not say that anybody complies with a rule, and holds no statements, no values of targets and no free text.',
  );
  writeTable(document, {
    id: 'checkpoints',
    title: 'Computed from these checkpoints',
    columns: ['Log', 'Entries', 'Root'],
    rows: checkpoints.map(({ log, size, root }) => [log, size, root]),
    omitted: 0,
  });
}

function writeSection(document: Document, { title, rules, notes, tables }: Section): void {
  document.addPage();
  document.outline.addItem(title);
  document.font('Helvetica-Bold').fontSize(15).text(title, MARGIN);
  document.font('Helvetica').fontSize(9).fillColor(GREY);
  for (const rule of rules) {
    const mark = rule.state === 'proposed' ? ' (proposed)' : '';
    document.text(`${rule.citation} ${rule.title}${mark}`);
  }
  document.fillColor('black').moveDown(0.5);
  for (const note of notes) document.text(printable(note));
  for (const table of tables) writeTable(document, table);
}

function writeTable(document: Document, { title, columns, rows, omitted }: Table): void {
  document.moveDown().font('Helvetica-Bold').fontSize(10).text(title, MARGIN);
  document.font('Helvetica').fontSize(8);
  if (rows.length === 0) {
    document.text('none');
    return;
  }
  const shown = rows.slice(0, ROWS_SHOWN_MAX);
  document.moveDown(0.3).table({
    columnStyles: columns.map(() => '*' as const),
    rowStyles: { border: [0, 0, 0.5, 0], borderColor: '#cccccc', padding: 2 },
    data: [columns.map((name) => ({ text: name, textColor: GREY })), ...shown.map(formatRow)],
  });
  const more = rows.length - shown.length;
  if (more > 0) document.text(`${more} more rows stand in the CSV files.`, MARGIN);
  if (omitted > 0) document.text(`${omitted} more were counted and are not listed.`, MARGIN);
}

function formatRow(row: readonly Cell[]): string[] {
  return row.map(formatPdfCell);
}

/** What a page shows of a cell. */
export function formatPdfCell(cell: Cell): string {
  const text = String(cell);
  if (text.length <= CELL_LENGTH_MAX) return printable(text);
  return `${printable(text.slice(0, CELL_LENGTH_MAX))} ... (cut, see the CSV files)`;
}

/** The built-in fonts have the characters of Windows-1252. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a0-\u00ff]/g, '?');
}

function numberPages(document: Document, { madeAtMs }: Report): void {
  const { start, count } = document.bufferedPageRange();
  for (let page = start; page < start + count; page++) {
    document.switchToPage(page);
    const { height, margins } = document.page;
    // Below the margin a text would begin a page of its own.
    margins.bottom = 0;
    document.fontSize(8).fillColor(GREY);
    document.text(
      `Made at ${new Date(madeAtMs).toISOString()}, page ${page - start + 1} of ${count}`,
      MARGIN,
      height - MARGIN / 2 - 8,
      { lineBreak: false },
    );
  }
}
