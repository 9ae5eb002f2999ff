import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endWithUs } from './end-with-us.ts';

/** Address that the gateway listens at. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** A gateway that runs as a child process. */
export interface GatewayProcess {
  readonly pid: number;
  readonly postgres: ListenAddress;
  /** Undefined where it has no SSH listener. */
  readonly ssh: ListenAddress | undefined;
  /** Undefined where it has no HTTP listener. */
  readonly http: ListenAddress | undefined;
  readonly api: ListenAddress | undefined;
  /** Undefined where no connectors come to. */
  readonly connectors: ListenAddress | undefined;
  /** Undefined where monitoring cannot ask it. */
  readonly metrics: ListenAddress | undefined;
  /** The last lines of its log, JSON each. */
  log(): string;
  /** Resolves once the process has ended, with its exit code or the signal's name. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
  /** Ends it in order, with its sessions; resolves with its exit code. */
  stop(): Promise<number | NodeJS.Signals>;
  /** Lets it come to its end, with what runs; resolves with its exit code. The caller sees to it that it does. */
  drain(): Promise<number | NodeJS.Signals>;
}

/** The same as `bin/sallyport`, which says why in `tools/bootstrap.cjs`. */
export const NODE_OPTIONS: readonly string[] = [
  '--enable-experimental-regexp-engine-on-excessive-backtracks',
  '--max-semi-space-size=16',
  '--external-memory-accounted-in-global-limit',
];
const PROGRAM = fileURLToPath(new URL('../src/bin/gateway.ts', import.meta.url));
const COMMAND_LINE = fileURLToPath(new URL('../src/bin/cli.ts', import.meta.url));
const READY_TIMEOUT_MS = 180_000;
const STOP_SECONDS_MAX = 30;
const LOG_CHARACTERS_MAX = 200_000;

interface ReadyLine {
  readonly ready: true;
  readonly postgres: readonly [ListenAddress, ...ListenAddress[]];
  readonly ssh: readonly ListenAddress[];
  readonly http: readonly ListenAddress[];
  readonly connectors: readonly ListenAddress[];
  readonly api?: ListenAddress;
  readonly metrics?: ListenAddress;
}

/**
 * Starts a gateway on a configuration directory and waits until it listens.
 *
 * @param environment Added to our own; secrets that the configuration names as `env:`.
 */
export async function startGateway(
  configurationDirectory: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<GatewayProcess> {
  return startProgram([PROGRAM, '--config', configurationDirectory], environment);
}

/** Starts a gateway that takes its configuration from the store, with options of `sallyport gateway`. */
export async function joinGateway(
  options: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<GatewayProcess> {
  return startProgram([COMMAND_LINE, 'gateway', ...options], environment);
}

async function startProgram(
  programArguments: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<GatewayProcess> {
  const program = [...NODE_OPTIONS, ...programArguments];
  const child = spawn(process.execPath, program, {
    env: { ...process.env, ...environment },
    // A group of its own: Ctrl-C is for the demo, which then stops its parts in order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-LOG_CHARACTERS_MAX);
  });
  // In order: its embedded PostgreSQL ends with it then.
  const hasEnded = endWithUs(child.pid ?? 0, {
    signal: 'SIGINT',
    graceSeconds: STOP_SECONDS_MAX,
  });
  const ended = once(child, 'close').then((outcome): number | NodeJS.Signals => {
    hasEnded();
    const [code, signal] = outcome as [number | null, NodeJS.Signals];
    return code ?? signal;
  });
  const ready = await Promise.race([
    readReadyLine(child.stdout),
    ended.then((code) => {
      throw new Error(`Cannot start the gateway: it exited with ${code}\n${log}`);
    }),
    new Promise<never>((_, reject) => {
      setTimeout(() => {
        reject(new Error(`Cannot start the gateway: not ready in ${READY_TIMEOUT_MS} ms\n${log}`));
      }, READY_TIMEOUT_MS).unref();
    }),
  ]).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  const signalAndWait = async (signal: NodeJS.Signals): Promise<number | NodeJS.Signals> => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_SECONDS_MAX * 1_000);
    const code = await ended;
    clearTimeout(timer);
    return code;
  };
  return {
    pid: child.pid ?? 0,
    postgres: ready.postgres[0],
    ssh: ready.ssh[0],
    http: ready.http[0],
    api: ready.api,
    connectors: ready.connectors[0],
    metrics: ready.metrics,
    log: () => log,
    ended,
    kill: async () => {
      await signalAndWait('SIGKILL');
    },
    stop: () => signalAndWait('SIGINT'),
    drain: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

async function readReadyLine(stdout: NodeJS.ReadableStream): Promise<ReadyLine> {
  const lines = createInterface({ input: stdout });
  for await (const line of lines) {
    if (!line.startsWith('{"ready"')) continue;
    lines.close();
    stdout.resume();
    return JSON.parse(line) as ReadyLine;
  }
  // Its end is reported with the exit code, by the other side of the race.
  return new Promise(() => undefined);
}
