import { type NoteSubject, writeNote } from './note.ts';
import { SeededRandom } from './seeded-random.ts';
import {
  DEPARTMENTS,
  type Department,
  FIRST_NAMES,
  LAST_NAMES,
  PAYERS,
  STREETS,
  TOWNS,
} from './vocabulary.ts';

/** How large a hospital to make up. */
export interface HospitalOptions {
  /** Default: 5 000. There are about three encounters and notes to each. */
  readonly patients?: number;
  /** The same seed gives the same hospital, byte by byte. Default: 1. */
  readonly seed?: number;
}

/** Rows of one table, in the text format of PostgreSQL's COPY. */
export interface TableRows {
  /** Schema-qualified name. */
  readonly table: string;
  readonly columns: readonly string[];
  /** Some hundred lines each, ready to be sent as they are. */
  readonly chunks: readonly string[];
}

const PATIENTS_DEFAULT = 5000;
const LINES_PER_CHUNK = 500;
const FIRST_DAY_MS = Date.UTC(2023, 0, 2);
/** Visits lie in 2023, 2024 and 2025, the years that have partitions. */
const DAYS = 3 * 365 - 5;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const CLAIM_STATES = [
  'paid',
  'paid',
  'paid',
  'submitted',
  'submitted',
  'denied',
  'appealed',
] as const;

/** Makes up a whole hospital. Tables come in the order in which foreign keys need them. */
export function makeHospital(options: HospitalOptions = {}): readonly TableRows[] {
  const random = new SeededRandom(options.seed ?? 1);
  const tables = makeTables();
  for (const { code, name, floor } of DEPARTMENTS) tables.departments.add([code, name, floor]);
  const providers = makeProviders(random);

  let encounterId = 0;
  let claimId = 0;
  for (let id = 1; id <= (options.patients ?? PATIENTS_DEFAULT); id++) {
    const patient = makePatient(random, id);
    tables.patients.add([id, ...patient.row]);
    for (let visits = random.between(1, 5); visits > 0; visits--) {
      encounterId++;
      const visit = makeVisit(random, providers);
      const { department, reason, provider, startMs, endMs } = visit;
      tables.encounters.add([
        ...[encounterId, id, timestamp(startMs), timestamp(endMs)],
        ...[department.code, reason, provider],
      ]);
      const body = writeNote(random, patient, { ...visit, date: timestamp(startMs).slice(0, 10) });
      const writtenMs = startMs + random.between(5, 600) * MINUTE_MS;
      tables.notes.add([encounterId, encounterId, provider, timestamp(writtenMs), body]);
      addVitalSigns(random, tables.vitalSigns, { encounterId, startMs });
      if (random.chance(80)) {
        claimId++;
        const submitted = timestamp(endMs + random.between(1, 30) * DAY_MS);
        const cents = random.between(4_000, 900_000);
        const state = random.pick(CLAIM_STATES);
        tables.claims.add([claimId, id, encounterId, random.pick(PAYERS), cents, state, submitted]);
      }
    }
  }
  return Object.values(tables).map((table) => table.rows());
}

function makeTables() {
  return {
    departments: new CopyTable('public.departments', 'code name floor'),
    patients: new CopyTable(
      'public.patients',
      'id mrn first_name last_name birth_date ssn phone email address city state zip',
    ),
    encounters: new CopyTable(
      'public.encounters',
      'id patient_id started_at ended_at department reason provider',
    ),
    notes: new CopyTable('public.notes', 'id encounter_id author written_at body'),
    claims: new CopyTable(
      'public.claims',
      'id patient_id encounter_id payer amount_cents status submitted_at',
    ),
    vitalSigns: new CopyTable(
      'public.vital_signs',
      'encounter_id measured_at heart_rate systolic_mmhg diastolic_mmhg temperature_celsius',
    ),
  };
}

interface Patient extends NoteSubject {
  /** Columns after `id`. */
  readonly row: readonly string[];
}

