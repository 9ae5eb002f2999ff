import type { Entry } from '../audit/decode-entry.ts';
import type { Section } from './report.ts';

/** Who acts in a session, and on what. */
export interface SessionActor {
  readonly principalId: string;
  readonly target: string;
}

/** An entry as a report looks at it. */
export interface SeenEntry {
  readonly entry: Entry;
  readonly logName: string;
  /** Whether it is of the report's period: what came before only explains it. */
  readonly isWithin: boolean;
  /** Of the entry's session, if its start is in the ledger. */
  readonly actor: SessionActor | undefined;
}

/** Makes one section out of entries, which come in the order of their times. */
export interface SectionCollector {
  add(seen: SeenEntry): void;
  finish(): Section;
}
