import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { SshContestant } from './ssh-contestants.ts';

/** The key that is typed. No prompt and no sequence that moves the cursor holds it. */
const KEY = '~';
const CLEAR_LINE = '\x15';
/** Keys on one line before it is cleared: no line wraps. */
const KEYS_PER_LINE = 50;
/** A shell that shows nothing for so long has shown all. */
const QUIET_MS = 200;

/** A shell on the host, with a terminal. */
export class SshShell implements AsyncDisposable {
  readonly #client: ChildProcessByStdio<Writable, Readable, null>;
  readonly #closed: Promise<unknown>;
  #shown = '';
  #wake: (() => void) | undefined;

  private constructor({ options }: SshContestant) {
    this.#client = spawn('ssh', ['-tt', ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#closed = once(this.#client, 'close');
    this.#client.stdin.on('error', () => {});
    this.#client.stdout.setEncoding('latin1').on('data', (text: string) => {
      this.#shown += text;
      this.#wake?.();
    });
    this.#client.on('close', () => this.#wake?.());
  }

  /** Opens one, and waits until it asks for a command. */
  static async open(contestant: SshContestant): Promise<SshShell> {
    const shell = new SshShell(contestant);
    await shell.#until((shown) => /[$#] /.test(shown));
    return shell;
  }

  /** Presses the key `count` times, one after the other was seen. Microseconds from key to echo, sorted. */
  async type(count: number): Promise<Float64Array> {
    const times = new Float64Array(count);
    for (let index = 0; index < count; index++) {
      if (index % KEYS_PER_LINE === 0) await this.#clearLine();
      this.#shown = '';
      const startedAtMs = performance.now();
      this.#client.stdin.write(KEY);
      await this.#until((shown) => shown.includes(KEY));
      times[index] = (performance.now() - startedAtMs) * 1000;
    }
    return times.sort();
  }

  async #clearLine(): Promise<void> {
    this.#client.stdin.write(CLEAR_LINE);
    let before: string;
    do {
      before = this.#shown;
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    } while (this.#shown !== before);
  }

  async #until(isThere: (shown: string) => boolean): Promise<void> {
    while (!isThere(this.#shown)) {
      if (this.#client.exitCode !== null) throw new Error('Cannot use shell: it ended');
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.#wake = () => resolve(undefined);
      await promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.kill();
    await this.#closed;
  }
}
