import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyzeCommand } from '../../src/shell/analyze-command.ts';
import { canonicalizePath } from '../../src/shell/shell-path.ts';
import { RECORDED_PROGRAMS, STARTING_PROGRAMS } from './shell-texts.ts';

/** One program that ran. The home of its account is `~`. */
export interface RunProgram {
  readonly name: string;
  readonly directory: string;
  readonly args: readonly string[];
}

/** Nobody: what is generated may write where it likes. */
const NOBODY = 65_534;
const DEADLINE_MS = 2_000;

/** A directory in which texts run and the only programs are ones that write down that they ran. */
export class ShellWorld implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), 'sallyport-shell-'));
  readonly #work = join(this.#directory, 'work');
  readonly #programs = join(this.#directory, 'programs');
  #runs = 0;

  constructor() {
    chmodSync(this.#directory, 0o755);
    mkdirSync(this.#programs);
    // Each run has the directory under another name, which says where to write: a program of an earlier run may still be
    // there. One write for each program: several may run at once.
    const record = `#!/bin/dash
line=
for word in "\${0##*/}" "$(/bin/pwd -P)" "$@"; do line="$line$word\x1f"; done
printf '%s\\036' "$line" >>"\${0%/*}.log"
echo rm
`;
    for (const name of RECORDED_PROGRAMS) {
      writeFileSync(join(this.#programs, name), record, { mode: 0o755 });
    }
    for (const name of STARTING_PROGRAMS)
      symlinkSync(`/usr/bin/${name}`, join(this.#programs, name));
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Runs a text as sshd would have the account's shell run it. @returns The programs that ran. */
  async run(shell: 'bash' | 'dash', text: string): Promise<readonly RunProgram[]> {
    rmSync(this.#work, { recursive: true, force: true });
    for (const directory of ['', 'd', 'd/e']) {
      mkdirSync(join(this.#work, directory));
      chmodSync(join(this.#work, directory), 0o777);
      writeFileSync(join(this.#work, directory, 'x1'), '');
    }
    this.#runs += 1;
    const programs = `${this.#programs}-${this.#runs}`;
    const log = `${programs}.log`;
    symlinkSync(this.#programs, programs);
    writeFileSync(log, '');
    chmodSync(log, 0o666);
    const isRoot = process.getuid?.() === 0;
    const child = spawn(`/bin/${shell}`, ['-c', text], {
      cwd: this.#work,
      env: { PATH: programs, HOME: this.#work, LANG: 'C.UTF-8' },
      // Closed when the last of its programs is gone, those in the background too.
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
      ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
    });
    child.stdout.resume();
    const group = child.pid;
    const timer = setTimeout(() => {
      if (group !== undefined) stopGroup(group);
    }, DEADLINE_MS);
    await new Promise<void>((resolve) => {
      child.once('close', () => {
        resolve();
      });
    });
    clearTimeout(timer);
    if (group !== undefined) stopGroup(group);
    return readFileSync(log, 'utf8')
      .split('\x1e')
      .filter((line) => line !== '')
      .map((line) => {
        const words = line.replaceAll(this.#work, '~').split('\x1f').slice(0, -1);
        const [name = '', directory = '', ...args] = words;
        return { name, directory, args };
      });
  }
}

/** Why the analysis of a text is wrong about what ran, or undefined. */
export function findMissed(text: string, ran: readonly RunProgram[]): string | undefined {
  const { commands, paths, reasons, effects } = analyzeCommand(text);
  if (reasons.length > 0) return undefined;
  for (const { name, directory, args } of ran) {
    if (!commands.includes(name)) return `${name} ran`;
    if (name !== 'rm' && name !== 'ls') continue;
    const missed = args
      .filter((arg) => arg !== '' && !arg.startsWith('-'))
      .map((arg) => canonicalizePath(arg, directory))
      .find((given) => !paths.some((path) => covers(path, given)));
    if (missed !== undefined) return `${name} was given ${missed} in ${directory}`;
    const isRecursive = name === 'rm' && args.some((arg) => /^-[a-z]*r/.test(arg));
    if (isRecursive && !effects.includes('delete-recursive')) return 'rm was recursive';
  }
  return undefined;
}

/** @param path As the analysis has it: a path, a pattern or `?`. */
function covers(path: string, given: string): boolean {
  if (path === '?' || path === given) return true;
  const forms: Readonly<Record<string, string>> = { '*': '[^/]*', '?': '[^/]', '**': '.*' };
  const pattern = path
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*\*|[*?]/g, (glob) => forms[glob] ?? glob);
  return /[*?[]/.test(path) && new RegExp(`^${pattern}$`).test(given);
}

function stopGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    // All of it is gone already.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
