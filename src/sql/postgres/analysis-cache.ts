import type { Analysis, Statement } from '../statement.ts';
import { shapeKey } from './statement-shape.ts';

export interface AnalysisCacheOptions {
  /** Default: 10 000. */
  readonly entriesMax?: number;
  /** Estimated bytes of keys and analyses. Default: 64 MiB. */
  readonly bytesMax?: number;
}

interface Entry {
  readonly analysis: Analysis;
  readonly bytes: number;
  readonly context: Context;
  /** The one of the context's maps in which it is. */
  readonly entries: Map<string, Entry>;
  readonly key: string;
  /** Since it was last considered for dropping. */
  isUsed: boolean;
}

/** What was analysed under one `contextKey`. */
interface Context {
  readonly key: string;
  readonly byText: Map<string, Entry>;
  readonly byShape: Map<string, Entry>;
}

/**
 * Analyses of texts seen before; those that nobody asked for lately go first. A text is looked up as it is, then by its shape: the
 * same statement with other constants. `contextKey` stands for all else an analysis depends on: the catalog's version and the
 * `NameContext`.
 */
export class AnalysisCache {
  readonly #entriesMax: number;
  readonly #bytesMax: number;
  readonly #contexts = new Map<string, Context>();
  /** In the order in which they are considered for dropping. An entry that was used meanwhile gets a second chance. */
  readonly #queue = new Set<Entry>();
  #bytes = 0;

  constructor(options: AnalysisCacheOptions = {}) {
    this.#entriesMax = options.entriesMax ?? 10_000;
    this.#bytesMax = options.bytesMax ?? 64 * 1024 * 1024;
  }

  get size(): number {
    return this.#queue.size;
  }

  /**
   * The same object for every text of one shape, so that decisions about it can be cached by identity. Where statements lie
   * in the text (`start`, `length`) is then that of the text first seen.
   */
  find(text: string, contextKey: string): Analysis | undefined {
    // Key and text are never joined: a string made for each look-up would have to be hashed whole.
    const context = this.#contexts.get(contextKey);
    if (context === undefined) return undefined;
    let entry = context.byText.get(text);
    if (entry === undefined) {
      const shape = shapeKey(text);
      entry = shape === undefined ? undefined : context.byShape.get(shape);
      if (entry === undefined) return undefined;
    }
    entry.isUsed = true;
    return entry.analysis;
  }

  store(text: string, contextKey: string, analysis: Analysis): void {
    const isShared = !analysis.dependsOnLiterals && analysis.statements.length === 1;
    const shape = isShared ? shapeKey(text) : undefined;
    const bytes = estimateBytes(text, contextKey, analysis);
    const entries = shape === undefined ? 1 : 2;
    if (entries * bytes > this.#bytesMax) return;
    this.#makeRoom(entries, entries * bytes);
    let context = this.#contexts.get(contextKey);
    if (context === undefined) {
      context = { key: contextKey, byText: new Map(), byShape: new Map() };
      this.#contexts.set(contextKey, context);
    }
    const entry = { analysis, bytes, context, isUsed: false };
    this.#put({ ...entry, entries: context.byText, key: text });
    if (shape !== undefined) this.#put({ ...entry, entries: context.byShape, key: shape });
  }

  #put(entry: Entry): void {
    const before = entry.entries.get(entry.key);
    if (before !== undefined) this.#drop(before);
    entry.entries.set(entry.key, entry);
    this.#queue.add(entry);
    this.#bytes += entry.bytes;
  }

  /** Before the new entries come: nobody has had the time to ask for them. */
  #makeRoom(entries: number, bytes: number): void {
    for (const oldest of this.#queue) {
      const isRoom =
        this.#queue.size + entries <= this.#entriesMax && this.#bytes + bytes <= this.#bytesMax;
      if (isRoom) return;
      if (oldest.isUsed) {
        oldest.isUsed = false;
        this.#queue.delete(oldest);
        this.#queue.add(oldest);
      } else {
        this.#drop(oldest);
        const { key, byText, byShape } = oldest.context;
        if (byText.size === 0 && byShape.size === 0) this.#contexts.delete(key);
      }
    }
  }

  #drop(entry: Entry): void {
    entry.entries.delete(entry.key);
    this.#queue.delete(entry);
    this.#bytes -= entry.bytes;
  }
}

/** Two bytes a character, and room for objects: right within a factor of two. */
function estimateBytes(text: string, contextKey: string, { statements }: Analysis): number {
  const own = 2 * (text.length + contextKey.length) + 500;
  return statements.reduce((sum, statement) => sum + estimateStatementBytes(statement), own);
}

/** Memory that the analysis of a statement takes, in bytes: right within a factor of two. */
export function estimateStatementBytes({ operations, effects }: Statement): number {
  let bytes = 500;
  for (const { facts } of operations) {
    bytes += 600;
    for (const names of [
      facts.reads,
      facts.writes,
      facts.relations,
      facts.columns,
      facts.functions,
      facts.objects,
    ]) {
      for (const name of names) bytes += 2 * name.length + 24;
    }
  }
  for (const held of [effects.prepares, effects.declares]) {
    if (held !== undefined) bytes += estimateStatementBytes(held.statement);
  }
  return bytes;
}
