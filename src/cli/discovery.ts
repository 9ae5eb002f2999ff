/** Asks what the columns of a target seem to hold. */
export interface DiscoverRequest {
  /** Configuration directory. */
  readonly directory: string;
  /** `target` or `target/database`. */
  readonly target: string;
  /** Rows of each relation that are looked at, at most. */
  readonly samples: number;
  /** Told what is looked at next; never a value. */
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What columns seem to hold. No value of them is in it. */
export interface Discovery {
  readonly target: string;
  /** Sorted by relation. */
  readonly columns: readonly DiscoveredColumn[];
  /** Of which too little can be said. */
  readonly undecided: readonly DiscoveredColumn[];
  readonly patientKeys: readonly {
    readonly schema: string;
    readonly relation: string;
    readonly column: string;
  }[];
  /** Relations of which only names and types were looked at: the target's role may not read them, or they are elsewhere. */
  readonly unsampled: readonly string[];
}

export interface DiscoveredColumn {
  readonly schema: string;
  readonly relation: string;
  readonly column: string;
  /** A class of the data map, or `none`. */
  readonly dataClass: string;
  /** From 0 to 1. */
  readonly confidence: number;
  readonly reason: string;
  /** Of the class `json`: what its documents hold where. */
  readonly paths?: readonly { readonly path: string; readonly dataClass: string }[];
}
