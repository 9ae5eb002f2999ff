import { formatCsv } from './format-csv.ts';
import { formatHtml } from './format-html.ts';
import { makePdf } from './make-pdf.ts';
import type { Report } from './report.ts';

/** As what a report is handed over. */
export type ReportFormat = 'html' | 'pdf' | 'csv';

/** All of them. */
export const REPORT_FORMATS: readonly ReportFormat[] = ['html', 'pdf', 'csv'];

/** A file of a report. */
export interface ReportFile {
  readonly name: string;
  readonly mediaType: 'text/html' | 'application/pdf' | 'text/csv';
  readonly bytes: Buffer;
}

/** One file, or one for each table. */
export async function renderReport(
  report: Report,
  format: ReportFormat,
): Promise<readonly ReportFile[]> {
  switch (format) {
    case 'html': {
      const bytes = Buffer.from(formatHtml(report));
      return [{ name: 'report.html', mediaType: 'text/html', bytes }];
    }
    case 'pdf':
      return [{ name: 'report.pdf', mediaType: 'application/pdf', bytes: await makePdf(report) }];
    case 'csv':
      return formatCsv(report).map(({ name, text }) => ({
        name,
        mediaType: 'text/csv',
        bytes: Buffer.from(text),
      }));
  }
}
