import { enableCompileCache } from 'node:module';
import { isatty, ReadStream, WriteStream } from 'node:tty';
import { EXIT } from '../cli/cli-error.ts';
import { runCli } from '../cli/run-cli.ts';
import { Terminal } from '../cli/terminal.ts';
import { VERSION } from './version.ts';

/** Bytes of standard input that a command takes: a secret. */
const INPUT_BYTES_MAX = 64 * 1024;

enableCompileCache();

process.stdout.on('error', endUnwritten);
// What is said about the result is heard by nobody then; the exit code still tells.
process.stderr.on('error', () => undefined);

const interrupted = new AbortController();
const environment = process.env;

process.exitCode = await runCli(process.argv.slice(2), {
  environment,
  terminal: new Terminal({
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    colours: isatty(1) && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb',
    interactive: isatty(0) && isatty(2),
    draws: isatty(1) && environment['TERM'] !== 'dumb',
  }),
  programs: {
    runGateway: async (from) => {
      const { runGateway } = await import('./gateway.ts');
      return runGateway(from, environment);
    },
    runConnector: async (directory, name) => {
      const { runConnector } = await import('./connector.ts');
      return runConnector({ directory, name, environment });
    },
    signalGateway: async (dataDirectory, signal) => {
      const { signalGateway } = await import('./process-file.ts');
      return signalGateway(dataDirectory, signal);
    },
    runDemo: async (options) => {
      const { runDemo } = await import('../../demo/demo.ts');
      // It stops its parts first, whoever reads along.
      process.stdout.off('error', endUnwritten);
      return runDemo(options);
    },
    discoverColumns: async (request) => {
      const { discoverColumns } = await import('./discover-columns.ts');
      return discoverColumns(request, environment);
    },
    findTargetProblems: async (configuration) => {
      const { findTargetProblems } = await import('./find-target-problems.ts');
      return findTargetProblems(configuration);
    },
    unsealTrack: async function* (source, decryption) {
      const { unsealTrack } = await import('./unseal-track.ts');
      yield* unsealTrack(source, decryption);
    },
    inspectTargets: async (configuration, signal) => {
      const { inspectTargets } = await import('./inspect-targets.ts');
      return inspectTargets(configuration, environment, signal);
    },
  },
  version: VERSION,
  nowMs: Date.now,
  get signal() {
    watchInterrupt();
    return interrupted.signal;
  },
  readInput,
  keys: readKeys,
  ask: async (question, { hidden } = { hidden: false }) => {
    const { askTerminal } = await import('../cli/ask.ts');
    return askTerminal(new ReadStream(0), new WriteStream(2), question, hidden);
  },
});

function endUnwritten(error: NodeJS.ErrnoException): void {
  // Said to nobody (`| head`). Whether it would have been good news is not known yet.
  if (error.code === 'EPIPE') process.exit(EXIT.brokenPipe);
  process.stderr.write(`sallyport: Cannot write the output: ${error.code}\n`);
  process.exit(EXIT.failure);
}

/** Only once somebody looks at the signal: a gateway or psql handles Ctrl-C itself. */
function watchInterrupt(): void {
  if (process.listenerCount('SIGINT') > 0) return;
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());
}

/** Keys of a terminal as they are pressed, Ctrl-C too; the terminal is as it was when nobody reads them any more. */
async function* readKeys(signal: AbortSignal): AsyncGenerator<Buffer, void> {
  const { stdin } = process;
  const isTerminal = stdin.isTTY === true;
  if (isTerminal) stdin.setRawMode(true);
  const stop = (): void => void stdin.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const keys of stdin as AsyncIterable<Buffer>) yield keys;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    if (isTerminal) stdin.setRawMode(false);
  }
}

async function readInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > INPUT_BYTES_MAX) throw new Error('Cannot read standard input: it is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
