import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { type GatewayToSshd, startGatewayToSshd, USER } from './gateway-to-sshd.ts';
import { finish, untilPrinted } from './openssh-client.ts';

const OWN_ADDRESS = Object.values(networkInterfaces())
  .flat()
  .find((found) => found?.family === 'IPv4' && !found.internal)?.address;

/** What the client is told, and the ledger. */
const CHANGED = 'what you may do changed while it was open';

describe('what was opened under rights that are gone', () => {
  let world: GatewayToSshd;
  let echo: Server;
  let echoPort: number;
  before(async () => {
    world = await startGatewayToSshd();
    echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
    echo.listen(0, '0.0.0.0');
    await once(echo, 'listening');
    echoPort = (echo.address() as AddressInfo).port;
    const target = world.behaviour.target;
    if (target === undefined) return;
    const forwards = [{ host: OWN_ADDRESS ?? '', port: echoPort }];
    world.behaviour.target = { ...target, forwards };
  });
  after(async () => {
    echo.close();
    await world[Symbol.asyncDispose]();
  });
  afterEach(() => {
    delete world.behaviour.decide;
    delete world.behaviour.rights;
  });

  /** A grant ends, or the policies change. */
  function forbid(action: string): void {
    world.behaviour.decide = (tried) => (tried.action === action ? 'deny' : 'allow');
    world.behaviour.rights = `without ${action}`;
  }

  it('takes and shows nothing more of a command, which is told and entered', async () => {
    const child = world.client.start([USER, 'cat']);
    const done = finish(child);
    const first = untilPrinted(child, 'one');
    child.stdin.write('one\n');
    await first;
    forbid('ssh.exec');
    child.stdin.end('two\n');
    const { stdout, stderr, status } = await done;
    assert.equal(stdout.toString(), 'one\n');
    assert.equal(stderr, `sallyport: refused: ${CHANGED}\n`);
    assert.equal(status, 1);
    const note = world.gateway.log.notes.findLast(({ kind }) => kind === 'cancel');
    assert.equal(note?.detail['reason'], CHANGED);
  });

  it('shows nothing more of a command that nobody types to', async () => {
    // The account of the host may look into it.
    const directory = await mkdtemp(join(tmpdir(), 'sallyport-lost-rights-'));
    await chmod(directory, 0o755);
    const file = join(directory, 'waits');
    await writeFile(file, '');
    const command = `echo one; while [ -e ${file} ]; do sleep 0.05; done; echo two`;
    const child = world.client.start([USER, command]);
    const done = finish(child);
    await untilPrinted(child, 'one');
    forbid('ssh.exec');
    await rm(directory, { recursive: true });
    const { stdout, stderr } = await done;
    assert.equal(stdout.toString(), 'one\n');
    assert.equal(stderr, `sallyport: refused: ${CHANGED}\n`);
  });

  it('ends a shell', async () => {
    const child = world.client.start(['-tt', USER]);
    const done = finish(child);
    const first = untilPrinted(child, 'o-n-e');
    child.stdin.write('printf "o-%s" n-e\r');
    await first;
    forbid('ssh.shell');
    child.stdin.end('exit\r');
    const { stderr, status } = await done;
    assert.match(stderr, new RegExp(CHANGED));
    assert.equal(status, 1);
  });

  it('goes on as long as it is permitted under the new rights', async () => {
    const child = world.client.start([USER, 'cat']);
    const done = finish(child);
    const first = untilPrinted(child, 'one');
    child.stdin.write('one\n');
    await first;
    forbid('ssh.shell');
    child.stdin.end('two\n');
    const { stdout, status } = await done;
    assert.equal(stdout.toString(), 'one\ntwo\n');
    assert.equal(status, 0);
  });

  it('ends where people would have to be asked about it, who never were', async () => {
    const child = world.client.start([USER, 'cat']);
    const done = finish(child);
    const first = untilPrinted(child, 'one');
    child.stdin.write('one\n');
    await first;
    world.behaviour.decide = () => 'review';
    world.behaviour.rights = 'with reviews';
    child.stdin.end('two\n');
    assert.equal((await done).stdout.toString(), 'one\n');
  });

  it('passes no more bytes of a forwarded connection', {
    skip: OWN_ADDRESS === undefined && 'this machine has no network',
  }, async () => {
    const args = ['-o', 'LogLevel=DEBUG', '-W', `${OWN_ADDRESS}:${echoPort}`, USER];
    const child = world.client.start(args);
    const done = finish(child);
    const first = untilPrinted(child, 'p-i-n-g');
    child.stdin.write('p-i-n-g\n');
    await first;
    forbid('ssh.forward.local');
    child.stdin.end('two\n');
    const { stdout, stderr } = await done;
    assert.equal(stdout.toString(), 'p-i-n-g\n');
    assert.match(stderr, new RegExp(CHANGED));
    const [cancel, forward] = world.gateway.log.notes.slice(-2);
    assert.equal(cancel?.kind, 'cancel');
    assert.equal(cancel.detail['reason'], CHANGED);
    assert.equal(forward?.kind, 'forward');
    assert.equal(forward.detail['bytesSent'], 8);
  });
});
