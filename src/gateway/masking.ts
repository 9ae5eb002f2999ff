import assert from 'node:assert/strict';
import type { DataMap } from '../configuration/data-map.ts';
import type { FileDataMap } from '../configuration/file-data-map.ts';
import { type BodyMasking, openBodyMasking } from '../masking/bodies/body-masking.ts';
import type { ContentMaskingParts } from '../masking/content/content-masks.ts';
import type { Detectors } from '../masking/detectors/detectors.ts';
import { type HostMasking, openHostMasking } from '../masking/host-masking.ts';
import { openKubernetesMasking } from '../masking/kubernetes/kubernetes-masking.ts';
import type { MaskContext } from '../masking/masks/mask-context.ts';
import { createMaskKeys, type MaskKeys } from '../masking/masks/pseudonym-keys.ts';
import { openTargetMasking } from '../masking/open-target-masking.ts';
import { openTextMasks } from '../masking/open-text-masks.ts';
import type { TextMasks } from '../masking/rows/findings.ts';
import { derivePatientKey, PatientHasher } from '../masking/rows/patient-hasher.ts';
import type { TargetMasking } from '../masking/target-masking.ts';
import type { PseudonymMemory } from '../masking/vault/pseudonym-memory.ts';
import type { TokenVault } from '../masking/vault/token-vault.ts';
import type { SqlParser } from '../sql/postgres/parser.ts';
import {
  isPostgres,
  isSsh,
  isWeb,
  type KubernetesTarget,
  type SshTarget,
  type Target,
} from '../targets/target.ts';
import { DetectorSets } from './detector-sets.ts';

export interface MaskingParts {
  /** 32 bytes, of which all keys of masks are derived. */
  readonly masterKey: Buffer;
  readonly keyVersion: number;
  readonly parser: SqlParser;
  readonly tokenVault: TokenVault;
  /** Absent: nothing can be searched by pseudonyms. */
  readonly pseudonyms?: PseudonymMemory;
  readonly nowMs: () => number;
}

/** Maskings by the name of their target, each with what it was made of. */
type Configured<Made> = ReadonlyMap<string, { readonly key: string; readonly masking: Made }>;

type Detecting = Pick<DataMap, 'detectors'>;

interface ServiceMasking {
  readonly bodies: BodyMasking;
  readonly detectors: Detectors;
}

