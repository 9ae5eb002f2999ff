import type { Catalog } from '../sql/postgres/catalog.ts';
import type { Classification } from './classification.ts';
import type { MaskPlan } from './mask-plan.ts';
import type { TextMasks } from './rows/findings.ts';
import type { PatientHasher } from './rows/patient-hasher.ts';
import type { TokenVault } from './vault/token-vault.ts';

/** What masking shares between the sessions on one target. */
export interface TargetMasking {
  /** The data map, applied to a catalog. The same object for the same catalog. */
  classify(catalog: Catalog): Classification;
  /**
   * What a principal may not see who is shown the given classes; undefined if that is nothing.
   * The same object for the same arguments.
   */
  findPlan(catalog: Catalog, shown: ReadonlyMap<string, readonly string[]>): MaskPlan | undefined;
  /** The second net's detectors. */
  readonly textMasks: TextMasks;
  /** Hashes whose rows were shown. Absent: that stays unsaid. */
  readonly patientHasher?: PatientHasher;
  /** Which random tokens stand for what. Absent where the data map asks for none, or there is no store: then NULL stands for it. */
  readonly tokenVault?: TokenVault;
}
