import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endWithUs } from './end-with-us.ts';
import { findFreePort } from './find-free-port.ts';

/** How a private host is set up. */
export interface PrivateSshdOptions {
  /** Who serves files: a part of sshd, or the program of OpenSSH. Default: `server`. */
  readonly sftp?: 'internal' | 'server';
  /** Of all accounts, which otherwise have none. Only where we are root. */
  readonly password?: string;
  /** Scripts that are found before the programs of the machine, by name. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Where it listens, in another network of this machine, and what runs a command there. */
  readonly network?: { readonly address: string; readonly through: readonly string[] };
  /** Lines for sshd_config; the first line that says something counts, and these come first. */
  readonly settings?: readonly string[];
}

/** A host of its own, with an SSH server that nobody else knows. */
export interface PrivateSshd extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Of the server, or of what keeps its namespaces. */
  readonly pid: number;
  /** Users that may log in; only as ourselves where we are not root. */
  readonly accounts: readonly [string, ...string[]];
  /** Home directory of the first account. */
  readonly home: string;
  /** Public key of the host, as `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  /** Public key of the authority that signed the host's certificate. */
  readonly hostAuthority: string;
  /** Files: a private key that all accounts accept, and that of an authority for certificates that they accept. */
  readonly clientKeyFile: string;
  readonly userAuthorityFile: string;
  /** What the server has logged. */
  log(): string;
  /** Gives the server another host key for connections from now on, as somebody in its place would have. */
  replaceHostKey(): Promise<void>;
  /** Ends the server with all its sessions, and removes its directory. */
  stop(): Promise<void>;
}

/** Where Debian has it. */
const SSHD = '/usr/sbin/sshd';
const SFTP_SERVER = '/usr/lib/openssh/sftp-server';
const HOST = '127.0.0.1';
const ACCOUNTS = ['deploy', 'auditor'] as const;
/** No user of the machine has this number, nor those behind it. */
const FIRST_UID = 61_200;
const START_TIMEOUT_MS = 20_000;
const LOG_CHARACTERS_MAX = 200_000;

const run = promisify(execFile);

/** Whether this machine has what a private host needs. */
export function hasSshd(): boolean {
  return existsSync(SSHD);
}

/**
 * Starts Debian's OpenSSH server in a directory of its own, on a free port of 127.0.0.1.
 *
 * As root it runs in namespaces of its own, in which alone its accounts exist and its processes are seen: nothing
 * of the machine is changed. As any other user it lets in only us.
 */
export async function startPrivateSshd(options: PrivateSshdOptions = {}): Promise<PrivateSshd> {
  const directory = await mkdtemp(join(tmpdir(), 'sshd-'));
  try {
    await chmod(directory, 0o755);
    const accounts = await makeAccounts(directory, await hashPassword(options.password));
    await makeKeys(directory);
    await writePrograms(directory, options.programs ?? {});
    return await startServer(directory, accounts, options);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function writePrograms(
  directory: string,
  programs: Readonly<Record<string, string>>,
): Promise<void> {
  await mkdir(join(directory, 'bin'));
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(directory, 'bin', name), script, { mode: 0o755 });
  }
}

interface Accounts {
  readonly names: readonly [string, ...string[]];
  readonly home: string;
  /** Whether they exist in namespaces only. */
  readonly areMade: boolean;
}

/** As in /etc/shadow; what no password has is none. */
async function hashPassword(password: string | undefined): Promise<string> {
  if (password === undefined) return '*';
  const { stdout } = await run('openssl', ['passwd', '-6', password]);
  return stdout.trim();
}

async function makeAccounts(directory: string, passwordHash: string): Promise<Accounts> {
  if (process.getuid?.() !== 0) {
    const { username, homedir } = userInfo();
    return { names: [username], home: homedir, areMade: false };
  }
  const lines = { passwd: '', shadow: '', group: '' };
  for (const [index, name] of ACCOUNTS.entries()) {
    const uid = FIRST_UID + index;
    const home = join(directory, name);
    await mkdir(home, { mode: 0o700 });
    await chown(home, uid, uid);
    lines.passwd += `${name}:x:${uid}:${uid}::${home}:/bin/bash\n`;
    lines.shadow += `${name}:${passwordHash}:19000:0:99999:7:::\n`;
    lines.group += `${name}:x:${uid}:\n`;
  }
  for (const [file, more] of Object.entries(lines)) {
    const text = await readFile(join('/etc', file), 'utf8');
    await writeFile(join(directory, file), text + more, {
      mode: file === 'shadow' ? 0o600 : 0o644,
    });
  }
  return { names: ACCOUNTS, home: join(directory, ACCOUNTS[0]), areMade: true };
}

async function makeKeys(directory: string): Promise<void> {
  for (const name of ['host', 'host-authority', 'user-authority', 'client']) {
    await makeKey(join(directory, name));
  }
  await certifyHost(directory);
  await writeFile(
    join(directory, 'authorized_keys'),
    await readFile(join(directory, 'client.pub'), 'utf8'),
  );
}

async function makeKey(file: string): Promise<void> {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
}

