import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOKEN } from '../../src/protocols/ssh/session.fixture.ts';

/** What a client printed, and how it ended. */
export interface ClientOutcome {
  readonly stdout: Buffer;
  readonly stderr: string;
  /** Null where a signal ended it. */
  readonly status: number | null;
}

/** OpenSSH's client with a configuration and a home of its own; gives the token where it is asked for a password. */
export class OpenSshClient implements AsyncDisposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** @param port Of the gateway. */
  static async create(port: number, password: string = TOKEN): Promise<OpenSshClient> {
    const directory = await mkdtemp(join(tmpdir(), 'sallyport-openssh-'));
    const askpass = `#!/bin/sh\nprintf '%s\\n' '${password}'\n`;
    await writeFile(join(directory, 'askpass'), askpass, { mode: 0o700 });
    const configuration = [
      'Host 127.0.0.1',
      `Port ${port}`,
      'Host *',
      'StrictHostKeyChecking no',
      'UserKnownHostsFile /dev/null',
      'PreferredAuthentications password',
      'NumberOfPasswordPrompts 1',
      'LogLevel ERROR',
    ];
    await writeFile(join(directory, 'config'), `${configuration.join('\n')}\n`);
    return new OpenSshClient(directory);
  }

  get environment(): NodeJS.ProcessEnv {
    const askpass = join(this.directory, 'askpass');
    const { PATH } = process.env;
    return {
      PATH,
      SSH_ASKPASS: askpass,
      SSH_ASKPASS_REQUIRE: 'force',
      DISPLAY: ':0',
      LANG: 'C.UTF-8',
    };
  }

  /** Arguments that every call of `ssh`, `scp` and `sftp` needs. */
  get configuration(): string {
    return `-F${join(this.directory, 'config')}`;
  }

  start(
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
  ): ChildProcessWithoutNullStreams {
    const child = spawn('ssh', [this.configuration, ...args], {
      env: { ...this.environment, ...environment },
    });
    child.stdin.on('error', () => {});
    return child;
  }

  /** Runs it to its end. */
  async run(
    args: readonly string[],
    input: Buffer | string = '',
    environment: NodeJS.ProcessEnv = {},
  ): Promise<ClientOutcome> {
    const child = this.start(args, environment);
    child.stdin.end(input);
    return finish(child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Collects what a client prints until it ends. */
export async function finish(child: ChildProcessWithoutNullStreams): Promise<ClientOutcome> {
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => stdout.push(bytes));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { stdout: Buffer.concat(stdout), stderr, status };
}

/** Resolves once a client has printed a text on stdout or stderr. */
export async function untilPrinted(
  child: ChildProcessWithoutNullStreams,
  text: string,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let printed = '';
  const look = (bytes: Buffer): void => {
    printed += bytes.toString();
    if (printed.includes(text)) resolve(printed);
  };
  child.stdout.on('data', look);
  child.stderr.on('data', look);
  child.once('close', () => reject(new Error(`ended without "${text}": ${printed}`)));
  return promise;
}
