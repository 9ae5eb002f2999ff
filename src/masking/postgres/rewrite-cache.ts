import { shapeKey } from '../../sql/postgres/statement-shape.ts';
import type { Rewrite } from './rewrite.ts';
import { RewriteTemplate } from './rewrite-template.ts';

export interface RewriteCacheOptions {
  /** Default: 10 000. */
  readonly entriesMax?: number;
  /** Estimated bytes of keys and texts. Default: 64 MiB. */
  readonly bytesMax?: number;
}

interface Entry {
  /** Of one text; or of all texts of a shape. */
  readonly rewrite: Rewrite | RewriteTemplate;
  readonly bytes: number;
}

/**
 * Rewrites of texts seen before, least recently used out first. A text is looked up as it is, then by its shape. `contextKey` stands for all else a rewrite depends on: the plan's
 * key and the `NameContext`.
 */
export class RewriteCache {
  readonly #entriesMax: number;
  readonly #bytesMax: number;
  /** In the order of last use. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(options: RewriteCacheOptions = {}) {
    this.#entriesMax = options.entriesMax ?? 10_000;
    this.#bytesMax = options.bytesMax ?? 64 * 1024 * 1024;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The rewrite of the text, or one made of that of another text with the same shape: the same statement with other constants. */
  find(text: string, contextKey: string): Rewrite | undefined {
    const exact = this.#touch(exactKey(text, contextKey));
    if (exact !== undefined && !(exact instanceof RewriteTemplate)) return exact;
    const literals: number[] = [];
    const shape = shapeKey(text, literals);
    if (shape === undefined) return undefined;
    const template = this.#touch(shapeKeyOf(shape, contextKey));
    return template instanceof RewriteTemplate ? template.fill(text, literals) : undefined;
  }

  store(text: string, contextKey: string, rewrite: Rewrite): void {
    // A NUL parts the fields of a key.
    if (text.includes('\0')) return;
    const bytes = estimateBytes(text, rewrite);
    this.#put(exactKey(text, contextKey), { rewrite, bytes });
    if (rewrite.kind === 'refuse') return;
    const literals: number[] = [];
    const shape = shapeKey(text, literals);
    const template = RewriteTemplate.of(text, literals, rewrite);
    if (shape === undefined || template === undefined) return;
    this.#put(shapeKeyOf(shape, contextKey), { rewrite: template, bytes });
  }

  #touch(key: string): Rewrite | RewriteTemplate | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.rewrite;
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
function estimateBytes(text: string, rewrite: Rewrite): number {
  const own = 2 * text.length + 500;
  if (rewrite.kind === 'refuse') return own;
  const outputs = rewrite.statements.reduce((sum, one) => sum + (one.outputs?.length ?? 0), 0);
  // The changes are kept beside the text that they led to.
  return own + 4 * rewrite.text.length + 100 * outputs;
}
