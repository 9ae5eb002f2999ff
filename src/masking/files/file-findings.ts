import type { Findings } from '../rows/findings.ts';
import type { PatientHasher } from '../rows/patient-hasher.ts';
import { PatientIdReader } from '../rows/patient-id.ts';
import { PatientSet } from '../rows/patient-set.ts';
import type { FileEvidence } from './file-plan.ts';

/** Counts what was shown of one file, and of whom. */
export class FileFindings {
  readonly #findings: Findings;
  readonly #patients: PatientSet | undefined;
  readonly #reader = new PatientIdReader();
  readonly #masked = new Map<string, number>();
  #records = 0;
  #withheld = 0;

  constructor(findings: Findings, hasher: PatientHasher | undefined) {
    this.#findings = findings;
    this.#patients = hasher && new PatientSet(hasher);
  }

  record(): void {
    this.#records += 1;
  }

  /** A record could not be taken apart. */
  withhold(): void {
    this.#withheld += 1;
  }

  mask(className: string): void {
    this.#masked.set(className, (this.#masked.get(className) ?? 0) + 1);
  }

  /** A record of this patient was shown. */
  see(id: string): void {
    if (this.#patients === undefined || id === '') return;
    this.#reader.readText(id);
    this.#patients.add(this.#reader);
  }

  describe(): FileEvidence {
    const found = this.#findings.byClass;
    return {
      ...(this.#records > 0 && { records: this.#records }),
      ...(this.#masked.size > 0 && { masked: Object.fromEntries(this.#masked) }),
      ...(found.size > 0 && { found: Object.fromEntries(found) }),
      ...(this.#withheld > 0 && { withheld: this.#withheld }),
      ...(this.#patients !== undefined &&
        this.#records > 0 && { patients: this.#patients.toFields() }),
    };
  }
}
