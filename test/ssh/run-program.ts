import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import type { SshEnvironment } from './environment.ts';

/** What a client program printed and how it ended. */
export interface ProgramOutcome {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when a signal ended it. */
  readonly code: number | null;
}

/** A client program that runs. */
export interface RunningProgram {
  readonly child: ChildProcessWithoutNullStreams;
  readonly outcome: Promise<ProgramOutcome>;
}

/** What to give a client program beside its arguments. */
export interface ProgramOptions {
  readonly input?: string | Buffer;
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A client that hangs is ended and fails its test; far above what the slowest one takes. */
const PROGRAM_TIMEOUT_MS = 180_000;

/** Starts a client program without anything of the environment that could mean something to it. */
export function startProgram(
  program: string,
  programArguments: readonly string[],
  { input, environment = {}, cwd }: ProgramOptions = {},
): RunningProgram {
  const child = spawn(program, programArguments, {
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', LC_ALL: 'C.UTF-8', ...environment },
    cwd,
    timeout: PROGRAM_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  // A client may end without reading its input.
  child.stdin.on('error', () => undefined);
  if (input !== undefined) child.stdin.end(input);
  const outcome = Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]).then(([stdout, stderr, [code]]) => ({
    stdout: stdout.toString('utf8'),
    stderr: stderr.toString('utf8'),
    code,
  }));
  return { child, outcome };
}

/** Runs a client program to its end; without input where none is given. */
export function runProgram(
  program: string,
  programArguments: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramOutcome> {
  return startProgram(program, programArguments, { input: '', ...options }).outcome;
}

/** Runs `ssh` through the gateway as one of its people. @param rest The user name, then the command. */
export async function runSsh(
  world: SshEnvironment,
  subject: string,
  [user, ...rest]: readonly [string, ...string[]],
  options: ProgramOptions = {},
): Promise<ProgramOutcome> {
  const before = await world.optionsFor(subject);
  return runProgram('ssh', [...before, `${user}@127.0.0.1`, ...rest], options);
}
