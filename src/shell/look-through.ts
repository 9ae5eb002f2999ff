import { BUILTIN_READERS } from './builtins.ts';
import { FOUND_FILES_READERS } from './found-files.ts';
import { LAUNCHER_READERS } from './launchers.ts';
import type { OpaqueReason } from './opaque-reason.ts';
import type { ProgramReader } from './program-reading.ts';
import { readScript, type Script } from './script-walker.ts';
import { canonicalizePath, UNKNOWN_PATH } from './shell-path.ts';
import type { ShellWord } from './shell-word.ts';
import { SHELL_READERS } from './shells.ts';
import type { Redirection, SimpleCommand } from './simple-command.ts';
import { WRAPPER_READERS } from './wrappers.ts';

/** A program that a text starts, however many others start it. */
export interface Invocation {
  /** As written, without its directory. */
  readonly name: string;
  /** The same without a version, as tables have it. */
  readonly program: string;
  readonly args: readonly ShellWord[];
  /** What it starts is among the invocations, and so its arguments say nothing more. */
  readonly isWrapper: boolean;
  /** Stands in a loop. */
  readonly isRepeated: boolean;
}

/** All that a text starts and opens. */
export interface StartedPrograms {
  readonly invocations: readonly Invocation[];
  /** Files that the shell opens, and programs that start others. */
  readonly redirections: readonly Redirection[];
  /** Directories in which a wrapper lets its program work. */
  readonly directories: readonly ShellWord[];
  /** Words of commands whose program the text does not show. */
  readonly unread: readonly ShellWord[];
  readonly reasons: ReadonlySet<OpaqueReason>;
  readonly hasPipeline: boolean;
}

/** Programs in programs: `sudo sh -c 'nice …'`. */
const LEVELS_MAX = 12;
/** In all texts together; bounds what copies of arguments cost, for programs in programs. */
const INVOCATIONS_MAX = 1_000;

/** Where programs are that the system brought: what lies elsewhere may be anything. */
const SYSTEM_DIRECTORIES: ReadonlySet<string> = new Set([
  '/bin',
  '/sbin',
  '/usr/bin',
  '/usr/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/usr/lib/openssh',
  '/usr/libexec',
  '/usr/libexec/openssh',
]);

const READERS: ReadonlyMap<string, ProgramReader> = new Map([
  ...BUILTIN_READERS,
  ...WRAPPER_READERS,
  ...SHELL_READERS,
  ...FOUND_FILES_READERS,
  ...LAUNCHER_READERS,
]);

/** Finds every program that a text starts, through programs that start others. */
export function lookThrough(text: string): StartedPrograms {
  const search = new ProgramSearch();
  search.readText(text, 0);
  return search;
}

class ProgramSearch implements StartedPrograms {
  readonly invocations: Invocation[] = [];
  readonly redirections: Redirection[] = [];
  readonly directories: ShellWord[] = [];
  readonly unread: ShellWord[] = [];
  readonly reasons = new Set<OpaqueReason>();
  hasPipeline = false;

  readText(text: string, level: number): void {
    const script: Script = readScript(text);
    for (const reason of script.reasons) this.reasons.add(reason);
    if (script.hasPipeline) this.hasPipeline = true;
    for (const command of script.commands) {
      this.redirections.push(...command.redirections);
      this.#start(command.words, command, level);
    }
  }

  #start(words: readonly ShellWord[], command: SimpleCommand, level: number): void {
    const [name, ...args] = words;
    if (name === undefined) return;
    if (level > LEVELS_MAX || this.invocations.length >= INVOCATIONS_MAX) {
      this.reasons.add('too-large');
      return;
    }
    if (name.kind !== 'literal') {
      this.reasons.add('name');
      this.unread.push(...words);
      return;
    }
    const program = this.#findProgram(name.text);
    const reading = READERS.get(program)?.(args, command.input) ?? {};
    const { commands = [], scripts = [], directories = [], opened = [], reasons = [] } = reading;
    this.invocations.push({
      name: baseName(name.text),
      program,
      args,
      isWrapper: program !== 'find' && commands.length + scripts.length > 0,
      isRepeated: command.isRepeated,
    });
    for (const reason of reasons) this.reasons.add(reason);
    this.directories.push(...directories);
    this.redirections.push(...opened);
    for (const inner of commands) this.#start(inner, command, level + 1);
    for (const script of scripts) this.readText(script, level + 1);
  }

  /** The name under which tables have a program. */
  #findProgram(text: string): string {
    const name = baseName(text);
    if (text.includes('/')) {
      const path = canonicalizePath(text, UNKNOWN_PATH);
      const directory = path.slice(0, path.lastIndexOf('/'));
      if (/^\/etc\/(?:rc\.d\/)?init\.d$/.test(directory)) return 'init.d';
      if (!SYSTEM_DIRECTORIES.has(directory)) this.reasons.add('script');
    }
    // zsh looks `=name` up in the path, and what else is odd is no name of a system's program.
    if (!/^[\w.:[\]{}@+-]+$/.test(name)) this.reasons.add('dialect');
    return withoutVersion(name);
  }
}

function baseName(text: string): string {
  return text.slice(text.lastIndexOf('/') + 1);
}

/**
 * What Debian puts behind the name of a program of which there are several: `vim.tiny`, `nc.openbsd`, `bash-static`, `sudo.ws`.
 */
const BUILD =
  /[.-](?:static|basic|tiny|nox|gtk\d?|athena|motif|traditional|openbsd|netkit|dbg|bin|ws|rs)$/;
/** What machine it is for: `x86_64-linux-gnu-gcc`, `perl5.36-x86_64-linux-gnu`. */
const MACHINE = /^[a-z\d_]+-linux-(?:gnu|musl)[a-z\d_]*-|-[a-z\d_]+-linux-(?:gnu|musl)[a-z\d_]*$/g;

/** `python3.11` is python, `mkfs.ext4` is mkfs. */
function withoutVersion(name: string): string {
  if (READERS.has(name)) return name;
  if (name.startsWith('mkfs.') || name.startsWith('fsck.')) return name.slice(0, 4);
  const built = name.replace(MACHINE, '').replace(BUILD, '');
  const bare = READERS.has(built) ? built : built.replace(/[-.]?\d[\d.]*$/, '');
  return READERS.has(bare) ? bare : name;
}
