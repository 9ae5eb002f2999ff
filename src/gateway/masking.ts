import { compileDetectors } from '../masking/detectors/detectors.ts';
import type { MaskContext } from '../masking/masks/mask-context.ts';
import { createMaskKeys, type MaskKeys } from '../masking/masks/pseudonym-keys.ts';
import { openTargetMasking } from '../masking/open-target-masking.ts';
import { openTextMasks } from '../masking/open-text-masks.ts';
import type { TextMasks } from '../masking/rows/findings.ts';
import { derivePatientKey, PatientHasher } from '../masking/rows/patient-hasher.ts';
import type { TargetMasking } from '../masking/target-masking.ts';
import type { SqlParser } from '../sql/postgres/parser.ts';
import type { Target } from '../targets/target.ts';

export interface MaskingParts {
  /** 32 bytes, of which all keys of masks are derived. */
  readonly masterKey: Buffer;
  readonly keyVersion: number;
  readonly parser: SqlParser;
  readonly nowMs: () => number;
}

interface Configured {
  /** What the masking was made of. */
  readonly key: string;
  readonly masking: TargetMasking;
}

/** What the targets' data maps ask for, for all sessions of a process. */
export class Masking {
  readonly #parts: MaskingParts;
  readonly #keys: MaskKeys;
  readonly #patientHasher: PatientHasher;
  #context: MaskContext;
  #textMasks: TextMasks | undefined;
  #byTarget: ReadonlyMap<string, Configured> = new Map();

  constructor(parts: MaskingParts, targets: readonly Target[]) {
    this.#parts = parts;
    this.#keys = createMaskKeys(parts.masterKey, parts.keyVersion);
    this.#patientHasher = new PatientHasher(derivePatientKey(parts.masterKey));
    this.#context = this.#makeContext();
    this.configure(targets);
  }

  /** Takes effect at the next statement of every session. */
  configure(targets: readonly Target[]): void {
    const before = this.#byTarget;
    const byTarget = new Map<string, Configured>();
    for (const { name, dataMap, functionsAllowed } of targets) {
      if (dataMap === undefined) continue;
      const key = JSON.stringify([dataMap, functionsAllowed]);
      const known = before.get(name);
      if (known?.key === key) {
        byTarget.set(name, known);
        continue;
      }
      const masking = openTargetMasking({
        dataMap,
        functionsAllowed,
        parser: this.#parts.parser,
        textMasks: this.#findTextMasks(),
        patientHasher: this.#patientHasher,
        context: () => this.#currentContext(),
      });
      byTarget.set(name, { key, masking });
    }
    this.#byTarget = byTarget;
  }

  /** Undefined for a target without a data map, whose statements and results pass as they are. */
  find(targetName: string): TargetMasking | undefined {
    return this.#byTarget.get(targetName)?.masking;
  }

  /** Compiling the detectors takes a while and a few megabytes: for the first target with a data map. */
  #findTextMasks(): TextMasks {
    this.#textMasks ??= openTextMasks(compileDetectors(), () => this.#currentContext());
    return this.#textMasks;
  }

  /** The same object as long as the year is the same. */
  #currentContext(): MaskContext {
    const context = this.#makeContext();
    if (context.thisYear !== this.#context.thisYear) this.#context = context;
    return this.#context;
  }

  #makeContext(): MaskContext {
    return { keys: this.#keys, thisYear: new Date(this.#parts.nowMs()).getUTCFullYear() };
  }
}
