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
}

/**
 * Analyses of texts seen before, least recently used out first. A text is looked up as it is, then by its shape: the same statement
 * with other constants. `contextKey` stands for all else an analysis depends on: the catalog's version and the `NameContext`.
 */
export class AnalysisCache {
  readonly #entriesMax: number;
  readonly #bytesMax: number;
  /** In the order of last use. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(options: AnalysisCacheOptions = {}) {
    this.#entriesMax = options.entriesMax ?? 10_000;
    this.#bytesMax = options.bytesMax ?? 64 * 1024 * 1024;
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * The same object for every text of one shape, so that decisions about it can be cached by identity. Where statements lie
   * in the text (`start`, `length`) is then that of the text first seen.
   */
  find(text: string, contextKey: string): Analysis | undefined {
    const exact = this.#touch(exactKey(text, contextKey));
    if (exact !== undefined) return exact;
    const shape = shapeKey(text);
    return shape === undefined ? undefined : this.#touch(shapeKeyOf(shape, contextKey));
  }

  store(text: string, contextKey: string, analysis: Analysis): void {
    // A NUL parts the fields of a key.
    if (text.includes('\0')) return;
    const bytes = estimateBytes(text, contextKey, analysis);
    this.#put(exactKey(text, contextKey), { analysis, bytes });
    if (analysis.dependsOnLiterals || analysis.statements.length !== 1) return;
    const shape = shapeKey(text);
    if (shape !== undefined) this.#put(shapeKeyOf(shape, contextKey), { analysis, bytes });
  }

  #touch(key: string): Analysis | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.analysis;
  }

  #put(key: string, entry: Entry): void {
    this.#drop(key);
    if (entry.bytes > this.#bytesMax) return;
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#entriesMax && this.#bytes <= this.#bytesMax) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }
}

function exactKey(text: string, contextKey: string): string {
  return `=${contextKey}\0${text}`;
}

function shapeKeyOf(shape: string, contextKey: string): string {
  return `~${contextKey}\0${shape}`;
}

/** Two bytes a character, and room for objects: right within a factor of two. */
function estimateBytes(text: string, contextKey: string, { statements }: Analysis): number {
  const own = 2 * (text.length + contextKey.length) + 500;
  return statements.reduce((sum, statement) => sum + statementBytes(statement), own);
}

function statementBytes({ operations, effects }: Statement): number {
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
    if (held !== undefined) bytes += statementBytes(held.statement);
  }
  return bytes;
}
