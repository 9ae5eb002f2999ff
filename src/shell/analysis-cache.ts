import { analyzeCommand } from './analyze-command.ts';
import type { CommandFacts } from './command-facts.ts';

/** Analyses of texts sent before, by exact text; those that nobody sent lately go first. */
export class AnalysisCache {
  readonly #entriesMax: number;
  readonly #unitsMax: number;
  readonly #entries = new Map<string, CommandFacts>();
  /** Of the texts kept and of what was found in them. */
  #units = 0;

  /** @param options Defaults: 5 000 texts, 4 Mi UTF-16 units with what was found in them. */
  constructor(options: { readonly entriesMax?: number; readonly unitsMax?: number } = {}) {
    this.#entriesMax = options.entriesMax ?? 5_000;
    this.#unitsMax = options.unitsMax ?? 4 * 1024 * 1024;
  }

  /** The same object for the same text, so that decisions about it can be cached by identity. */
  analyze(text: string): CommandFacts {
    const known = this.#entries.get(text);
    if (known !== undefined) {
      this.#entries.delete(text);
      this.#entries.set(text, known);
      return known;
    }
    const facts = analyzeCommand(text);
    this.#entries.set(text, facts);
    this.#units += countUnits(text, facts);
    for (const [oldest, found] of this.#entries) {
      if (this.#entries.size <= this.#entriesMax && this.#units <= this.#unitsMax) break;
      this.#entries.delete(oldest);
      this.#units -= countUnits(oldest, found);
    }
    return facts;
  }
}

function countUnits(text: string, facts: CommandFacts): number {
  const { commands, subcommands, paths, reads, writes, shown } = facts;
  // A list holds each of its names once, but a name may stand in several lists.
  return [commands, subcommands, paths, reads, writes, shown.patterns, shown.names]
    .flat()
    .reduce((sum, name) => sum + name.length + 8, text.length + 100);
}
