import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openSallyportCommand, type SallyportCommand } from '../../demo/sallyport-command.ts';
import { type SshEnvironment, startSshEnvironment, TARGET } from './environment.ts';

let environment: SshEnvironment;
let directory: string;
let home: string;
let sallyport: SallyportCommand;

before(async () => {
  environment = await startSshEnvironment({
    policies: `@id("all") permit (principal, action, resource);
      @id("no-certificates") forbid (principal == User::"clinic:noor", action == Action::"token.issue", resource);`,
  });
  directory = await mkdtemp(join(tmpdir(), 'sallyport-sign-in-'));
  home = join(directory, 'homes', 'ana');
  sallyport = await openSallyportCommand(directory, 'ana');
});
after(async () => {
  await environment[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** OpenSSH with nothing but what the sign-in wrote: it takes no home directory from the environment. */
function ssh(...args: readonly string[]): Promise<Outcome> {
  const own = ['-F', join(home, '.ssh', 'config'), '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR'];
  return new Promise((resolve) => {
    execFile('ssh', [...own, ...args], { timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ stdout, stderr, code: Number(error?.code ?? 0) });
    });
  });
}

async function signIn(): Promise<void> {
  const outcome = await sallyport.signIn(gatewayUrl(), authorityFile());
  assert.equal(outcome.code, 0, outcome.errors);
}

function gatewayUrl(): string {
  return `https://127.0.0.1:${environment.process.api?.port}`;
}

function authorityFile(): string {
  return join(environment.configurationDirectory, 'tls/ca.crt');
}

async function filesOf(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).toSorted();
}

describe('after sallyport login', () => {
  it('plain ssh reaches a target by its name, and knows the gateway', async () => {
    await signIn();
    const before = await sallyport.run('doctor');
    assert.match(before.output, /warning ssh .* does not take in/);
    const added = await sallyport.run('ssh-config', '--add');
    const after = await sallyport.run('doctor');
    assert.match(after.output, /ok {6}ssh .* a certificate until /);
    assert.equal(added.code, 0, added.errors);
    const outcome = await ssh(`${TARGET}.sallyport`, 'echo $((6 * 7))');
    assert.equal(outcome.stdout, '42\n', outcome.stderr);
    const account = environment.sshd.accounts[0] ?? '';
    const direct = await ssh(`${account}@${TARGET}@sallyport`, 'echo direct');
    assert.equal(direct.stdout, 'direct\n', direct.stderr);
  });

  it('keeps what it wrote from others', async () => {
    const [folder = ''] = await filesOf(join(home, 'sallyport', 'ssh'));
    const files = join(home, 'sallyport', 'ssh', folder);
    assert.deepEqual(await filesOf(files), [
      'config',
      'id_ed25519',
      'id_ed25519-cert.pub',
      'known_hosts',
    ]);
    for (const name of await filesOf(files)) {
      assert.equal((await stat(join(files, name))).mode & 0o777, 0o600);
    }
  });

  it('lists the certificate among the tokens, and lets nobody in once it is ended', async () => {
    const listed = await sallyport.run('tokens', 'list', '--json');
    const { tokens } = JSON.parse(listed.output) as { tokens: { id: string; kind: string }[] };
    const [token] = tokens;
    assert.equal(token?.kind, 'ssh-certificate');
    await sallyport.run('tokens', 'end', token.id);
    const outcome = await ssh(`${TARGET}.sallyport`, 'true');
    assert.equal(outcome.code, 255);
    assert.match(outcome.stderr, /Permission denied/);
    await signIn();
    assert.equal((await ssh(`${TARGET}.sallyport`, 'true')).code, 0);
  });

  it('renews nothing that is fresh', async () => {
    const [folder = ''] = await filesOf(join(home, 'sallyport', 'ssh'));
    const certificate = join(home, 'sallyport', 'ssh', folder, 'id_ed25519-cert.pub');
    const before = await readFile(certificate, 'utf8');
    const printed = await sallyport.run('ssh-config');
    assert.match(printed.output, /^Host \*\.sallyport$/m);
    assert.equal(await readFile(certificate, 'utf8'), before);
  });

  it('leaves nothing behind after sallyport logout, and no certificate that counts', async () => {
    await sallyport.run('logout');
    assert.deepEqual(await filesOf(join(home, 'sallyport', 'ssh')), []);
    assert.equal((await ssh(`${TARGET}.sallyport`, 'true')).code, 255);
  });

  it('signs in whom policy gives no certificate, without one', async () => {
    const noor = await openSallyportCommand(directory, 'noor');
    const outcome = await noor.signIn(gatewayUrl(), authorityFile());
    assert.equal(outcome.code, 0, outcome.errors);
    assert.match(outcome.errors, /No SSH certificate: Refused: /);
  });
});