/** What the targets' data maps ask for, for all sessions of a process. */
export class Masking {
  readonly #parts: MaskingParts;
  readonly #keys: MaskKeys;
  readonly #patientHasher: PatientHasher;
  #context: MaskContext;
  readonly #detectorSets = new DetectorSets();
  readonly #textMasks = new WeakMap<Detectors, TextMasks>();
  #ofDatabases: Configured<TargetMasking> = new Map();
  #ofHosts: Configured<HostMasking> = new Map();
  #ofServices: Configured<ServiceMasking> = new Map();

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
   * Takes effect at the next statement of every session, the next operation on a host, the next request.
   *
   * @throws {ConfigurationError} As `prepare`; never after a `prepare` of the same targets. Nothing has changed then.
   */
  configure(targets: readonly Target[]): void {
    this.prepare(targets);
    this.#ofDatabases = renew(this.#ofDatabases, targets.filter(isPostgres), (target) => {
      const { dataMap, functionsAllowed } = target;
      if (dataMap === undefined) return undefined;
      const { parser, tokenVault } = this.#parts;
      const open = (): TargetMasking =>
        openTargetMasking({
          ...this.#share(dataMap),
          dataMap,
          functionsAllowed,
          parser,
          tokenVault,
        });
      return { key: JSON.stringify([dataMap, functionsAllowed]), open };
    });
    this.#ofHosts = renew(this.#ofHosts, targets.filter(showsOutput), (target) => {
      const dataMap = outputMapOf(target);
      if (dataMap === undefined) return undefined;
      const detectors = this.#findDetectors(dataMap);
      const open = (): HostMasking =>
        openHostMasking({ ...this.#share(dataMap), dataMap, detectors });
      return { key: JSON.stringify(dataMap), open };
    });
    this.#ofServices = renew(this.#ofServices, targets.filter(isWeb), (target) => {
      if (target.kind === 'kubernetes') return this.#describeCluster(target);
      const { dataMap, fhir } = target;
      if (dataMap === undefined) return undefined;
      const { tokenVault, pseudonyms } = this.#parts;
      const open = (): ServiceMasking => ({
        bodies: openBodyMasking({
          ...this.#share(dataMap),
          dataMap,
          fhirPath: fhir,
          tokenVault,
          pseudonyms,
        }),
        detectors: this.#findDetectors(dataMap),
      });
      return { key: JSON.stringify([dataMap, fhir]), open };
    });
  }

  #describeCluster({ dataMap }: KubernetesTarget): {
    readonly key: string;
    readonly open: () => ServiceMasking;
  } {
    const open = (): ServiceMasking => ({
      bodies: openKubernetesMasking({ ...this.#share(dataMap), dataMap }),
      detectors: this.#findDetectors(dataMap),
    });
    return { key: JSON.stringify(dataMap), open };
  }

  /** Undefined for a database without a data map, whose statements and results pass as they are. */
  find(targetName: string): TargetMasking | undefined {
    return this.#ofDatabases.get(targetName)?.masking;
  }

  /** What hosts and the commands in clusters show. Undefined where there is no data map: it passes as it is. */
  findHost(targetName: string): HostMasking | undefined {
    return this.#ofHosts.get(targetName)?.masking;
  }

  /** Undefined for a service without a data map, whose bodies pass as they are. */
  findBodies(targetName: string): BodyMasking | undefined {
    return this.#ofServices.get(targetName)?.masking.bodies;
  }

  /** What looks through texts of requests to a service; undefined where it has no data map. */
  findServiceDetectors(targetName: string): Detectors | undefined {
    return this.#ofServices.get(targetName)?.masking.detectors;
  }

  #share(dataMap: Detecting): Pick<ContentMaskingParts, 'textMasks' | 'patientHasher' | 'context'> {
    return {
      textMasks: this.#getTextMasks(dataMap),
      patientHasher: this.#patientHasher,
      context: () => this.#currentContext(),
    };
  }

  /** The same object for all targets with the same detectors. */
  #getTextMasks({ detectors }: Detecting): TextMasks {
    const compiled = this.#findDetectors({ detectors });
    let masks = this.#textMasks.get(compiled);
    if (masks === undefined) {
      masks = openTextMasks(compiled, () => this.#currentContext());
      this.#textMasks.set(compiled, masks);
    }
    return masks;
  }

  #findDetectors({ detectors }: Detecting): Detectors {
    const compiled = this.#detectorSets.find(detectors);
    assert(compiled, 'the detectors of every target were prepared');
    return compiled;
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

function showsOutput(target: Target): target is SshTarget | KubernetesTarget {
  return isSsh(target) || target.kind === 'kubernetes';
}

/** Of files in containers nothing is known. */
function outputMapOf(target: SshTarget | KubernetesTarget): FileDataMap | undefined {
  if (isSsh(target)) return target.dataMap;
  return { ...target.dataMap, files: [], unmappedFiles: 'pass' };
}

/** What was made before is kept where it would be made of the same. */
function renew<Kind extends Target, Made>(
  before: Configured<Made>,
  targets: readonly Kind[],
  describe: (target: Kind) => { readonly key: string; readonly open: () => Made } | undefined,
): Configured<Made> {
  const configured = new Map<string, { readonly key: string; readonly masking: Made }>();
  for (const target of targets) {
    const wanted = describe(target);
    if (wanted === undefined) continue;
    const known = before.get(target.name);
    const isSame = known?.key === wanted.key;
    configured.set(target.name, isSame ? known : { key: wanted.key, masking: wanted.open() });
  }
  return configured;
}
