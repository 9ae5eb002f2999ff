import { MESSAGE_HEADER_BYTES } from '../../wire/postgres/message-framing.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { OutputColumn } from '../postgres/output-column.ts';
import type { Findings } from './findings.ts';
import type { PatientHasher } from './patient-hasher.ts';
import { PatientIdReader } from './patient-id.ts';
import { PatientSet, type PatientsFields } from './patient-set.ts';
import { readText, type TextEncoding, UTF8 } from './text-encoding.ts';

/** Bytes of each filter where a result has several: an entry of the ledger has 64 KiB for all of it. */
const FILTER_BYTES_BESIDE_OTHERS_MAX = 8_192;

/** A column of a result that says whose rows they are. */
export interface PatientKeyColumn {
  /** From 0, in the result. */
  readonly index: number;
  readonly typeOid: number;
  readonly isBinary: boolean;
  /** It is shown masked, so that its values are pseudonyms. */
  readonly isMasked: boolean;
}

/** What is known of a result before its first row. */
export interface EvidenceSource {
  readonly outputs: readonly OutputColumn[] | undefined;
  /** Data classes that the result shows raw, each with the ids of the policies that permit it. */
  readonly raw: ReadonlyMap<string, readonly string[]>;
  readonly patientKeys: readonly PatientKeyColumn[];
  /** In which they are written. Default: UTF-8. */
  readonly encoding?: TextEncoding;
  /** Ids of the patients whose rows alone it can show, where its conditions say so and its columns do not. */
  readonly named?: readonly string[] | undefined;
  /** Rows of patients are read whose key is no column of the result. */
  readonly hasUnseenPatients: boolean;
  /** Undefined: the target has no key for it, and whose rows they were stays unsaid. */
  readonly hasher: PatientHasher | undefined;
}

/** What the ledger keeps of a result. What does not apply is left out. See docs/evidence.md. */
export interface EvidenceFields {
  readonly rows: number;
  /** Values masked at the source that were not null, by data class; nulls count too where values were not looked at. */
  readonly masked?: Readonly<Record<string, number>>;
  /** Values that detectors found and masked, by data class. */
  readonly found?: Readonly<Record<string, number>>;
  /** Fields shown as NULL because they could not be looked through. */
  readonly withheld?: number;
  /** Data classes shown raw, and the policies that permit it. */
  readonly raw?: Readonly<Record<string, readonly string[]>>;
  /** Whose rows they were. */
  readonly patients?: PatientsFields;
  /** The same where the key was shown masked: hashes of pseudonyms. */
  readonly pseudonyms?: PatientsFields;
  /** Whose rows it may have been, by the statement's own conditions: nobody else's. */
  readonly named?: PatientsFields;
  /** Rows of patients were read that these sets do not name. */
  readonly unseen?: true;
}

/** Counts, row by row, what one result showed. */
export class ResultEvidence {
  readonly #source: EvidenceSource;
  /** By column: the patient key that it is. */
  readonly #keys: (PatientKeyColumn | undefined)[] = [];
  /** By column: its values that were not null. */
  readonly #values: Float64Array;
  /** Fields of a row that are looked at. */
  readonly #width: number;
  readonly #reader: PatientIdReader | undefined;
  #patients: PatientSet | undefined;
  #pseudonyms: PatientSet | undefined;
  #rows = 0;
  /** Of them, those whose values nobody looked at. */
  #rowsUnread = 0;
  #hasUnseen: boolean;
  #findings: Findings | undefined;

  constructor(source: EvidenceSource) {
    this.#source = source;
    const { outputs, patientKeys, hasher } = source;
    this.#hasUnseen = source.hasUnseenPatients || (hasher === undefined && patientKeys.length > 0);
    if (hasher !== undefined && patientKeys.length > 0) {
      for (const key of patientKeys) this.#keys[key.index] = key;
      this.#reader = new PatientIdReader();
    }
    const lastMasked = outputs?.findLastIndex(({ masked }) => masked.length > 0) ?? -1;
    this.#width = Math.max(lastMasked + 1, this.#keys.length);
    this.#values = new Float64Array(this.#width);
  }

  /** Whether {@link row} should see each row; else {@link finish} is enough. */
  get looksAtRows(): boolean {
    return this.#width > 0;
  }

