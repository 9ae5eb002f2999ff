import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildConsole } from '../tools/build-console.ts';
import { beginHospitalDay } from './hospital-day.ts';
import { startHospitalStack } from './hospital-stack.ts';
import { formatIntroduction, writeWaysIn } from './introduction.ts';
import { DEMO_PORTS } from './ports.ts';
import { hasSshd } from './private-sshd.ts';
import { takeTour } from './tour.ts';
import { hasCurl } from './tour-services.ts';
import { watchInterrupts } from './watch-interrupts.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIRECTORY = join(ROOT, '.demo');
const EXIT_INTERRUPTED = 130;

/** What {@link runDemo} is to do. */
export interface DemoOptions {
  /** Whether it tries everything by itself, and then ends. */
  readonly tour: boolean;
  /** Made up for the hospital. */
  readonly patients: number;
}

/** Runs the demo. Resolves with the exit code. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const interrupted = watchInterrupts();
  interrupted.addEventListener('abort', () => say('\nStopping.'), { once: true });
  await rm(DIRECTORY, { recursive: true, force: true });
  await mkdir(DIRECTORY, { recursive: true, mode: 0o700 });
  try {
    return await run(options, interrupted);
  } catch (error) {
    if (!interrupted.aborted) throw error;
    return EXIT_INTERRUPTED;
  } finally {
    await rm(DIRECTORY, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Rejects if it is interrupted before everything is up, or on the tour. */
async function run({ tour, patients }: DemoOptions, interrupted: AbortSignal): Promise<number> {
  const isInterrupted = once(interrupted, 'abort');
  const progress = (what: string): void => {
    interrupted.throwIfAborted();
    say(`  ${what}`);
  };
  say('Starting:');
  progress('the console (built once, in seconds)');
  await buildConsole();
  const withHost = hasSshd();
  if (!withHost)
    say("  (no host: OpenSSH's server is not installed here, so nothing is shown of SSH)");
  const stack = await startHospitalStack({
    directory: DIRECTORY,
    hospital: { patients },
    withHost,
    withService: hasCurl(),
    ports: await findPorts(),
    progress,
  });
  try {
    interrupted.throwIfAborted();
    if (tour) return (await takeTour({ stack, directory: DIRECTORY, say, interrupted })) ? 0 : 1;
    await writeWaysIn(stack.provider, stack.gateway().postgres.port, DIRECTORY);
    await using day = await beginHospitalDay(stack);
    interrupted.throwIfAborted();
    say(formatIntroduction(stack, { directory: DIRECTORY, patients, waiting: day.waiting }));
    await Promise.race([isInterrupted, stack.gateway().ended]);
    if (interrupted.aborted) return 0;
    say(`\nThe gateway ended.\n${stack.gateway().log()}`);
    return 1;
  } finally {
    await stack.stop();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Those that are easy to remember; others when they are taken. */
async function findPorts(): Promise<typeof DEMO_PORTS> {
  const [postgres, ssh, http, api, oidc] = await Promise.all([
    findPort(DEMO_PORTS.postgres),
    findPort(DEMO_PORTS.ssh),
    findPort(DEMO_PORTS.http),
    findPort(DEMO_PORTS.api),
    findPort(DEMO_PORTS.oidc),
  ]);
  return { postgres, ssh, http, api, oidc };
}

/** The preferred port, or any free one when it is taken. */
async function findPort(preferred: number): Promise<number> {
  for (const port of [preferred, 0]) {
    const server = createServer();
    const free = await new Promise<number | undefined>((resolve) => {
      server.once('error', () => resolve(undefined));
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : undefined);
      });
    });
    if (free === undefined) continue;
    server.close();
    await once(server, 'close');
    return free;
  }
  throw new Error('Cannot start the demo: no TCP port is free');
}
