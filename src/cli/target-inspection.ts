/** What a look at one database of a target found. Nothing of it depends on the values there. */
export interface TargetInspection {
  /** `target`, or `target/database`. */
  readonly name: string;
  /** Why its catalog could not be read. Absent if it was. */
  readonly failure?: string;
  readonly relations: number;
  /** Relations with at least one classified column, views included. Zero without a data map. */
  readonly classified: number;
  /** Entries of the data map that match nothing in it, as written. */
  readonly unmatched: readonly string[];
}
