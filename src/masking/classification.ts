import type { CatalogRelation } from '../sql/postgres/catalog.ts';
import type { Mask } from './mask.ts';
import type { ViewComparison } from './mask-plan.ts';

/** A data class, or several where values of several may have flowed together. Class names as in `DATA_CLASSES`. */
export type ClassNames = readonly string[];

/** What is known of one column that holds, or may hold, PHI. */
export interface ClassifiedColumn {
  readonly name: string;
  /** Never empty. A principal sees the column raw only with `reveal` on each of them. */
  readonly classes: ClassNames;
  readonly mask: Mask;
  /**
   * `value`: masked at the source. `text`, `json`: shown raw to the second net where it is a plain output column; in every
   * expression it is its redacted self.
   */
  readonly content: 'value' | 'text' | 'json';
  /** Of a JSON column: the class of what a path leads to. */
  readonly paths: readonly {
    readonly path: string;
    readonly className: string;
    readonly mask: Mask;
  }[];
  /** For people: `targets/hospital.yaml maps it`, `same column of public.patients`, `not in the data map`. */
  readonly because: string;
}

/** A relation of which at least one column is classified, or of which it is known whose rows it holds. */
export interface ClassifiedRelation {
  readonly relation: CatalogRelation;
  /** By column name; columns that are not here hold nothing to mask. */
  readonly columns: ReadonlyMap<string, ClassifiedColumn>;
  /** The column that says whose row it is. It need not be classified. */
  readonly patientKey: string | undefined;
}

/** The data map of a target, applied to one version of its catalog. Immutable. */
export interface Classification {
  /** Changes whenever its content may. */
  readonly version: string;
  /** Every class that occurs. */
  readonly classNames: ReadonlySet<string>;
  /** Absent: none. */
  readonly comparisons?: readonly ViewComparison[];
  find(relationOid: number): ClassifiedRelation | undefined;
}
