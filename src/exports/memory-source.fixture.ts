import type { EntrySource, LogPlace, SourceEntry } from '../audit/entry-source.ts';
import type { EntryKind } from '../audit/ledger-port.ts';
import type { CursorStore, ExportCursor } from './cursor-store.ts';

/** An entry of a log in memory. */
export function sourceEntry(
  log: string,
  seq: number,
  {
    kind = 'operation',
    fields = {},
    content,
    atMs = 1_700_000_000_000 + seq * 1_000,
  }: {
    readonly kind?: EntryKind;
    readonly fields?: Readonly<Record<string, unknown>>;
    readonly content?: Readonly<Record<string, unknown>>;
    readonly atMs?: number;
  } = {},
): SourceEntry {
  return {
    log,
    entry: { seq, at: new Date(atMs).toISOString(), kind, ...fields },
    content: content === undefined ? { state: 'none' } : { state: 'open', fields: content },
    leafHash: seq.toString(16).padStart(64, '0'),
    bytes: 200,
    place: { seq, segment: '0000000000000000.segment', offset: seq * 200 },
  };
}

/** Logs in memory, to which a test adds. */
export class MemorySource implements EntrySource {
  readonly logs: Map<string, SourceEntry[]> = new Map();
  /** Entries that were asked for: what a reader takes without need shows here. */
  read = 0;

  add(log: string, count: number): void {
    const entries = this.logs.get(log) ?? [];
    this.logs.set(log, entries);
    for (let index = 0; index < count; index++) entries.push(sourceEntry(log, entries.length));
  }

  async listLogs(): Promise<readonly string[]> {
    return [...this.logs.keys()];
  }

  async *readOn(log: string, place: LogPlace | undefined): AsyncGenerator<SourceEntry, void> {
    for (const entry of this.logs.get(log) ?? []) {
      if (entry.place.seq <= (place?.seq ?? -1)) continue;
      this.read += 1;
      yield entry;
    }
  }

  async findPlace(log: string, sinceMs: number): Promise<LogPlace | undefined> {
    const before = (this.logs.get(log) ?? []).filter(({ entry }) => Date.parse(entry.at) < sinceMs);
    return before.at(-1)?.place;
  }
}

/** Cursors in memory; can be made to fail. */
export class MemoryCursors implements CursorStore {
  readonly places: Map<string, ExportCursor> = new Map();
  isDown = false;

  async list(sink: string): Promise<readonly ExportCursor[]> {
    this.#check();
    return [...this.places]
      .filter(([key]) => key.startsWith(`${sink} `))
      .map(([, cursor]) => cursor);
  }

  async save(sink: string, cursor: ExportCursor): Promise<void> {
    this.#check();
    this.places.set(`${sink} ${cursor.log}`, cursor);
  }

  async forget(sink: string, log: string): Promise<void> {
    this.#check();
    this.places.delete(`${sink} ${log}`);
  }

  #check(): void {
    if (this.isDown) throw new Error('the store is down');
  }
}
