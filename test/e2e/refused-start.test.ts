import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

const GATEWAY = join(import.meta.dirname, '../../src/bin/gateway.ts');
const EXAMPLE = join(import.meta.dirname, '../../examples/hospital');

describe('a gateway with a configuration that cannot be used', () => {
  let directory = '';

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-start-'));
    await cp(EXAMPLE, directory, { recursive: true });
  });

  afterEach(() => rm(directory, { recursive: true }));

  it('names the place in the policies, and has made nothing: no older version is kept from its store', async () => {
    const wrong = '@id("typo") permit (principal, action == Action::"sql.selct", resource);\n';
    await writeFile(join(directory, 'policies/typo.cedar'), wrong);
    const { code, err } = await start(directory);
    assert.equal(code, 1);
    assert.match(err, /^policies\/typo\.cedar:1:\d+: unrecognized action/);
    assert.match(err, /^Nothing was started from /m);
    assert.deepEqual(await readdir(directory), ['policies', 'sallyport.yaml', 'targets']);
  });

  it('names a document of a target that is not what it is said to be', async () => {
    const target = [
      'kind: http',
      'address: api.example:443',
      'credential: {none: true}',
      'openapi: api.json',
    ];
    await writeFile(join(directory, 'targets/api.yaml'), `${target.join('\n')}\n`);
    await writeFile(join(directory, 'api.json'), '{"openapi":"2"}');
    const { code, err } = await start(directory);
    assert.equal(code, 1);
    assert.match(err, /^targets\/api\.yaml:/);
    assert(!(await readdir(directory)).includes('data'), 'nothing is made');
  });
});

describe('a gateway whose ledger is in the format of another version', () => {
  it('changes nothing, so that the version that wrote it goes on', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'sallyport-start-'));
    t.after(() => rm(directory, { recursive: true }));
    await cp(EXAMPLE, directory, { recursive: true });
    const log = join(directory, 'data/ledger/sallyport.0');
    await mkdir(log, { recursive: true, mode: 0o700 });
    const before = Buffer.from('SPLEDGER\0\x01 the rest is as format 1 has it', 'latin1');
    await writeFile(join(log, '0000000000000000.segment'), before);
    const { code, err } = await start(directory);
    assert.equal(code, 1);
    assert.match(
      err,
      /^Cannot start the gateway: Cannot continue \S+\.segment: has format version 1, /,
    );
    assert.match(err, /^Nothing was changed\./m);
    assert.deepEqual(await readdir(join(directory, 'data')), ['ledger']);
    assert.deepEqual(await readdir(log), ['0000000000000000.segment']);
  });
});

describe('a gateway whose data directory cannot be made', () => {
  it('says what to do, and calls it nothing unexpected', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'sallyport-start-'));
    t.after(() => rm(directory, { recursive: true }));
    await cp(EXAMPLE, directory, { recursive: true });
    const file = join(directory, 'sallyport.yaml');
    const settings = await readFile(file, 'utf8');
    // It takes no directories, whoever asks.
    await writeFile(file, settings.replace(/dataDirectory: \S+/, 'dataDirectory: /sys/data'));
    const { code, err } = await start(directory);
    assert.equal(code, 1);
    assert.match(err, /^Cannot start the gateway: (EACCES|EPERM|EROFS): .+mkdir '\/sys\/data'\n/);
    assert.match(err, /must own its data directory|read-only/);
    assert.doesNotMatch(err, /unexpected-error/);
  });
});

function start(directory: string): Promise<{ readonly code: unknown; readonly err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [GATEWAY, '--config', directory], (error, _, err) => {
      resolve({ code: error === null ? 0 : error.code, err });
    });
  });
}
