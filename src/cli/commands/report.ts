import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readHipaaReport } from '../../reports/read-hipaa-report.ts';
import { REPORT_FORMATS, type ReportFormat, renderReport } from '../../reports/render-report.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost } from '../command-context.ts';
import { findLedger } from '../find-ledger.ts';
import { parseSince } from '../parse-since.ts';
import { readKeys } from '../read-keys.ts';

export interface ReportOptions {
  /** A duration back from now, or an instant. */
  readonly from: string;
  /** An instant. Default: now. */
  readonly to?: string;
  readonly format?: readonly string[];
  /** Directory for the files. */
  readonly out: string;
  readonly publicKey?: readonly string[];
}

/** `sallyport report hipaa`: reads the files of a ledger, exits 1 if they are not whole. */
export async function runHipaaReport(
  { terminal, nowMs }: CliHost,
  directory: string,
  options: ReportOptions,
): Promise<number> {
  const formats = (options.format ?? REPORT_FORMATS).map(readFormat);
  const madeAtMs = nowMs();
  const fromMs = parseSince(options.from, madeAtMs);
  const toMs = options.to === undefined ? madeAtMs : parseSince(options.to, madeAtMs, 'The end');
  if (fromMs >= toMs) throw new CliError(EXIT.usage, 'The period ends before it begins');
  const keys = await readKeys(options.publicKey, 'log');
  terminal.say('Verifying and reading the ledger …');
  const report = await readHipaaReport(
    findLedger(directory),
    { fromMs, toMs, madeAtMs },
    keys.length > 0 ? { publicKeys: keys } : {},
  );
  await mkdir(options.out, { recursive: true });
  for (const format of formats) {
    for (const { name, bytes } of await renderReport(report, format)) {
      const file = path.join(options.out, name);
      await writeFile(file, bytes, { mode: 0o600 });
      terminal.print(file);
    }
  }
  if (report.isWhole) return EXIT.ok;
  terminal.say(terminal.style('red', 'The ledger is NOT whole: see the section on integrity.'));
  return EXIT.failure;
}

function readFormat(text: string): ReportFormat {
  const format = REPORT_FORMATS.find((known) => known === text);
  if (format !== undefined) return format;
  throw new CliError(EXIT.usage, `The format must be one of ${REPORT_FORMATS.join(', ')}`);
}
