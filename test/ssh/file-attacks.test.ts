import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import ssh2 from 'ssh2';
import { type SshEnvironment, startSshEnvironment, TARGET } from './environment.ts';
import { type ProgramOutcome, runProgram } from './run-program.ts';

/** May read and write under `public`, and nothing else. */
const CONFINED = 'kim';
/** May copy from there by rsync, and run nothing else. */
const COPYING = 'nia';
/** May do everything. */
const FREE = 'ana';
const DESTINATION = `${TARGET}@127.0.0.1`;

const POLICIES = `
@id("all") permit (principal, action, resource);
@id("no-commands") forbid (principal == User::"clinic:${CONFINED}", action in Action::"ssh.run", resource);
@id("rsync-public") forbid (principal == User::"clinic:${COPYING}", action in Action::"ssh.run", resource)
unless { context.recognised == "rsync" && ["~/public"].containsAll(context.paths) };
@id("public")
@reason("only files under public")
forbid (principal == User::"clinic:${CONFINED}", action in Action::"ssh.sftp", resource)
unless {
  (context.path like "*/deploy/public/*" || context.path like "*/deploy/public") &&
  (context.newPath == "" || context.newPath like "*/deploy/public/*")
};
`;

describe('attacks by files', () => {
  let world: SshEnvironment;
  let directory: string;
  const remote = (name: string): string => join(world.sshd.home, name);
  const local = (name: string): string => join(directory, name);

  const sftp = async (commands: readonly string[], subject = CONFINED): Promise<ProgramOutcome> => {
    const options = await world.optionsFor(subject);
    // A dash before a command: go on if it fails.
    const input = commands.map((command) => `-${command}\n`).join('');
    return runProgram('sftp', [...options, '-b', '-', DESTINATION], { input });
  };
  const scp = async (args: readonly string[], subject = CONFINED): Promise<ProgramOutcome> =>
    runProgram('scp', [...(await world.optionsFor(subject)), ...args]);

  before(async () => {
    world = await startSshEnvironment({ policies: POLICIES });
    directory = await mkdtemp(join(tmpdir(), 'sallyport-attacks-'));
    for (const name of ['public', 'secret', 'public/sub']) {
      await mkdir(remote(name));
      await chmod(remote(name), 0o777);
    }
    await writeFile(remote('secret/s.txt'), 'secret');
    await writeFile(remote('public/p.txt'), 'public');
    await chmod(remote('public/p.txt'), 0o666);
    await symlink(remote('secret'), remote('public/out'));
    await symlink('../../secret/s.txt', remote('public/sub/up'));
    await writeFile(local('up.txt'), 'up');
  });
  after(async () => {
    await world[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  it('sftp reads under one path, and nothing else', async () => {
    const got = local('got');
    const paths = [
      'secret/s.txt',
      remote('secret/s.txt'),
      'public/../secret/s.txt',
      'public/out/s.txt',
      'public/sub/up',
      'public/sub/../../secret/./s.txt',
      '/etc/passwd',
      '/proc/self/root/etc/passwd',
    ];
    const { stderr } = await sftp(paths.map((path) => `get ${path} ${got}`));
    // Some are asked about twice: what is there, and then its content.
    assert(stderr.split('only files under public').length > paths.length, stderr);
    assert(!existsSync(got));
    const allowed = await sftp([`get public/p.txt ${got}`]);
    assert.equal(await readFile(got, 'utf8'), 'public', allowed.stderr);
  });

  it('a refusal leaves the session usable, and says who refuses and why', async () => {
    const { stderr, code } = await sftp(['get secret/s.txt', `get public/p.txt ${local('after')}`]);
    assert.equal(code, 0);
    assert.match(stderr, /sallyport/);
    assert.equal(await readFile(local('after'), 'utf8'), 'public');
  });

  it('rename, posix-rename, hardlink and symlink over the border', async () => {
    const { stderr } = await sftp([
      'rename secret/s.txt public/s.txt',
      'rename -l secret/s.txt public/s.txt',
      'ln secret/s.txt public/s.txt',
      'ln -s ../secret/s.txt public/s.txt',
      `ln -s ${remote('secret/s.txt')} public/s.txt`,
      'rename public/p.txt secret/p.txt',
      'rename public/p.txt public/out/p.txt',
      'ln public/p.txt secret/p.txt',
      'ln -s p.txt secret/p.txt',
      'cp secret/s.txt public/s.txt',
      'rmdir secret',
      'rm secret/s.txt',
      'rm public/out/s.txt',
      'mkdir secret/d',
      'mkdir public/out/d',
    ]);
    assert.doesNotMatch(stderr, /No such file/);
    assert(!existsSync(remote('public/s.txt')), stderr);
    assert(!existsSync(remote('secret/p.txt')));
    assert(!existsSync(remote('secret/d')));
    assert.equal(await readFile(remote('secret/s.txt'), 'utf8'), 'secret');
    assert.equal(await readFile(remote('public/p.txt'), 'utf8'), 'public');
  });

  it('SETSTAT on what is not permitted, by its name and through a link', async () => {
    const before = await stat(remote('secret/s.txt'));
    await sftp(['chmod 777 secret/s.txt', 'chmod 777 public/out/s.txt', 'chmod 777 public/sub/up']);
    assert.equal((await stat(remote('secret/s.txt'))).mode, before.mode);
  });

  it('writes through links that lead out, dangling ones too', async () => {
    await symlink(remote('secret/new.txt'), remote('public/dangling'));
    await sftp([
      `put ${local('up.txt')} public/dangling`,
      `put ${local('up.txt')} public/out/new.txt`,
      `put ${local('up.txt')} public/sub/up`,
    ]);
    for (const flags of [[], ['-O']]) {
      for (const path of ['public/dangling', 'public/out/', 'public/out/new.txt', 'secret']) {
        const { code } = await scp([...flags, local('up.txt'), `${DESTINATION}:${path}`]);
        assert.equal(code, 1, path);
      }
    }
    assert(!existsSync(remote('secret/new.txt')));
    assert(!existsSync(remote('secret/up.txt')));
    assert.equal(await readFile(remote('secret/s.txt'), 'utf8'), 'secret');
  });

  it('a link that is put in place of a directory again and again while files are opened', async () => {
    const [good, evil] = [remote('public/race'), remote('public/evil')];
    await mkdir(good);
    await writeFile(join(good, 's.txt'), 'public');
    await symlink(remote('secret'), evil);
    let isOver = false;
    const race = (async () => {
      while (!isOver) {
        await rename(good, `${good}.real`);
        await symlink(remote('secret'), good);
        await unlink(good);
        await rename(`${good}.real`, good);
      }
    })();
    const client = await connect(world, CONFINED);
    const channel = await openSftp(client);
    const read = (): Promise<string | undefined> =>
      new Promise((resolve) => {
        channel.readFile('public/race/s.txt', (error, data) =>
          resolve(error ? undefined : data.toString()),
        );
      });
    for (let attempt = 0; attempt < 100; attempt += 1) {
      assert.notEqual(await read(), 'secret');
    }
    isOver = true;
    await race;
    assert.equal(await read(), 'public');
    client.end();
  });

  it('subsystems other than sftp, and the server of sftp as a command', async () => {
    const options = await world.optionsFor(FREE);
    const other = await runProgram('ssh', [...options, '-s', DESTINATION, 'netconf']);
    assert.notEqual(other.code, 0);
    assert.match(other.stderr, /no subsystem but sftp/);
    const client = await connect(world, CONFINED);
    const stream = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
      client.exec('/usr/lib/openssh/sftp-server', (error, opened) =>
        error ? reject(error) : resolve(opened),
      );
    });
    // INIT, then OPEN of what is not permitted: answered by our own server of SFTP, which asks first.
    const path = Buffer.from(remote('secret/s.txt'));
    const open = Buffer.concat([
      Buffer.from('0000000003', 'hex'),
      Buffer.alloc(4),
      Buffer.from([0, 0, 0, path.length]),
      path,
      Buffer.from('0000000100000000', 'hex'),
    ]);
    open.writeUInt32BE(open.length - 4);
    stream.write(Buffer.concat([Buffer.from('000000050100000003', 'hex'), open]));
    let answer = '';
    await new Promise<void>((resolve) => {
      stream.on('data', (bytes: Buffer) => {
        answer += bytes.toString('latin1');
        if (answer.includes('only files under public')) resolve();
      });
    });
    client.end();
  });

  it('no path of scp reaches a shell', async () => {
    const marker = remote('marker');
    for (const path of [
      `$(touch ${marker})`,
      `\`touch ${marker}\``,
      `a;touch ${marker}`,
      `a\ntouch ${marker}`,
    ]) {
      for (const flags of [['-O'], []]) {
        await scp([...flags, local('up.txt'), `${DESTINATION}:${path}`]);
        await scp([...flags, `${DESTINATION}:'${path}'`, local('x')]);
      }
    }
    assert(!existsSync(marker));
  });

  it('rsync names one path and asks for another by its input', async () => {
    const options = await world.optionsFor(COPYING);
    const copy = async (
      far: string,
      args: readonly string[],
      to: string,
    ): Promise<ProgramOutcome> => {
      const shell = local('other-command');
      const ssh = ['ssh', ...options, DESTINATION, `'${far}'`].join(' ');
      await writeFile(shell, `#!/bin/sh\nexec ${ssh}\n`, { mode: 0o700 });
      return runProgram('rsync', [...args, '-e', shell, `${DESTINATION}:secret/`, local(to)]);
    };
    const plain = await copy('rsync --server --sender -re.iLsfxCIvu . public', ['-r'], 'plain');
    assert.equal(plain.code, 0, plain.stderr);
    assert(existsSync(local('plain/public/p.txt')));
    const { code, stderr } = await copy(
      'rsync --server --sender -sre.iLsfxCIvu . public',
      ['-s', '-r'],
      'other',
    );
    assert.notEqual(code, 0);
    assert.match(stderr, /rsync-public/);
    assert(!existsSync(local('other')));
  });

  it('a channel that sends nonsense ends alone', async () => {
    const client = await connect(world, CONFINED);
    const channel = await openSftp(client);
    const broken = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
      client.subsys('sftp', (error, opened) => (error ? reject(error) : resolve(opened)));
    });
    broken.write(Buffer.alloc(100, 0xff));
    broken.resume();
    await once(broken, 'close');
    const data = await new Promise<Buffer>((resolve, reject) => {
      channel.readFile('public/p.txt', (error, read) => (error ? reject(error) : resolve(read)));
    });
    assert.equal(data.toString(), 'public');
    client.end();
  });
});

async function connect(world: SshEnvironment, subject: string): Promise<ssh2.Client> {
  const client = new ssh2.Client();
  client.connect({
    host: '127.0.0.1',
    port: world.address.port,
    username: TARGET,
    password: world.tokenOf(subject),
  });
  await once(client, 'ready');
  return client;
}

function openSftp(client: ssh2.Client): Promise<ssh2.SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.sftp((error, opened) => (error ? reject(error) : resolve(opened)));
  });
}
