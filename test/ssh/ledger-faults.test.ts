import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { constants, networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, type ClientChannel, type SFTPWrapper } from 'ssh2';
import { verifyLedger } from '../../src/audit/verify-ledger.ts';
import { type SshEnvironment, startSshEnvironment, TARGET } from './environment.ts';
import { startProgram } from './run-program.ts';
import { describeGateway, ShellSession } from './shell-session.ts';

const SOURCE = join(import.meta.dirname, '../faults/ledger-disk.c');
const { EIO } = constants.errno;
/** A target may not be asked to connect to its own loopback. */
const OWN_ADDRESS =
  Object.values(networkInterfaces())
    .flat()
    .find((found) => found?.family === 'IPv4' && !found.internal)?.address ?? '';
const UNWRITABLE = /refused: the ledger cannot be written at present/;

const run = promisify(execFile);

describe('an SSH session whose gateway cannot write', () => {
  let directory: string;
  let library: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-ssh-faults-'));
    await chmod(directory, 0o755);
    library = join(directory, 'ledger-disk.so');
    await run('cc', ['-shared', '-fPIC', '-o', library, SOURCE, '-ldl']);
  });
  after(() => rm(directory, { recursive: true }));

  /** A gateway whose files below a directory of its data cannot be written while the flag is there. */
  function startFaulty(
    below: 'ledger' | 'recordings',
    flag: string,
    forwards: readonly string[] = [],
  ): Promise<SshEnvironment> {
    return startSshEnvironment({
      environment: (dataDirectory) => ({
        LD_PRELOAD: library,
        FAULT_PATH: join(dataDirectory, below),
        FAULT_SYNC: flag,
        FAULT_WRITE: flag,
      }),
      target: [
        [['seal'], 'sealed'],
        [['forwards'], forwards],
      ],
    });
  }

  it('refuses what is tried next, goes on, and works again by itself', {
    skip: OWN_ADDRESS === '' && 'this machine has no network',
  }, async () => {
    const flag = join(directory, 'ledger.flag');
    const marks = join(directory, 'marks');
    await run('mkdir', ['-m', '777', marks]);
    await using reached = await startReached();
    await using world = await startFaulty('ledger', flag, [`${OWN_ADDRESS}:${reached.port}`]);
    await expectRefusalsOnly(world, { flag, marks, reached });
    assert.equal(await world.process.stop(), 0);
    const report = await verifyLedger(join(world.dataDirectory, 'ledger'));
    assert(report.ok, JSON.stringify(report));
  });

  it('ends when what it shows cannot be recorded', async () => {
    const flag = join(directory, 'recordings.flag');
    await using world = await startFaulty('recordings', flag);
    const options = await world.optionsFor('ana');
    const endless = 'while sleep 0.1; do seq 1000; done';
    const { child, outcome } = startProgram('ssh', [...options, `${TARGET}@127.0.0.1`, endless]);
    await once(child.stdout, 'data');
    await writeFile(flag, String(EIO));
    const { code, stderr } = await outcome;
    assert.equal(code, 255);
    assert.match(stderr, /the session cannot be recorded/);
  });
});

/** Tries everything in one shell and one connection: while the disk fails, and after. */
async function expectRefusalsOnly(
  world: SshEnvironment,
  {
    flag,
    marks,
    reached,
  }: { readonly flag: string; readonly marks: string; readonly reached: Reached },
): Promise<void> {
  const place = describeGateway(world, 'ana');
  await using shell = await ShellSession.open(place);
  await shell.waitFor(/[$#] ?$/);
  shell.type("PS1='host$ '\r");
  await shell.waitFor(/^host\$ *$/m);
  using client = await connectTo(place);
  const files = await client.openSftp();

  await writeFile(flag, String(EIO));
  const refused = await client.exec(`touch ${marks}/exec`);
  assert.deepEqual([refused.status, refused.stdout], [1, '']);
  assert.match(refused.stderr, UNWRITABLE);
  shell.type(`touch ${marks}/line\r`);
  await shell.waitFor(/the ledger cannot be written[\s\S]*host\$ *$/);
  await assert.rejects(openFile(files, `${marks}/file`), UNWRITABLE);
  await assert.rejects(client.forward(reached.port), UNWRITABLE);
  assert.deepEqual(await readdir(marks), []);
  assert.equal(reached.count(), 0);

  await rm(flag);
  while ((await client.exec(`touch ${marks}/exec`)).status !== 0) await wait(100);
  shell.type(`touch ${marks}/line && echo "well" again\r`);
  await shell.waitFor(/^well again$/m);
  await openFile(files, `${marks}/file`);
  await client.forward(reached.port);
  assert.deepEqual((await readdir(marks)).sort(), ['exec', 'file', 'line']);
  assert.equal(reached.count(), 1);
}

/** Counts who connects to it. */
interface Reached extends AsyncDisposable {
  readonly port: number;
  count(): number;
}

async function startReached(): Promise<Reached> {
  let count = 0;
  const server: Server = createServer((socket) => {
    count += 1;
    socket.on('error', () => undefined).end('reached');
  });
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    count: () => count,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

/** One connection, in which everything is tried. */
interface OneConnection extends Disposable {
  exec(
    command: string,
  ): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }>;
  openSftp(): Promise<SFTPWrapper>;
  /** Resolves once the other side has said all. */
  forward(port: number): Promise<void>;
}

async function connectTo(place: ReturnType<typeof describeGateway>): Promise<OneConnection> {
  const client = new Client();
  client.connect(place);
  await once(client, 'ready');
  return {
    async exec(command) {
      const channel = await told<ClientChannel>((done) => client.exec(command, done));
      let stdout = '';
      let stderr = '';
      channel.on('data', (bytes: Buffer) => (stdout += bytes));
      channel.stderr.on('data', (bytes: Buffer) => (stderr += bytes));
      const [status] = (await once(channel, 'close')) as [number];
      return { status, stdout, stderr };
    },
    openSftp: () => told((done) => client.sftp(done)),
    async forward(port) {
      const channel = await told<ClientChannel>((done) =>
        client.forwardOut('127.0.0.1', 0, OWN_ADDRESS, port, done),
      );
      await once(channel.resume(), 'end');
      channel.end();
    },
    [Symbol.dispose]: () => void client.end(),
  };
}

async function openFile(files: SFTPWrapper, path: string): Promise<void> {
  const handle = await told<Buffer>((done) => files.open(path, 'w', done));
  await told<undefined>((done) => files.close(handle, (error) => done(error, undefined)));
}

type Done<Result> = (error: Error | null | undefined, result: Result) => void;

function told<Result>(ask: (done: Done<Result>) => unknown): Promise<Result> {
  return new Promise((resolve, reject) => {
    ask((error, result) => (error ? reject(error) : resolve(result)));
  });
}
