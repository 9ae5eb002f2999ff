import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSallyportCommand } from '../../demo/sallyport-command.ts';
import type { SshEnvironment } from './environment.ts';
import { TerminalScreen } from './xterm-screen.ts';

const PROGRAM = fileURLToPath(new URL('../../src/bin/cli.ts', import.meta.url));
const PATIENCE_MS = 15_000;
const LOOK_MS = 20;

/** `sallyport sessions join`, as a person at a terminal uses it. */
export class JoinedCli implements AsyncDisposable {
  /** All that it wrote, to its terminal and about it. */
  printed = '';
  readonly #screen = new TerminalScreen({ columns: 100, rows: 30 });
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #directory: string;
  readonly #ended: Promise<number | null>;
  #written: Promise<void> = Promise.resolve();

  private constructor(child: ChildProcessWithoutNullStreams, directory: string) {
    this.#child = child;
    this.#directory = directory;
    child.stdout.on('data', (bytes: Buffer) => {
      this.printed += bytes.toString();
      this.#written = this.#screen.write(bytes);
    });
    this.#ended = once(child, 'close').then(([code]: readonly (number | null)[]) => code ?? null);
  }

  static async start(world: SshEnvironment, person: string, session: string): Promise<JoinedCli> {
    const directory = await mkdtemp(join(tmpdir(), 'sallyport-join-'));
    const command = await openSallyportCommand(directory, person);
    const url = `https://127.0.0.1:${world.process.api?.port}`;
    await command.signIn(url, join(world.configurationDirectory, 'tls/ca.crt'));
    const home = join(directory, 'homes', person);
    const line = [process.execPath, PROGRAM, 'sessions', 'join', session];
    // In a terminal of its own: there the command draws, and gets each key.
    const child = spawn('script', ['-qfec', line.join(' '), '/dev/null'], {
      env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, TERM: 'xterm-256color' },
    });
    return new JoinedCli(child, directory);
  }

  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  async text(): Promise<string> {
    await this.#written;
    return this.#screen.read().rows.join('\n').trimEnd();
  }

  /** Waits until the screen shows something. */
  async waitFor(wanted: RegExp): Promise<void> {
    for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
      if (wanted.test(await this.text())) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    throw new Error(`Cannot find ${String(wanted)} on the screen:\n${await this.text()}`);
  }

  /** The exit code. */
  ended(): Promise<number | null> {
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.#ended;
    this.#screen.dispose();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