async function certifyHost(directory: string): Promise<void> {
  const [authority, host] = [join(directory, 'host-authority'), join(directory, 'host.pub')];
  await run('ssh-keygen', ['-q', '-s', authority, '-I', 'host', '-h', '-n', HOST, host]);
}

/** Somebody else may take the port between our look and the server's bind: then another is tried. */
async function startServer(
  directory: string,
  accounts: Accounts,
  options: PrivateSshdOptions,
): Promise<PrivateSshd> {
  let lastLog = '';
  for (let tries = 0; tries < 5; tries++) {
    const port = await findFreePort();
    await writeFile(
      join(directory, 'sshd_config'),
      describeServer(directory, { port, accounts, options }).join('\n'),
    );
    const through = options.network?.through ?? [];
    const server = await new Server(directory, accounts.areMade, through).start();
    const host = options.network?.address ?? HOST;
    if (server.isListening) return describeHost(directory, { host, port, accounts, server });
    lastLog = server.log;
    if (!/already in use/.test(lastLog)) break;
  }
  throw new Error(`Cannot start sshd: it does not listen\n${lastLog}`);
}

function describeServer(
  directory: string,
  {
    port,
    accounts,
    options,
  }: { readonly port: number; readonly accounts: Accounts; readonly options: PrivateSshdOptions },
): readonly string[] {
  return [
    ...(options.settings ?? []),
    `Port ${port}`,
    `ListenAddress ${options.network?.address ?? HOST}`,
    `HostKey ${directory}/host`,
    `HostCertificate ${directory}/host-cert.pub`,
    'PidFile none',
    `AllowUsers ${accounts.names.join(' ')}`,
    `AuthorizedKeysFile ${directory}/authorized_keys`,
    `TrustedUserCAKeys ${directory}/user-authority.pub`,
    `PasswordAuthentication ${options.password === undefined ? 'no' : 'yes'}`,
    'KbdInteractiveAuthentication no',
    // Our directory is below /tmp, which everybody can write to.
    'StrictModes no',
    'UsePAM no',
    'PrintMotd no',
    'PrintLastLog no',
    'AcceptEnv *',
    `SetEnv PATH=${directory}/bin:/usr/local/bin:/usr/bin:/bin`,
    'X11Forwarding yes',
    'AllowTcpForwarding yes',
    // Tests open many of both at once.
    'MaxSessions 2000',
    'MaxStartups 2000',
    `Subsystem sftp ${options.sftp === 'internal' ? 'internal-sftp' : SFTP_SERVER}`,
    '',
  ];
}

/** A process of sshd, and what it says. */
class Server {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #hasEnded: () => void;
  log = '';
  isListening = false;

  /** @param through What runs a command where it shall run. */
  constructor(directory: string, areAccountsMade: boolean, through: readonly string[]) {
    const sshd = [SSHD, '-D', '-e', '-f', join(directory, 'sshd_config')];
    const [program = '', ...programArguments] = [
      ...through,
      ...(areAccountsMade ? [...ISOLATE, directory] : []),
      ...sshd,
    ];
    this.#child = spawn(program, programArguments, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.log = (this.log + text).slice(-LOG_CHARACTERS_MAX);
    });
    this.#ended = once(this.#child, 'close');
    this.#hasEnded = endWithUs(this.pid, { signal: 'SIGKILL', graceSeconds: 0 });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async start(): Promise<this> {
    const deadline = AbortSignal.timeout(START_TIMEOUT_MS);
    const listening = (async () => {
      while (!/Server listening/.test(this.log)) {
        await once(this.#child.stderr ?? this.#child, 'data', { signal: deadline });
      }
      this.isListening = true;
    })();
    await Promise.race([listening, this.#ended]).catch(() => undefined);
    if (!this.isListening) await this.stop();
    return this;
  }

  /** In a namespace of processes its sessions die with it. */
  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
    this.#hasEnded();
  }
}

/** Runs what comes behind it, first the directory with the accounts, where those exist. */
const ISOLATE: readonly string[] = [
  ...['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--uts'],
  ...['--propagation', 'private', '/bin/sh', '-ec'],
  `for file in passwd shadow group; do mount --bind "$0/$file" "/etc/$file"; done
mount -t tmpfs tmpfs /run
mkdir -m 755 /run/sshd
hostname ward
exec "$@"`,
];

interface Listening {
  readonly host: string;
  readonly port: number;
  readonly accounts: Accounts;
  readonly server: Server;
}

async function describeHost(
  directory: string,
  { host, port, accounts, server }: Listening,
): Promise<PrivateSshd> {
  const read = async (name: string): Promise<string> =>
    (await readFile(join(directory, name), 'utf8')).trim();
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  return {
    ...{ host, port, pid: server.pid },
    accounts: accounts.names,
    home: accounts.home,
    hostKey: await read('host.pub'),
    hostAuthority: await read('host-authority.pub'),
    clientKeyFile: join(directory, 'client'),
    userAuthorityFile: join(directory, 'user-authority'),
    log: () => server.log,
    replaceHostKey: async () => {
      for (const name of ['host', 'host.pub', 'host-cert.pub', 'host-authority']) {
        await rm(join(directory, name));
      }
      await makeKey(join(directory, 'host'));
      await makeKey(join(directory, 'host-authority'));
      await certifyHost(directory);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