  /**
   * Counts rows that {@link row} has not seen, such as those of a COPY: their masked values count as if
   * none of them were null, and whose they are stays unsaid.
   */
  countRows(count: number): void {
    this.#rows += count;
    this.#rowsUnread += count;
    if (count > 0 && this.#keys.length > 0) this.#hasUnseen = true;
  }

  /** The result has ended. @param rows How many it had in all. */
  finish(rows: number): void {
    this.countRows(Math.max(0, rows - this.#rows));
  }

  /** What the second net found in the rows. */
  addFindings(findings: Findings): void {
    this.#findings = findings;
  }

  /**
   * Takes a whole `DataRow` message, `buffer[start, end)`, header included, as the client gets it.
   *
   * @throws {ProtocolError} If it ends too early.
   */
  row(buffer: Buffer, start: number, end: number): void {
    this.#rows += 1;
    if (this.#width === 0) return;
    let offset = start + MESSAGE_HEADER_BYTES + 2;
    if (offset > end) throw cutAt(0);
    const count = Math.min(this.#width, buffer.readUInt16BE(offset - 2));
    for (let index = 0; index < count; index++) {
      if (end - offset < 4) throw cutAt(offset - start - MESSAGE_HEADER_BYTES);
      const length = buffer.readInt32BE(offset);
      offset += 4;
      if (length < 0) continue;
      if (length > end - offset) throw cutAt(offset - start - MESSAGE_HEADER_BYTES);
      this.#values[index] = (this.#values[index] as number) + 1;
      const key = this.#keys[index];
      if (key !== undefined) this.#see(key, buffer, offset, offset + length);
      offset += length;
    }
  }

  /** The fields of the ledger's entry. */
  toLedgerFields(): EvidenceFields {
    const masked = new Map<string, number>();
    for (const [index, output] of (this.#source.outputs ?? []).entries()) {
      const count = (this.#values[index] ?? 0) + this.#rowsUnread;
      if (count === 0) continue;
      for (const name of output.masked) masked.set(name, (masked.get(name) ?? 0) + count);
    }
    const found = this.#findings?.byClass;
    const withheld = this.#findings?.withheld ?? 0;
    const { raw } = this.#source;
    return {
      rows: this.#rows,
      ...(masked.size > 0 && { masked: Object.fromEntries(masked) }),
      ...(found !== undefined && found.size > 0 && { found: Object.fromEntries(found) }),
      ...(withheld > 0 && { withheld }),
      ...(raw.size > 0 && { raw: Object.fromEntries(raw) }),
      ...this.#describeSets(),
      ...(this.#hasUnseen && this.#rows > 0 && { unseen: true }),
    };
  }

  #describeSets(): Pick<EvidenceFields, 'patients' | 'pseudonyms' | 'named'> {
    const sets = {
      patients: this.#patients,
      pseudonyms: this.#pseudonyms,
      named: this.#collectNamed(),
    };
    const found = Object.entries(sets).filter((entry) => entry[1] !== undefined);
    const bytesMax = found.length > 1 ? FILTER_BYTES_BESIDE_OTHERS_MAX : undefined;
    return Object.fromEntries(found.map(([name, set]) => [name, set?.toFields(bytesMax)]));
  }

  #collectNamed(): PatientSet | undefined {
    const { named, hasher } = this.#source;
    if (named === undefined || hasher === undefined || this.#rows === 0) return undefined;
    const set = new PatientSet(hasher);
    const reader = new PatientIdReader();
    for (const id of named) {
      reader.readText(id);
      set.add(reader);
    }
    return set;
  }

  #see(key: PatientKeyColumn, bytes: Buffer, start: number, end: number): void {
    const reader = this.#reader;
    const { hasher } = this.#source;
    if (reader === undefined || hasher === undefined) return;
    if (!key.isBinary) {
      reader.readTextFormat(bytes, start, end);
    } else if (!reader.readBinaryFormat(key.typeOid, bytes, start, end)) {
      this.#hasUnseen = true;
      return;
    }
    // The same patient has the same hash in every encoding.
    const id = reader.bytes.subarray(reader.start, reader.end);
    const text = readText(this.#source.encoding ?? UTF8, id);
    if (text === undefined) {
      this.#hasUnseen = true;
      return;
    }
    if (text !== id) reader.readTextFormat(text, 0, text.length);
    if (key.isMasked) {
      this.#pseudonyms ??= new PatientSet(hasher);
      this.#pseudonyms.add(reader);
    } else {
      this.#patients ??= new PatientSet(hasher);
      this.#patients.add(reader);
    }
  }
}

function cutAt(offset: number): ProtocolError {
  return new ProtocolError('DataRow', `ends inside a field at byte ${offset}`);
}
