import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSshEnvironment, TARGET } from '../ssh/environment.ts';
import { unpackSource } from './debian-source.ts';

/** Tests of OpenSSH's client that need nothing of the server but to serve. The others set the server up, or do without one. */
const SCRIPTS: readonly string[] = [
  'connect',
  'connect-uri',
  'exit-status',
  'exit-status-signal',
  'transfer',
  'stderr-data',
  'stderr-after-eof',
  'yes-head',
  'try-ciphers',
  'kextype',
  'localcommand',
  'host-expand',
  'scp-uri',
  'scp3',
  'sftp-uri',
];

/** What the gateway does not offer, by decision; both ways are tried without. */
const LEFT_OUT =
  '-cbc|chacha20|umac|hmac-sha1|hmac-md5|diffie-hellman|sntrup|rijndael|aes192-gcm|curve448';

/** A script that may take so long is stuck. */
const SCRIPT_TIMEOUT_MS = 15 * 60_000;
const ACCOUNT = 'root';

/** How the scripts went, one way. */
export interface OpenSshOutcome {
  readonly way: 'direct' | 'through the gateway';
  readonly passed: readonly string[];
  /** Each with what it printed last. */
  readonly failed: readonly { readonly script: string; readonly output: string }[];
}

/**
 * Runs OpenSSH's own regression tests of its client against a private sshd, direct and through a
 * gateway before it.
 *
 * The tests start servers of their own; here they are told that ours is theirs, by a `sshd` that
 * does nothing and a `ssh` with options that come before those of the tests.
 *
 * @param words Names of scripts; all if there are none.
 */
export async function runOpenSshSuite(
  cacheDirectory: string,
  words: readonly string[],
  say: (line: string) => void,
): Promise<readonly OpenSshOutcome[]> {
  const regress = join(await findSource(cacheDirectory), 'regress');
  await using world = await startSshEnvironment({
    sshd: { settings: ['AllowUsers root', 'PermitRootLogin yes'] },
    target: [[['account'], ACCOUNT]],
    gateway: [[['limits', 'connectionsPerPrincipalMax'], 1000]],
  });
  const scripts = words.length > 0 ? words : SCRIPTS;
  const through = await world.optionsFor('ana');
  const ways = [
    { way: 'direct', port: world.sshd.port, options: [...world.directOptions, '-l', ACCOUNT] },
    {
      way: 'through the gateway',
      port: world.address.port,
      options: [...through, '-l', `${ACCOUNT}@${TARGET}`, '-o', 'HostKeyAlias=127.0.0.1'],
    },
  ] as const;
  const outcomes: OpenSshOutcome[] = [];
  for (const { way, port, options } of ways) {
    const passed: string[] = [];
    const failed: { script: string; output: string }[] = [];
    for (const script of scripts) {
      const { code, output } = await runScript(join(regress, `${script}.sh`), { port, options });
      say(`${way}: ${script} ${code === 0 ? 'passed' : 'failed'}`);
      if (code === 0) passed.push(script);
      else failed.push({ script, output });
    }
    outcomes.push({ way, passed, failed });
  }
  return outcomes;
}

/** The source of the machine's OpenSSH: where `OPENSSH_SOURCE` says, or Debian's. */
async function findSource(cacheDirectory: string): Promise<string> {
  const named = process.env['OPENSSH_SOURCE'];
  if (named !== undefined) return named;
  const directory = join(cacheDirectory, 'openssh');
  const tree = await findTree(directory);
  if (tree !== undefined) return tree;
  await mkdir(directory, { recursive: true });
  await unpackSource(directory, 'openssh');
  const unpacked = await findTree(directory);
  if (unpacked === undefined)
    throw new Error(`Cannot run OpenSSH's tests: no source in ${directory}`);
  return unpacked;
}

async function findTree(directory: string): Promise<string | undefined> {
  const exists = await access(directory).then(
    () => true,
    () => false,
  );
  if (!exists) return undefined;
  const names = await readdir(directory);
  const name = names.find((one) => /^openssh-[\d.p]+$/.test(one));
  return name === undefined ? undefined : join(directory, name);
}

async function runScript(
  script: string,
  server: { readonly port: number; readonly options: readonly string[] },
): Promise<{ readonly code: number | null; readonly output: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'openssh-regress-'));
  try {
    const programs = join(directory, 'programs');
    await mkdir(programs);
    const [ssh, sshd] = [join(programs, 'ssh'), join(programs, 'sshd')];
    await writeFile(ssh, clientScript(server.options));
    await writeFile(sshd, SERVER_SCRIPT);
    const makeDirectory = join(directory, 'mkdtemp');
    await writeFile(makeDirectory, MKDTEMP_SCRIPT);
    for (const program of [ssh, sshd, makeDirectory]) await chmod(program, 0o755);
    const child = spawn('sh', [join(script, '..', 'test-exec.sh'), directory, script], {
      cwd: directory,
      env: {
        PATH: process.env['PATH'],
        HOME: directory,
        USER: ACCOUNT,
        LOGNAME: ACCOUNT,
        TEST_SHELL: 'sh',
        BUILDDIR: directory,
        TEST_SSH_SSH: ssh,
        TEST_SSH_SSHD: sshd,
        TEST_SSH_PORT: String(server.port),
        TEST_SSH_SFTPSERVER: '/usr/lib/openssh/sftp-server',
        TEST_SSH_UNSAFE_PERMISSIONS: '1',
        TEST_SSH_QUIET: 'yes',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: SCRIPT_TIMEOUT_MS,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-2000);
      });
    }
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output };
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** What comes first on the command line counts: neither the port nor the proxy of the test does. */
function clientScript(options: readonly string[]): string {
  const quoted = [...options, '-o', 'ProxyCommand=none', '-o', 'LogLevel=DEBUG3']
    .map((option) => `'${option.replaceAll("'", `'\\''`)}'`)
    .filter((option, index, all) => option !== "'-F'" && all[index - 1] !== "'-F'");
  return `#!/bin/sh
for word in "$@"; do
  if [ "$word" = -Q ]; then
    /usr/bin/ssh "$@" | grep -v -E -e '${LEFT_OUT}'
    exit 0
  fi
done
exec /usr/bin/ssh ${quoted.join(' ')} "$@"
`;
}

/** One of the programs that the tests are built with. */
const MKDTEMP_SCRIPT = `#!/bin/sh
exec mktemp -d "\${TMPDIR:-/tmp}/$1"
`;

/** Says that it has started, until it is told to stop. */
const SERVER_SCRIPT = `#!/bin/sh
while [ $# -gt 0 ]; do
  case "$1" in
  -t | -i) exit 0 ;;
  -f) shift; configuration="$1" ;;
  esac
  shift
done
file=$(sed -n 's/^[[:space:]]*PidFile[[:space:]]*//p' "$configuration")
sh -c 'echo $$ > "$0"; trap "rm -f \\"$0\\"; exit 0" TERM; while :; do sleep 0.2; done' "$file" \\
  < /dev/null > /dev/null 2>&1 &
`;
