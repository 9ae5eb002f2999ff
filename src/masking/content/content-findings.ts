import type { Findings } from '../rows/findings.ts';
import type { PatientHasher } from '../rows/patient-hasher.ts';
import { PatientIdReader } from '../rows/patient-id.ts';
import { PatientSet } from '../rows/patient-set.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';

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

  mask(className: string): void {
    this.#masked.set(className, (this.#masked.get(className) ?? 0) + 1);
  }

  /** The record is of this patient. */
  see(id: string): void {
    if (this.#patients === undefined || id === '') return;
    this.#reader.readText(id);
    this.#patients.add(this.#reader);
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
