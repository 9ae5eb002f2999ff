import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

/** What a command has of its client. */
export interface CommandEnds {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

export const PAGE = 'hello from the pod\n';
const ENTER = /[\r\n]/;
const INTERRUPT = '\x03';
const PROMPT = '/ # ';

/** A container with a file and a few programs, each as far as the steps need it. */
export class FakeContainer implements AsyncDisposable {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  static async create(): Promise<FakeContainer> {
    const root = await mkdtemp(join(tmpdir(), 'sallyport-container-'));
    for (const directory of ['www', 'tmp']) await mkdir(join(root, directory));
    await writeFile(join(root, 'www/index.html'), PAGE);
    return new FakeContainer(root);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
  }

  /** Runs a command to its end; returns its exit status. */
  async run(words: readonly string[], ends: CommandEnds, hasTerminal: boolean): Promise<number> {
    const [program = '', ...args] = words;
    switch (program) {
      case 'ls':
        ends.stdout.write('index.html\n');
        return 0;
      case 'echo':
        ends.stdout.write(`${args.join(' ')}\n`);
        return 0;
      case 'cat':
        ends.stdout.write(await buffer(ends.stdin));
        return 0;
      case 'test':
        return 1;
      case 'tar':
        return this.#runTar(args, ends);
      case 'sh':
        return args[0] === '-c'
          ? Number(/^exit (\d+)$/.exec(args[1] ?? '')?.[1] ?? 127)
          : this.#runShell(ends, hasTerminal);
      default:
        ends.stderr.write(`${program}: not found\n`);
        return 127;
    }
  }

  /** The real one, in a directory that stands for the root. */
  async #runTar(args: readonly string[], { stdin, stdout, stderr }: CommandEnds): Promise<number> {
    const own = args.map((word) => (word.startsWith('/') ? word.slice(1) : word));
    const child = spawn('tar', own, { cwd: this.#root });
    child.stdin.on('error', () => {});
    stdin.pipe(child.stdin);
    child.stdout.on('data', (bytes: Buffer) => stdout.write(bytes));
    child.stderr.on('data', (bytes: Buffer) => stderr.write(bytes));
    const [code] = (await once(child, 'close')) as [number | null];
    return code ?? 1;
  }

  /** A shell with a terminal that shows what is typed, without a line editor. */
  async #runShell({ stdin, stdout, stderr }: CommandEnds, hasTerminal: boolean): Promise<number> {
    if (!hasTerminal) return 0;
    let line = '';
    stdout.write(PROMPT);
    for await (const bytes of stdin as AsyncIterable<Buffer>) {
      for (const key of bytes.toString('utf8')) {
        if (key === INTERRUPT) {
          stdout.write(`^C\r\n${PROMPT}`);
          line = '';
        } else if (!ENTER.test(key)) {
          stdout.write(key);
          line += key;
        } else {
          stdout.write('\r\n');
          if (line === 'exit') return 0;
          const typed = line.split(' ');
          line = '';
          await this.run(typed, { stdin, stdout: asTerminal(stdout), stderr }, false);
          stdout.write(PROMPT);
        }
      }
    }
    return 0;
  }
}

function asTerminal(stdout: Writable): Writable {
  return {
    write: (text: string) => stdout.write(text.replaceAll('\n', '\r\n')),
  } as unknown as Writable;
}
