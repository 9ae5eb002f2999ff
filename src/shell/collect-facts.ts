import type { CommandFacts } from './command-facts.ts';
import { type Effect, findEffects, findFileEffects, findHomeTreeEffects } from './effects.ts';
import { findFileOperands, findPossibleNames, takesOnlyData } from './file-operands.ts';
import type { Invocation, StartedPrograms } from './look-through.ts';
import type { OpaqueReason } from './opaque-reason.ts';
import { findPlacedFiles } from './placed-files.ts';
import { findPaths, UNKNOWN_PATH } from './shell-path.ts';
import { mayBeOption, type ShellWord } from './shell-word.ts';
import { findShownFiles } from './shown-files.ts';
import { findDirectories } from './working-directories.ts';

/** Words of a subcommand beside the program's name. */
const SUBCOMMAND_WORDS_MAX = 4;
/** What policies can be asked about, and reviewers shown. */
const PATHS_MAX = 1_000;
/** Words that may be names of files, times the directories in which they may be: comparing them takes time. */
const POSSIBLE_PATHS_MAX = 10_000;
/** Ways to read which words are values of options. */
const SUBCOMMAND_READINGS_MAX = 64;

/**
 * Says what programs do that a text starts.
 *
 * @param directory Canonical, or `?`: where the text starts.
 */
export function collectFacts(started: StartedPrograms, directory: string): CommandFacts {
  return new FactCollector(started, directory).collect();
}

class FactCollector {
  readonly #started: StartedPrograms;
  readonly #start: string;
  readonly #directories: readonly string[];
  readonly #commands = new Set<string>();
  readonly #subcommands = new Set<string>();
  readonly #effects = new Set<Effect>();
  readonly #paths = new Set<string>();
  readonly #reads = new Set<string>();
  readonly #writes = new Set<string>();
  readonly #reasons: Set<OpaqueReason>;
  #possiblePaths = 0;

  constructor(started: StartedPrograms, directory: string) {
    this.#started = started;
    this.#start = directory;
    this.#reasons = new Set(started.reasons);
    this.#directories = findDirectories(started, directory);
  }

  collect(): CommandFacts {
    for (const invocation of this.#started.invocations) this.#addInvocation(invocation);
    for (const { access, target } of this.#started.redirections) {
      if (access !== 'write') this.#addPaths([target], this.#reads);
      if (access !== 'read') this.#addPaths([target], this.#writes);
    }
    // Where it starts anywhere, it is not the text that hides where it writes.
    const isHidden = this.#writes.has(UNKNOWN_PATH) && this.#start !== UNKNOWN_PATH;
    if (isHidden) this.#reasons.add('write');
    for (const path of this.#writes) {
      for (const effect of findFileEffects(path)) this.#effects.add(effect);
    }
    return {
      commands: [...this.#commands],
      subcommands: [...this.#subcommands],
      effects: [...this.#effects],
      paths: [...this.#paths],
      reads: [...this.#reads],
      writes: [...this.#writes],
      shown: findShownFiles(this.#started, this.#directories),
      reasons: [...this.#reasons],
      hasPipeline: this.#started.hasPipeline,
      recognised: undefined,
    };
  }

  #addInvocation({ name, program, args, isWrapper }: Invocation): void {
    this.#commands.add(name);
    this.#subcommands.add(name);
    for (const effect of findEffects(program, args)) this.#effects.add(effect);
    if (isWrapper) return;
    const { reads, writes, others } = findFileOperands(program, args);
    this.#addPaths(reads, this.#reads);
    this.#addPaths(writes, this.#writes);
    for (const word of others) {
      // It may be read as well as written. What is not known is rather no path at all.
      const roles = word.kind === 'unknown' ? [] : [this.#reads, this.#writes];
      this.#addPaths([word], ...roles);
    }
    this.#addPossiblePaths(findPossibleNames(program, args));
    this.#addPlacedFiles(findPlacedFiles(program, args));
    if (!takesOnlyData(program)) this.#addSubcommands(name, args);
  }

  /** Most words are no files. Those that would be one whose writing has an effect are rather taken for it. */
  #addPossiblePaths(words: readonly ShellWord[]): void {
    this.#possiblePaths += words.length * this.#directories.length;
    if (this.#possiblePaths > POSSIBLE_PATHS_MAX) {
      this.#reasons.add('too-large');
      return;
    }
    for (const word of words) {
      for (const path of findPaths(word, this.#directories)) {
        if (findFileEffects(path).length === 0) continue;
        for (const role of [this.#paths, this.#reads, this.#writes]) role.add(path);
      }
    }
  }

  /** Those that have no effect are beneath what is written anyway. */
  #addPlacedFiles(words: readonly ShellWord[]): void {
    this.#addPossiblePaths(words);
    for (const word of words) {
      if (word.kind === 'unknown') this.#addPaths([word], this.#writes);
      if (!word.text.endsWith('/**')) continue;
      // Where the text enters other directories, it is not its home that a relative name means.
      const isRooted = /^[/~]/.test(word.text);
      const from = this.#directories.length === 1 || isRooted ? this.#directories : [];
      for (const path of findPaths(word, from)) {
        const effects = findHomeTreeEffects(path);
        if (effects.length === 0) continue;
        for (const role of [this.#paths, this.#writes]) role.add(path);
        for (const effect of effects) this.#effects.add(effect);
      }
    }
  }

  #addPaths(words: readonly ShellWord[], ...roles: readonly Set<string>[]): void {
    for (const word of words) {
      for (const path of findPaths(word, this.#directories)) {
        this.#paths.add(path);
        for (const role of roles) role.add(path);
      }
      if (this.#paths.size <= PATHS_MAX) continue;
      this.#reasons.add('too-large');
      return;
    }
  }

  /** A word behind an option may be the option's value: then the words without it count as well. */
  #addSubcommands(name: string, args: readonly ShellWord[]): void {
    let readings: (readonly string[])[] = [[name]];
    let mayBeValue = false;
    for (const word of args) {
      if (word.kind === 'literal' && mayBeOption(word)) {
        mayBeValue = !word.text.includes('=') && word.text !== '--';
        continue;
      }
      const isLiteral = word.kind === 'literal';
      const open = readings.filter((words) => words.length <= SUBCOMMAND_WORDS_MAX);
      if (open.length === 0) return;
      if (!isLiteral && open.some((words) => words.length === 1)) this.#reasons.add('name');
      const longer = open.map((words) => [...words, isLiteral ? word.text : UNKNOWN_PATH]);
      for (const words of longer) this.#subcommands.add(words.join(' '));
      readings = mayBeValue || !isLiteral ? [...open, ...longer] : longer;
      mayBeValue = false;
      if (readings.length > SUBCOMMAND_READINGS_MAX) {
        this.#reasons.add('too-large');
        return;
      }
    }
  }
}
