import type { Findings } from '../rows/findings.ts';
import type { PatientHasher } from '../rows/patient-hasher.ts';
import { PatientIdReader } from '../rows/patient-id.ts';
import { PatientSet } from '../rows/patient-set.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';

/** Of a longer id it is not remembered that it was seen. */
const LAST_ID_BYTES = 64;

/** What is known of a file before its first byte. */
export interface ContentFindingsParts {
  /** Counts what the detectors mask. */
  readonly found: Findings;
  /** Data classes that are shown raw, each with the ids of the policies that permit it. */
  readonly raw: Readonly<Record<string, readonly string[]>>;
  /** `unsaid`: the file holds data of patients, and nothing in it says whose. */
  readonly patients: PatientHasher | 'unsaid' | undefined;
}

/** Counts what was shown of one file, and of whom. */
export class ContentFindings {
  readonly #parts: ContentFindingsParts;
  readonly #patients: PatientSet | undefined;
  readonly #reader = new PatientIdReader();
  readonly #masked = new Map<string, number>();
  /** The id that was seen last: records of one patient often follow each other. */
  readonly #lastId: Buffer = Buffer.alloc(LAST_ID_BYTES);
  #lastIdBytes = 0;
  #rows = 0;
  #withheld = 0;

  constructor(parts: ContentFindingsParts) {
    this.#parts = parts;
    const { patients } = parts;
    this.#patients = typeof patients === 'object' ? new PatientSet(patients) : undefined;
  }

  /** A row, or a document, comes. */
  record(): void {
    this.#rows += 1;
  }

  /** A record could not be taken apart. */
  withhold(): void {
    this.#withheld += 1;
  }

  mask(className: string, count = 1): void {
    this.#masked.set(className, (this.#masked.get(className) ?? 0) + count);
  }

  /** The record is of this patient. */
  see(id: string): void {
    if (this.#patients === undefined || id === '') return;
    this.#reader.readText(id);
    this.#patients.add(this.#reader);
  }

  /** The same of the id that is `bytes[start, end)`, in UTF-8. */
  seeBytes(bytes: Buffer, start: number, end: number): void {
    if (this.#patients === undefined || start === end) return;
    if (this.#isLastId(bytes, start, end)) return;
    const isTrimmed = isOfWord(bytes[start] as number) && isOfWord(bytes[end - 1] as number);
    if (!isTrimmed) return this.see(bytes.toString('utf8', start, end));
    this.#reader.readTextFormat(bytes, start, end);
    this.#patients.add(this.#reader);
    this.#lastIdBytes = end - start > LAST_ID_BYTES ? 0 : end - start;
    for (let offset = 0; offset < this.#lastIdBytes; offset++) {
      this.#lastId[offset] = bytes[start + offset] as number;
    }
  }

  #isLastId(bytes: Buffer, start: number, end: number): boolean {
    if (end - start !== this.#lastIdBytes) return false;
    // Ids differ most often in their last characters.
    for (let offset = end; offset-- > start; ) {
      if (bytes[offset] !== this.#lastId[offset - start]) return false;
    }
    return true;
  }

  describe(): EvidenceFields {
    const { found, raw, patients } = this.#parts;
    const rows = this.#rows;
    return {
      rows,
      ...(this.#masked.size > 0 && { masked: Object.fromEntries(this.#masked) }),
      ...(found.byClass.size > 0 && { found: Object.fromEntries(found.byClass) }),
      ...(this.#withheld > 0 && { withheld: this.#withheld }),
      ...(Object.keys(raw).length > 0 && { raw }),
      ...(this.#patients !== undefined && rows > 0 && { patients: this.#patients.toFields() }),
      ...(patients === 'unsaid' && rows > 0 && { unseen: true }),
    };
  }
}

/** Whether a byte is a character of ASCII that is no space. */
function isOfWord(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f;
}
