/** A rule that a section of a report is evidence for. */
export interface Rule {
  /** `45 CFR 164.312(b)`. */
  readonly citation: string;
  readonly title: string;
  /** `proposed`: not in force; published for comment. */
  readonly state: 'in force' | 'proposed';
}

/** What stands in one cell. */
export type Cell = string | number;

/** One table of a section. */
export interface Table {
  /** Unique within the report; part of file names. */
  readonly id: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Rows that were counted and are not listed, since there were too many. */
  readonly omitted: number;
}

/** One subject of a report. */
export interface Section {
  /** Unique within the report. */
  readonly id: string;
  readonly title: string;
  readonly rules: readonly Rule[];
  /** What the figures mean, and what they cannot say. One paragraph each. */
  readonly notes: readonly string[];
  readonly tables: readonly Table[];
}

/** What an auditor is given. It holds no statements, no values of targets and no free text of people. */
export interface Report {
  readonly title: string;
  /** Milliseconds since the Unix epoch, inclusive. */
  readonly fromMs: number;
  /** Milliseconds since the Unix epoch, exclusive. */
  readonly toMs: number;
  /** Milliseconds since the Unix epoch. */
  readonly madeAtMs: number;
  /** Whether the ledger was found whole when the report was made. */
  readonly isWhole: boolean;
  /** What it was computed from. */
  readonly checkpoints: readonly ReportCheckpoint[];
  readonly sections: readonly Section[];
}

/** The head of one log, as its last signed checkpoint states it. */
export interface ReportCheckpoint {
  readonly log: string;
  /** Entries. */
  readonly size: number;
  /** Base64. */
  readonly root: string;
}
