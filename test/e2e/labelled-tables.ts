import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Environment, type Side, startEnvironment } from './environment.ts';
import { runPsql } from './run-client.ts';

/** The data class that each label of the tables stands for. */
export const CLASS_OF_LABEL: Readonly<Record<string, string>> = {
  NAME: 'name',
  STREET: 'address',
  CITY: 'city',
  COUNTY: 'county',
  ZIP: 'zip',
  LATLON: 'geo-coordinates',
  DOB: 'birth-date',
  DATE: 'date',
  AGE: 'age',
  PHONE: 'phone',
  EMAIL: 'email',
  SSN: 'ssn',
  MRN: 'mrn',
  MEMBER_ID: 'health-plan-id',
  MBI: 'health-plan-id',
  DRIVER_LICENSE: 'license-number',
  PASSPORT: 'license-number',
  UUID: 'other-id',
  IP: 'ip-address',
  URL: 'url',
  PHOTO: 'photo',
  UDI: 'device-id',
};

/** What is true of a column, or of what a path in its documents leads to. */
export interface ValueTruth {
  readonly level: 'must' | 'soft' | 'keep' | 'age90';
  readonly label: string | null;
}

/** What is true of the documents in a column: by JSON pointer. */
export interface DocumentTruth {
  readonly level: 'json';
  readonly paths: Readonly<Record<string, ValueTruth>>;
}

/** By table, by column. */
export type TablesTruth = Readonly<
  Record<string, Readonly<Record<string, ValueTruth | DocumentTruth>>>
>;

/** Rows as psql shows them: by column, with the empty text for NULL. */
export type TableRows = readonly Readonly<Record<string, string>>[];

/** Labelled tables in the schema `phi` of a server, and a gateway before it whose principal may see no class. */
export interface LabelledTables extends AsyncDisposable {
  readonly environment: Environment;
  readonly truth: TablesTruth;
}

/** @param folder Holds `truth.json`, `schema.sql`, `load.sql` and what that one loads. */
export async function startLabelledTables(folder: string): Promise<LabelledTables> {
  const text = await readFile(join(folder, 'truth.json'), 'utf8');
  const { tables: truth } = JSON.parse(text) as { readonly tables: TablesTruth };
  const environment = await startEnvironment({
    patients: 1,
    target: [[['dataMap'], { columns: mapColumns(truth) }]],
  });
  try {
    await loadTables(environment.direct, folder);
    await hideEverything(environment.configurationDirectory);
    await waitForMasks(environment.gateway);
  } catch (error) {
    await environment[Symbol.asyncDispose]();
    throw error;
  }
  return {
    environment,
    truth,
    [Symbol.asyncDispose]: () => environment[Symbol.asyncDispose](),
  };
}

/** All rows of a relation in the order in which they lie. */
export async function readRelation(side: Side, relation: string): Promise<TableRows> {
  const { stdout, stderr } = await runPsql(side, ['--csv', '-c', `SELECT * FROM ${relation}`]);
  if (stderr !== '') throw new Error(`Cannot read ${relation}: ${stderr}`);
  const [header = [], ...rows] = parseCsv(stdout);
  return rows.map((row) => Object.fromEntries(header.map((name, at) => [name, row[at] ?? ''])));
}

/** What says nothing may stay: a ZIP of zeros, and the first of January, which is what a year is shown as. */
export function isMasked(was: string, is: string): boolean {
  return is !== was || /^0+$/u.test(was) || /^\d{4}-01-01( 00:00:00(\+00)?)?$/u.test(was);
}

/** What a person would write who knows what the columns hold. */
function mapColumns(tables: TablesTruth): Record<string, unknown> {
  const columns: Record<string, unknown> = {};
  for (const [table, truth] of Object.entries(tables)) {
    for (const [column, value] of Object.entries(truth)) {
      const isClassified = value.level === 'must' || value.level === 'age90';
      columns[`phi.${table}.${column}`] = isClassified
        ? (CLASS_OF_LABEL[value.label ?? ''] ?? 'other-id')
        : 'none';
    }
  }
  columns['phi.typed.phone_json'] = { class: 'json', paths: { p: 'phone' } };
  columns['phi.patient_docs.doc'] = {
    class: 'json',
    paths: {
      'demographics.name.*': 'name',
      'demographics.dob': 'birth-date',
      'ids[*].v': 'other-id',
      'contact.tel': 'phone',
      'contact.mail': 'email',
      'contact.addr.l1': 'address',
      'contact.addr.town': 'city',
      'contact.addr.pc': 'zip',
    },
  };
  return columns;
}

async function loadTables(side: Side, folder: string): Promise<void> {
  const load = (await readFile(join(folder, 'load.sql'), 'utf8')).replaceAll(
    /from '([^']+)'/gu,
    (_, file: string) => `from '${join(folder, file)}'`,
  );
  const schema = await readFile(join(folder, 'schema.sql'), 'utf8');
  const input = `CREATE SCHEMA phi;\nSET search_path TO phi;\n${schema}\n${load}`;
  const { stderr } = await runPsql(side, ['-v', 'ON_ERROR_STOP=1', '-q', '-f', '-'], { input });
  if (stderr !== '') throw new Error(`Cannot load the labelled tables: ${stderr}`);
}

async function hideEverything(configurationDirectory: string): Promise<void> {
  const path = join(configurationDirectory, 'policies', 'hide.cedar');
  const text = '@id("hide") forbid (principal, action == Action::"reveal", resource);\n';
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

const ATTEMPTS_MAX = 100;
const ATTEMPT_EVERY_MS = 100;

/** Until the gateway has read the new policy. */
async function waitForMasks(gateway: Side): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const [row] = await readRelation(gateway, 'phi.patients').catch(() => []);
    if (row?.['first'] === '[redacted]') return;
    await new Promise((resolve) => setTimeout(resolve, ATTEMPT_EVERY_MS));
  }
  throw new Error('Cannot hide the labelled tables: the gateway still shows them');
}

/** Rows of CSV as `psql --csv` writes it. */
export function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/gu)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
