import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';
import { CHECKOUT } from './source-file.ts';

/** How one command ended. */
export interface CommandResult {
  /** Whether it ended by itself with exit code 0. */
  readonly ok: boolean;
  /** As a shell would report it: 128 plus the number of the signal that ended it. */
  readonly exitCode: number;
  /** Standard output and standard error, as they came. */
  readonly output: string;
  readonly seconds: number;
}

/** How to run it. */
export interface CommandOptions {
  /** Default: this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: five minutes. After this the command is killed, which counts as failed. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5 * 60_000;

/** Exit code for a command that could not be started, as in a shell. */
const NOT_FOUND = 127;

/** Runs a command in the checkout without a terminal, and collects what it prints. Never rejects. */
export function runCommand(
  [program = '', ...args]: readonly string[],
  { env = process.env, timeoutMs = TIMEOUT_MS }: CommandOptions = {},
): Promise<CommandResult> {
  const startedAtMs = performance.now();
  const { promise, resolve } = Promise.withResolvers<CommandResult>();
  const child = spawn(program, args, {
    cwd: CHECKOUT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Not spawn's own `timeout`: that keeps the process alive when the program cannot be started.
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const chunks: Buffer[] = [];
  const end = (exitCode: number): void => {
    clearTimeout(timer);
    const output = Buffer.concat(chunks).toString('utf8');
    const seconds = (performance.now() - startedAtMs) / 1000;
    resolve({ ok: exitCode === 0, exitCode, output, seconds });
  };
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.on('error', (error) => {
    chunks.push(Buffer.from(`Cannot run ${program}: ${error.message}\n`));
    end(NOT_FOUND);
  });
  child.on('close', (code, signal) => {
    if (signal !== null) chunks.push(Buffer.from(`\nended by ${signal}\n`));
    end(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
  });
  return promise;
}
