import type { LogPlace } from '../audit/entry-source.ts';

/** How far a sink is in a log. */
export interface ExportCursor {
  readonly log: string;
  /** Of the last entry that the sink took, or refused for good. */
  readonly place: LogPlace;
}

/** Where it is kept how far each sink is, so that an export goes on after a restart. Every method rejects if it cannot answer. */
export interface CursorStore {
  list(sink: string): Promise<readonly ExportCursor[]>;
  save(sink: string, cursor: ExportCursor, nowMs: number): Promise<void>;
  /** The sink begins at the beginning of the log. */
  forget(sink: string, log: string): Promise<void>;
}