function makePatient(random: SeededRandom, id: number): Patient {
  const firstName = random.pick(FIRST_NAMES);
  const lastName = random.pick(LAST_NAMES);
  const birthMs = Date.UTC(random.between(1930, 2021), random.below(12), random.between(1, 28));
  const { city, state, zip3 } = random.pick(TOWNS);
  const subject = {
    firstName,
    lastName,
    mrn: `MRN${String(id * 7919).padStart(8, '0')}`,
    birthDate: timestamp(birthMs).slice(0, 10),
    ssn: makeSsn(random),
    // 555-0100 to 555-0199 are reserved for fiction.
    phone: `(${random.between(201, 989)}) 555-01${twoDigits(random.below(100))}`,
    email: makeEmail(random, firstName, lastName),
    city,
  };
  const address = `${random.between(1, 480)} ${random.pick(STREETS)}`;
  const zip = `${zip3}${twoDigits(random.below(100))}`;
  const { mrn, birthDate, ssn, phone, email } = subject;
  const row = [mrn, firstName, lastName, birthDate, ssn, phone, email, address, city, state, zip];
  return { ...subject, row };
}

/**
 * A number that was never and will never be given to anyone: areas from 900 on are not issued as
 * Social Security numbers, and groups below 50 not as taxpayer numbers either.
 */
function makeSsn(random: SeededRandom): string {
  const serial = String(random.between(1, 9999)).padStart(4, '0');
  return `${random.between(900, 999)}-${twoDigits(random.between(1, 49))}-${serial}`;
}

/** In domains that RFC 2606 reserves for examples. */
function makeEmail(random: SeededRandom, firstName: string, lastName: string): string {
  const name = `${firstName}.${lastName}`.toLowerCase().replaceAll(/[^a-z.-]/g, '');
  return `${name}${random.below(90) + 10}@${random.pick(['example.com', 'example.org', 'example.net'])}`;
}

type Providers = ReadonlyMap<string, readonly [string, ...string[]]>;

/** Six people in each department. */
function makeProviders(random: SeededRandom): Providers {
  const name = (): string =>
    `${random.pick(['Dr.', 'Dr.', 'NP', 'PA'])} ${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`;
  return new Map(
    DEPARTMENTS.map(({ code }) => [code, [name(), name(), name(), name(), name(), name()]]),
  );
}

interface Visit {
  readonly department: Department;
  readonly reason: string;
  readonly provider: string;
  readonly startMs: number;
  readonly endMs: number;
}

function makeVisit(random: SeededRandom, providers: Providers): Visit {
  const department = random.pick(DEPARTMENTS);
  const startMs = FIRST_DAY_MS + random.below(DAYS) * DAY_MS + random.below(1440) * MINUTE_MS;
  const endMs = startMs + random.between(15, 900) * MINUTE_MS;
  const provider = random.pick(providers.get(department.code) ?? ['Dr. Nobody']);
  return { department, reason: random.pick(department.reasons), provider, startMs, endMs };
}

function addVitalSigns(
  random: SeededRandom,
  table: CopyTable,
  { encounterId, startMs }: { readonly encounterId: number; readonly startMs: number },
): void {
  const systolic = random.between(95, 175);
  table.add([
    ...[encounterId, timestamp(startMs + 5 * MINUTE_MS), random.between(48, 128)],
    ...[systolic, systolic - random.between(25, 60), random.between(358, 401) / 10],
  ]);
}

/** Collects lines of COPY's text format. */
class CopyTable {
  readonly #table: string;
  readonly #columns: readonly string[];
  readonly #chunks: string[] = [];
  #lines: string[] = [];

  constructor(table: string, columns: string) {
    this.#table = table;
    this.#columns = columns.split(' ');
  }

  add(values: readonly (string | number)[]): void {
    this.#lines.push(`${values.map(escapeValue).join('\t')}\n`);
    if (this.#lines.length === LINES_PER_CHUNK) this.#flush();
  }

  rows(): TableRows {
    this.#flush();
    return { table: this.#table, columns: this.#columns, chunks: this.#chunks };
  }

  #flush(): void {
    if (this.#lines.length > 0) this.#chunks.push(this.#lines.join(''));
    this.#lines = [];
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function escapeValue(value: string | number): string {
  if (typeof value === 'number') return String(value);
  return value.replaceAll(/[\\\n\r\t]/g, (character) => ESCAPES[character] ?? character);
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
