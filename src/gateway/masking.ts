import assert from 'node:assert/strict';
import type { DataMap } from '../configuration/data-map.ts';
import type { Detectors } from '../masking/detectors/detectors.ts';
import type { MaskContext } from '../masking/masks/mask-context.ts';
import { createMaskKeys, type MaskKeys } from '../masking/masks/pseudonym-keys.ts';
import { openTargetMasking } from '../masking/open-target-masking.ts';
import { openTextMasks } from '../masking/open-text-masks.ts';
import type { TextMasks } from '../masking/rows/findings.ts';
import { derivePatientKey, PatientHasher } from '../masking/rows/patient-hasher.ts';
import type { TargetMasking } from '../masking/target-masking.ts';
import type { TokenVault } from '../masking/vault/token-vault.ts';
import type { SqlParser } from '../sql/postgres/parser.ts';
import { isPostgres, type Target } from '../targets/target.ts';
import { DetectorSets } from './detector-sets.ts';

export interface MaskingParts {
  /** 32 bytes, of which all keys of masks are derived. */
  readonly masterKey: Buffer;
  readonly keyVersion: number;
  readonly parser: SqlParser;
  readonly tokenVault: TokenVault;
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
  readonly #detectorSets = new DetectorSets();
  readonly #textMasks = new WeakMap<Detectors, TextMasks>();
  #byTarget: ReadonlyMap<string, Configured> = new Map();

  /** @throws {ConfigurationError} As `prepare`. */
  constructor(parts: MaskingParts, targets: readonly Target[]) {
    this.#parts = parts;
    this.#keys = createMaskKeys(parts.masterKey, parts.keyVersion);
    this.#patientHasher = new PatientHasher(derivePatientKey(parts.masterKey));
    this.#context = this.#makeContext();
    this.configure(targets);
  }

  /**
   * Does all of `configure` that can fail, and takes a while.
   *
   * @throws {ConfigurationError} If a data map's detectors cannot be compiled.
   */
  prepare(targets: readonly Target[]): void {
    this.#detectorSets.prepare(targets);
  }

  /**
   * Takes effect at the next statement of every session.
   *
   * @throws {ConfigurationError} As `prepare`; never after a `prepare` of the same targets. Nothing has changed then.
   */
  configure(targets: readonly Target[]): void {
    this.prepare(targets);
    const before = this.#byTarget;
    const byTarget = new Map<string, Configured>();
    for (const { name, dataMap, functionsAllowed } of targets.filter(isPostgres)) {
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
        textMasks: this.#getTextMasks(dataMap),
        patientHasher: this.#patientHasher,
        tokenVault: this.#parts.tokenVault,
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

  /** The same object for all targets with the same detectors. */
  #getTextMasks({ detectors }: DataMap): TextMasks {
    const compiled = this.#detectorSets.find(detectors);
    assert(compiled, 'the detectors of every target were prepared');
    let masks = this.#textMasks.get(compiled);
    if (masks === undefined) {
      masks = openTextMasks(compiled, () => this.#currentContext());
      this.#textMasks.set(compiled, masks);
    }
    return masks;
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
