import { type Effect, findEffects, findFileEffects } from './effects.ts';
import { findFileOperands, takesOnlyData } from './file-operands.ts';
import { type Invocation, lookThrough, type StartedPrograms } from './look-through.ts';
import type { OpaqueReason } from './opaque-reason.ts';
import { type RecognisedCommand, recogniseCommand } from './recognise-command.ts';
import { findPaths, HOME_PATH, UNKNOWN_PATH } from './shell-path.ts';
import { mayBeOption, type ShellWord } from './shell-word.ts';

/**
 * What a text would do, given to a shell of the Bourne family (bash, dash, ash; zsh but for its own syntax) in the
 * account's home. It errs on the side of more.
 */
export interface CommandFacts {
  /** Names of programs and builtins without directories, whether they would be reached or not. */
  readonly commands: readonly string[];
  /** Each program's words without options, from the first on: `systemctl`, `systemctl stop`, `systemctl stop nginx`. */
  readonly subcommands: readonly string[];
  readonly effects: readonly Effect[];
  /** Canonical paths among arguments and redirections; `?` stands for those that the text does not show. */
  readonly paths: readonly string[];
  /** Those of `paths` that are read, or may be. */
  readonly reads: readonly string[];
  /** Those of `paths` that are written or deleted, or may be. */
  readonly writes: readonly string[];
  /** Why the text does not show all that it would run, or where it would write. Empty if it does. */
  readonly reasons: readonly OpaqueReason[];
  readonly hasPipeline: boolean;
  /** What a program that copies files started it for. */
  readonly recognised: RecognisedCommand | undefined;
}

/** Words of a subcommand beside the program's name. */
const SUBCOMMAND_WORDS_MAX = 4;
/** Ways to read which words are values of options. */
const SUBCOMMAND_READINGS_MAX = 64;
/** Directories in which one text works. */
const DIRECTORIES_MAX = 16;

/** Analyses the text of a command. Takes at most some 100 ms for the worst text there is, microseconds for others. */
export function analyzeCommand(text: string): CommandFacts {
  if (isUnreadable(text)) return { ...NO_FACTS, reasons: ['unreadable'] };
  const recognised = recogniseCommand(text);
  if (recognised !== undefined) return describeRecognised(recognised);
  return new FactCollector(lookThrough(text)).collect();
}

const NO_FACTS: CommandFacts = {
  commands: [],
  subcommands: [],
  effects: [],
  paths: [],
  reads: [],
  writes: [],
  reasons: [],
  hasPipeline: false,
  recognised: undefined,
};

/** Programs that the near end of a copy starts, and that do nothing but what their form says. */
function describeRecognised(recognised: RecognisedCommand): CommandFacts {
  const { kind } = recognised;
  if (kind === 'sftp-server') {
    return { ...NO_FACTS, commands: [kind], subcommands: [kind], recognised };
  }
  const isSource = recognised.direction === 'source';
  const command = kind === 'git' ? (isSource ? 'git-upload-pack' : 'git-receive-pack') : kind;
  const paths = [...new Set(recognised.paths.flatMap((word) => findPaths(word, [HOME_PATH])))];
  const deletes: readonly Effect[] =
    kind === 'rsync' && recognised.deletes ? ['delete', 'delete-recursive'] : [];
  return {
    ...NO_FACTS,
    commands: [command],
    subcommands: [command],
    effects: ['network', ...deletes, ...(isSource ? [] : new Set(paths.flatMap(findFileEffects)))],
    paths,
    reads: isSource ? paths : [],
    writes: isSource && deletes.length === 0 ? [] : paths,
    recognised,
  };
}

/** Texts that the server's shell may read as other characters, or as its own options. */
function isUnreadable(text: string): boolean {
  return !text.isWellFormed() || /[\0\u{fffd}]/u.test(text) || /^[-+]/.test(text);
}

class FactCollector {
  readonly #started: StartedPrograms;
  readonly #directories: readonly string[];
  readonly #commands = new Set<string>();
  readonly #subcommands = new Set<string>();
  readonly #effects = new Set<Effect>();
  readonly #paths = new Set<string>();
  readonly #reads = new Set<string>();
  readonly #writes = new Set<string>();
  readonly #reasons: Set<OpaqueReason>;

  constructor(started: StartedPrograms) {
    this.#started = started;
    this.#reasons = new Set(started.reasons);
    this.#directories = findDirectories(started);
  }

  collect(): CommandFacts {
    for (const invocation of this.#started.invocations) this.#addInvocation(invocation);
    for (const { access, target } of this.#started.redirections) {
      if (access !== 'write') this.#addPaths([target], this.#reads);
      if (access !== 'read') this.#addPaths([target], this.#writes);
    }
    if (this.#writes.has(UNKNOWN_PATH)) this.#reasons.add('write');
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
    this.#addPaths(others, undefined);
    if (!takesOnlyData(program)) this.#addSubcommands(name, args);
  }

  #addPaths(words: readonly ShellWord[], role: Set<string> | undefined): void {
    for (const word of words) {
      for (const path of findPaths(word, this.#directories)) {
        this.#paths.add(path);
        role?.add(path);
      }
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

/**
 * Directories in which some command of the text may work. In which order `cd` is reached is not followed: a path is
 * relative to each of them.
 */
function findDirectories({ invocations, directories }: StartedPrograms): readonly string[] {
  const found = new Set<string>([HOME_PATH]);
  const enter = (word: ShellWord, isRepeated: boolean): void => {
    const isRooted = /^[/~]/.test(word.text) && word.kind === 'literal';
    const paths = word.kind === 'literal' ? findPaths(word, isRooted ? ['/'] : [...found]) : [];
    if (paths.length === 0 || (isRepeated && !isRooted)) found.add(UNKNOWN_PATH);
    for (const path of paths) found.add(path);
  };
  for (const { program, args, isRepeated } of invocations) {
    if (program === 'chroot' || program === 'popd') found.add(UNKNOWN_PATH);
    if (program !== 'cd' && program !== 'pushd') continue;
    for (const word of args) {
      if (word.kind === 'literal' && mayBeOption(word)) continue;
      if (word.kind === 'literal' && /^(?:-|[-+]\d+)$/.test(word.text)) found.add(UNKNOWN_PATH);
      else enter(word, isRepeated);
    }
  }
  for (const word of directories) enter(word, false);
  if (found.size <= DIRECTORIES_MAX) return [...found];
  return [HOME_PATH, UNKNOWN_PATH];
}
