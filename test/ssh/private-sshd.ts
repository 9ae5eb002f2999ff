import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const SSHD = '/usr/sbin/sshd';
/** Where Debian's sshd shuts its unprivileged process in; made at boot by its service. */
const PRIVILEGE_SEPARATION_DIRECTORY = '/run/sshd';
const HOST_KEY_TYPES = ['ed25519', 'ecdsa', 'rsa'] as const;

export interface PrivateSshdOptions {
  /** Lines of authorized_keys. */
  readonly authorizedKeys?: readonly string[];
  /** Lines of sshd_config before the defaults of the test: the first one counts. */
  readonly settings?: readonly string[];
}

/** OpenSSH's server on a free port of 127.0.0.1; everybody of `authorizedKeys` is let in as root. */
export interface PrivateSshd extends AsyncDisposable {
  readonly port: number;
  readonly directory: string;
  /** Blobs of its host keys by `ssh-keygen`'s names of types. */
  readonly hostKeys: Readonly<Record<(typeof HOST_KEY_TYPES)[number], Buffer>>;
  /** What it has logged. */
  log(): string;
}

/** Starts OpenSSH's server in a directory of its own. Needs root, as it does. */
export async function startPrivateSshd(options: PrivateSshdOptions = {}): Promise<PrivateSshd> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-sshd-'));
  await mkdir(PRIVILEGE_SEPARATION_DIRECTORY, { recursive: true, mode: 0o755 });
  const hostKeys = {
    ed25519: await makeKey(directory, 'ed25519'),
    ecdsa: await makeKey(directory, 'ecdsa'),
    rsa: await makeKey(directory, 'rsa'),
  };
  const port = await findFreePort();
  const authorizedKeys = join(directory, 'authorized_keys');
  await writeFile(authorizedKeys, `${(options.authorizedKeys ?? []).join('\n')}\n`);
  await chmod(authorizedKeys, 0o600);
  const configuration = join(directory, 'sshd_config');
  const lines = [
    ...(options.settings ?? []),
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...HOST_KEY_TYPES.map((type) => `HostKey ${join(directory, type)}`),
    `AuthorizedKeysFile ${authorizedKeys}`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'MaxStartups 100',
    'PidFile none',
    'LogLevel VERBOSE',
    'Subsystem sftp internal-sftp',
  ];
  await writeFile(configuration, `${lines.join('\n')}\n`);
  const child = spawn(SSHD, ['-D', '-e', '-f', configuration], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let logged = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    logged += text;
  });
  await untilListening(child, () => logged);
  return {
    port,
    directory,
    hostKeys,
    log: () => logged,
    async [Symbol.asyncDispose]() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function makeKey(directory: string, type: string): Promise<Buffer> {
  const file = join(directory, type);
  await run('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'test', '-f', file]);
  const [, blob = ''] = (await readFile(`${file}.pub`, 'utf8')).split(' ');
  return Buffer.from(blob, 'base64');
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function untilListening(child: ChildProcess, logged: () => string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  child.once('exit', (code) => reject(new Error(`sshd ended with ${code}: ${logged()}`)));
  child.stderr?.on('data', () => {
    if (logged().includes('Server listening')) resolve(undefined);
  });
  await promise;
}
