/** What a look at a target found. */
export type TargetInspection = DatabaseInspection | HostInspection | SiteInspection;

/** What a login to a host found. */
export interface HostInspection {
  readonly kind: 'host';
  readonly name: string;
  /** Why the gateway was not let in, or did not go in. Absent if it was. */
  readonly failure?: string;
  /** What the host's server calls itself. */
  readonly software: string;
}

/** What a connection to what is reached by HTTP found. */
export interface SiteInspection {
  readonly kind: 'site';
  readonly name: string;
  /** Why there was none. Absent if there was. */
  readonly failure?: string;
  /** What it would be spoken to in: `h2` or `http/1.1`. */
  readonly speaks: string;
}

/** What a look at one database found. Nothing of it depends on the values there. */
export interface DatabaseInspection {
  readonly kind: 'database';
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
