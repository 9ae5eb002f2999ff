import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { isAlive } from './running-process.ts';

describe('startEmbeddedPostgres', () => {
  let directory: string;
  before(() => {
    const parent = mkdtempSync(join(tmpdir(), 'sallyport-store-'));
    // mkdtemp makes it private to root; the plain case is a directory that others may enter.
    chmodSync(parent, 0o755);
    directory = join(parent, 'store');
  });
  after(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

  it('keeps what was written from one start to the next, and stops when closed', async () => {
    const first = await startEmbeddedPostgres(directory);
    await run(first.connection, 'create table kept (n int); insert into kept values (7)');
    await first.close();
    assert.ok(!isAlive(first.pid));

    await using second = await startEmbeddedPostgres(directory);
    assert.deepEqual(await run(second.connection, 'select n from kept'), [{ n: 7 }]);
  });

  it('listens on a socket that nobody else may reach, and on no port', async () => {
    await using server = await startEmbeddedPostgres(directory);
    assert.equal(statSync(server.connection.host).mode & 0o777, 0o700);
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    assert.deepEqual(await run(server.connection, 'show listen_addresses'), [
      { listen_addresses: '' },
    ]);
  });

  it('does not run as root', {
    skip: process.geteuid?.() !== 0 && 'tests do not run as root',
  }, async () => {
    await using server = await startEmbeddedPostgres(directory);
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
    assert.doesNotMatch(status, /^Uid:\s+0\b/m);
    assert.match(status, /^CapEff:\s+0+$/m);
  });

  it('refuses a directory that a running gateway has', async () => {
    await using _server = await startEmbeddedPostgres(directory);
    await assert.rejects(startEmbeddedPostgres(directory), {
      code: 'ERR_STORE',
      message: new RegExp(`process ${process.pid} uses it`),
    });
  });

  it('takes over after its gateway was killed', async () => {
    const script = `
      const { startEmbeddedPostgres } = await import(${JSON.stringify(import.meta.resolve('./embedded-postgres.ts'))});
      const server = await startEmbeddedPostgres(${JSON.stringify(directory)});
      console.log(server.pid);
      setInterval(() => {}, 1000);`;
    const gateway = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output] = (await once(gateway.stdout, 'data')) as [Buffer];
    const leftover = Number(output);
    gateway.kill('SIGKILL');
    await once(gateway, 'exit');
    assert.ok(isAlive(leftover));

    await using server = await startEmbeddedPostgres(directory);
    assert.notEqual(server.pid, leftover);
    assert.ok(!isAlive(leftover));
    assert.deepEqual(await run(server.connection, 'select n from kept'), [{ n: 7 }]);
  });

  it('starts although a crash left the pid file of a process that is something else now', async () => {
    writeFileSync(join(directory, 'cluster', 'postmaster.pid'), `${process.pid}\n`);
    await using server = await startEmbeddedPostgres(directory);
    assert.deepEqual(await run(server.connection, 'select n from kept'), [{ n: 7 }]);
  });

  it('tells when the server was lost', async () => {
    await using server = await startEmbeddedPostgres(directory);
    process.kill(server.pid, 'SIGINT');
    assert.deepEqual(await server.lost, { reason: 'exit code 0' });
  });

  it('finds room for its socket when the path is too long for one', async () => {
    const deep = join(directory, '..', 'x'.repeat(100));
    let socketDirectory: string;
    {
      await using server = await startEmbeddedPostgres(deep);
      socketDirectory = server.connection.host;
      assert.deepEqual(await run(server.connection, 'select 1 as one'), [{ one: 1 }]);
    }
    assert.ok(!readdirSync(tmpdir()).some((name) => socketDirectory.endsWith(name)));
  });

  it('runs below a directory that only root may enter', {
    skip: process.geteuid?.() !== 0 && 'tests do not run as root',
  }, async () => {
    const locked = join(directory, '..', 'locked');
    mkdirSync(locked, { mode: 0o700 });
    await using server = await startEmbeddedPostgres(join(locked, 'store'));
    assert.deepEqual(await run(server.connection, 'select 1 as one'), [{ one: 1 }]);
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
    assert.match(status, /^CapEff:\s+0{15}2$/m, 'CAP_DAC_OVERRIDE alone');
  });
});

async function run(
  { host, port, user, database }: { host: string; port: number; user: string; database: string },
  text: string,
): Promise<unknown[]> {
  const client = new Client({ host, port, user, database });
  await client.connect();
  try {
    const result = await client.query(text);
    return Array.isArray(result) ? [] : (result.rows as unknown[]);
  } finally {
    await client.end();
  }
}
