import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import ssh2 from 'ssh2';
import { type SshEnvironment, startSshEnvironment, TARGET } from './environment.ts';
import { type ProgramOutcome, runProgram, startProgram } from './run-program.ts';

const PERSON = 'ana';

const POLICIES = `
@id("all") permit (principal, action, resource);
@id("held")
@review("privacy-officers")
@reason("two pairs of eyes")
forbid (principal, action == Action::"ssh.sftp.write", resource) when { context.path like "*/held.bin" };
`;

/** Uploads, downloads, compares, lists, renames and removes. */
const PARAMIKO_CLIENT = `
import sys, paramiko
port, token, local, back = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
transport = paramiko.Transport(('127.0.0.1', port))
transport.connect(username='${TARGET}', password=token)
sftp = paramiko.SFTPClient.from_transport(transport)
assert sftp.put(local, 'paramiko.bin').st_size == len(open(local, 'rb').read())
sftp.get('paramiko.bin', back)
sftp.posix_rename('paramiko.bin', 'renamed.bin')
assert 'renamed.bin' in sftp.listdir('.')
with sftp.open('renamed.bin', 'rb') as file:
    file.seek(1000)
    assert file.read(10) == open(local, 'rb').read()[1000:1010]
sftp.chmod('renamed.bin', 0o600)
sftp.symlink('renamed.bin', 'linked.bin')
assert sftp.readlink('linked.bin') == 'renamed.bin'
assert sftp.lstat('linked.bin').st_size == len('renamed.bin')
for name in ['linked.bin', 'renamed.bin']: sftp.remove(name)
try:
    sftp.stat('renamed.bin')
    raise SystemExit('still there')
except FileNotFoundError:
    print('done')
transport.close()
`;

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('programs that copy files through the gateway', () => {
  let world: SshEnvironment;
  let directory: string;
  let options: readonly string[];
  const content = randomBytes(3_000_001);
  const destination = `${TARGET}@127.0.0.1`;
  const local = (name: string): string => join(directory, name);
  const remote = (name: string): string => join(world.sshd.home, name);

  const run = async (
    program: string,
    args: readonly string[],
    rest: Parameters<typeof runProgram>[2] = {},
  ): Promise<ProgramOutcome> => {
    const outcome = await runProgram(program, args, rest);
    assert.equal(outcome.code, 0, `${program}: ${outcome.stderr}${outcome.stdout}`);
    return outcome;
  };
  const isSame = async (file: string): Promise<void> =>
    assert.equal(sha256(await readFile(file)), sha256(content), file);

  before(async () => {
    world = await startSshEnvironment({ policies: POLICIES });
    options = await world.optionsFor(PERSON);
    directory = await mkdtemp(join(tmpdir(), 'sallyport-copying-'));
    await writeFile(local('file.bin'), content);
  });
  after(async () => {
    await world[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  /** The client may hear of a request just before it is stored. */
  const approve = async (id: string): Promise<void> => {
    const path = `/v1/requests/${id}/reviews`;
    for (;;) {
      try {
        await world.callApi('petra', 'POST', path, { verdict: 'approve' });
        return;
      } catch (error) {
        if (!String(error).includes('not-found')) throw error;
      }
    }
  };

  it('sftp of OpenSSH', async () => {
    const batch = [
      `put ${local('file.bin')} sftp.bin`,
      'rename sftp.bin renamed.bin',
      'ln renamed.bin hard.bin',
      'ln -s renamed.bin soft.bin',
      'mkdir a\\ b',
      'put -p ' + local('file.bin') + ' "a b"',
      'chmod 640 hard.bin',
      'ls -la',
      `get hard.bin ${local('sftp.bin')}`,
      'rm soft.bin',
      'df',
      `get -r "a b" ${local('tree')}`,
    ].join('\n');
    const { stdout } = await run('sftp', [...options, '-b', '-', destination], { input: batch });
    assert.match(stdout, /renamed\.bin/);
    await isSame(local('sftp.bin'));
    await isSame(remote('renamed.bin'));
    await isSame(join(local('tree'), 'file.bin'));
    assert.equal((await stat(remote('hard.bin'))).mode & 0o777, 0o640);
  });

  for (const [name, flags] of [
    ['scp over SFTP', []],
    ['scp by its old protocol', ['-O']],
  ] as const) {
    it(name, async () => {
      const tree = local(`from${flags.join('')}`);
      await mkdir(join(tree, 'deep er'), { recursive: true });
      await cp(local('file.bin'), join(tree, 'deep er/ä.bin'), { preserveTimestamps: true });
      await writeFile(join(tree, 'empty'), '');
      await chmod(join(tree, 'empty'), 0o600);
      const folder = `folder${flags.join('')}`;
      await run('scp', [...flags, ...options, '-r', '-p', tree, `${destination}:${folder}`]);
      await isSame(remote(`${folder}/deep er/ä.bin`));
      const { mode, mtimeMs } = await stat(join(tree, 'empty'));
      const there = await stat(remote(`${folder}/empty`));
      assert.equal(there.mode & 0o777, mode & 0o777);
      assert.equal(Math.floor(there.mtimeMs / 1000), Math.floor(mtimeMs / 1000));
      await run('scp', [
        ...flags,
        ...options,
        '-r',
        `${destination}:${folder}`,
        local(`back${flags.join('')}`),
      ]);
      await isSame(join(local(`back${flags.join('')}`), 'deep er/ä.bin'));
      await run('scp', [
        ...flags,
        ...options,
        `${destination}:${folder}/dee*/*.bin`,
        local('globbed.bin'),
      ]);
      await isSame(local('globbed.bin'));
      const missing = await runProgram('scp', [
        ...flags,
        ...options,
        `${destination}:none`,
        directory,
      ]);
      assert.equal(missing.code, 1);
      assert.match(missing.stderr, /none: No such file/);
    });
  }

  for (const flags of [[], ['-O']]) {
    it(`scp ${flags.join('')} of a file that waits for people, and goes on once they agree`, async () => {
      const args = [...flags, ...options, local('file.bin'), `${destination}:held.bin`];
      const { child, outcome } = startProgram('scp', args, { input: '' });
      const id = await new Promise<string>((resolve) => {
        let told = '';
        child.stderr.on('data', (bytes: Buffer) => {
          told += bytes.toString();
          const [, found] = /\(request ([\w-]+)\)/.exec(told) ?? [];
          if (found !== undefined) resolve(found);
        });
      });
      await approve(id);
      const { code, stderr } = await outcome;
      assert.equal(code, 0, stderr);
      await isSame(remote('held.bin'));
      await rm(remote('held.bin'));
    });
  }

  it('rsync', async () => {
    const shell = ['-e', ['ssh', ...options].join(' ')];
    const tree = local('rsync');
    await mkdir(tree);
    await cp(local('file.bin'), join(tree, 'one.bin'));
    await run('rsync', ['-a', '--delete', ...shell, `${tree}/`, `${destination}:rsync/`]);
    await isSame(remote('rsync/one.bin'));
    await run('rsync', ['-a', ...shell, `${destination}:rsync/`, local('rsync-back')]);
    await isSame(join(local('rsync-back'), 'one.bin'));
  });

  it('git', async () => {
    const environment = {
      GIT_SSH_COMMAND: ['ssh', ...options].join(' '),
      HOME: directory,
      GIT_CONFIG_NOSYSTEM: '1',
    };
    const git = (args: readonly string[], cwd = directory): Promise<ProgramOutcome> =>
      run('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
        environment,
        cwd,
      });
    await run('ssh', [...options, destination, 'git init -q --bare repository.git']);
    const url = `ssh://${destination}${world.sshd.home}/repository.git`;
    await git(['clone', '-q', url, 'work']);
    await cp(local('file.bin'), join(local('work'), 'file.bin'));
    await git(['add', '.'], local('work'));
    await git(['commit', '-q', '-m', 'one'], local('work'));
    await git(['push', '-q', 'origin', 'HEAD:main'], local('work'));
    await git(['clone', '-q', '-b', 'main', url, 'again']);
    await isSame(join(local('again'), 'file.bin'));
  });

  it('paramiko', async () => {
    const args = [
      String(world.address.port),
      world.tokenOf(PERSON),
      local('file.bin'),
      local('p.bin'),
    ];
    const { stdout } = await run('/usr/bin/python3', ['-c', PARAMIKO_CLIENT, ...args]);
    assert.equal(stdout, 'done\n');
    await isSame(local('p.bin'));
  });

  it('ssh2', async () => {
    const client = new ssh2.Client();
    client.connect({
      host: '127.0.0.1',
      port: world.address.port,
      username: TARGET,
      password: world.tokenOf(PERSON),
    });
    await once(client, 'ready');
    const sftp = await new Promise<ssh2.SFTPWrapper>((resolve, reject) => {
      client.sftp((error, opened) => (error ? reject(error) : resolve(opened)));
    });
    const call = (work: (done: (error?: Error | null) => void) => void): Promise<void> =>
      new Promise((resolve, reject) => work((error) => (error ? reject(error) : resolve())));
    await call((done) => sftp.fastPut(local('file.bin'), 'ssh2.bin', done));
    await call((done) => sftp.fastGet('ssh2.bin', local('ssh2.bin'), done));
    await call((done) => sftp.ext_openssh_rename('ssh2.bin', 'ssh2b.bin', done));
    await call((done) => sftp.unlink('ssh2b.bin', done));
    client.end();
    await isSame(local('ssh2.bin'));
  });

  it('lftp', async () => {
    const commands = [
      `set sftp:connect-program "ssh -a -x ${options.join(' ')}"`,
      'set net:max-retries 1',
      `open -u ${TARGET},unused sftp://127.0.0.1`,
      `put ${local('file.bin')} -o lftp.bin`,
      'mv lftp.bin moved.bin',
      `get moved.bin -o ${local('lftp.bin')}`,
      'rm moved.bin',
    ];
    await run('lftp', ['-c', commands.join('; ')], { environment: { HOME: directory } });
    await isSame(local('lftp.bin'));
  });

  // Not Ansible: it can copy as the input of a command, which is recorded.
  it('none of them leaves content in recordings', async () => {
    const recordings = join(world.dataDirectory, 'recordings');
    const names = await readdir(recordings, { recursive: true });
    let bytes = 0;
    for (const name of names) {
      const { size } = await stat(join(recordings, name));
      bytes += size;
    }
    // Many copies of three megabytes that do not compress went by.
    assert(bytes < content.length, `${bytes} bytes of recordings`);
  });

  it('Ansible', async () => {
    const variables = [
      'ansible_host=127.0.0.1',
      `ansible_port=${world.address.port}`,
      // With ansible_user it would look for a home directory of that name.
      `ansible_ssh_common_args='-o User=${TARGET} ${options.join(' ')}'`,
      'ansible_python_interpreter=/usr/bin/python3',
    ];
    await writeFile(local('inventory'), `ward ${variables.join(' ')}\n`);
    const environment = {
      HOME: directory,
      ANSIBLE_SSH_ARGS: '-o ControlMaster=no',
      ANSIBLE_NOCOLOR: '1',
    };
    for (const transfer of ['sftp', 'scp', 'piped']) {
      const args = ['ward', '-i', local('inventory')];
      const settings = { environment: { ...environment, ANSIBLE_SSH_TRANSFER_METHOD: transfer } };
      const ping = await run('ansible', [...args, '-m', 'ping'], settings);
      assert.match(ping.stdout, /pong/);
      const copy = `src=${local('file.bin')} dest=ansible-${transfer}.bin`;
      await run('ansible', [...args, '-m', 'copy', '-a', copy], settings);
      await isSame(remote(`ansible-${transfer}.bin`));
    }
  });
});
