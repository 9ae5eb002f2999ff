import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openLedger } from '../../audit/ledger.ts';
import { seal } from '../../audit/seal.ts';
import { formatVerifierKey } from '../../audit/signed-note.ts';
import { DayKeyFiles } from '../../encryption/day-key-files.ts';
import { readOwnMasterKey } from '../../encryption/read-master-key.ts';
import { runForOutcome } from '../cli-outcome.fixture.ts';

describe('sallyport audit', () => {
  it('names entries in a list as it takes them for a proof', async () => {
    await using data = await writeLedger();
    const listed = await runForOutcome(['audit', 'list', data.path, '--kind', 'explain']);
    const [, entry = ''] = /^\S+ (\S+) explain /.exec(listed.out) ?? [];
    const proved = await runForOutcome(['audit', 'prove', data.path, entry]);
    assert.equal(proved.code, 0, proved.err);
    assert.match(proved.out, /^c2sp\.org\/tlog-proof@v1$/m);
  });

  it('says that there is no such kind of entry in place of an empty list', async () => {
    await using data = await writeLedger();
    const list = ['audit', 'list', data.path, '--kind'];
    const { code, out, err } = await runForOutcome([...list, 'operation', 'operation.refused']);
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(
      err,
      /There is no kind of entry called operation\.refused\n.* operation\.refuse, /,
    );
    assert.equal((await runForOutcome([...list, 'operation.refuse'])).code, 0);
  });

  it('names the logs that there are where there is none of the name, and says where no ledger is', async () => {
    await using data = await writeLedger();
    for (const args of [
      ['prove', data.path, 'gw.9/0'],
      ['tiles', data.path, 'gw.9', join(data.path, 'tiles')],
    ]) {
      const { code, err } = await runForOutcome(['audit', ...args]);
      assert.equal(code, 1);
      assert.match(err, /There is no log gw\.9 in .*\nThere are: gw\.0\.$/m);
    }
  });

  it('calls nothing a damaged ledger that never was one', async () => {
    await using data = await writeLedger();
    const empty = join(data.path, 'empty');
    await mkdir(empty);
    const other = join(data.path, 'other');
    await mkdir(join(other, 'folder'), { recursive: true });
    await writeFile(join(other, 'file'), '');
    for (const command of ['list', 'verify']) {
      for (const directory of [empty, other, join(other, 'file')]) {
        const { code, out, err } = await runForOutcome(['audit', command, directory]);
        assert.equal(code, 1);
        assert.equal(out, '');
        assert.match(err, /There is no ledger in .*\nName the gateway's data directory, or a copy/);
      }
      const missing = await runForOutcome(['audit', command, join(other, 'missing')]);
      assert.match(missing.err, /There is no directory /);
    }
    const stripped = join(data.path, 'ledger');
    await rm(join(stripped, 'registry'));
    await rm(join(stripped, 'keys'), { recursive: true });
    const { code, out } = await runForOutcome(['audit', 'verify', data.path]);
    assert.equal(code, 1);
    assert.match(out, /gw\.0: DAMAGED/);
  });

  it('says what is in the way of a file that it was told to read', async () => {
    await using data = await writeLedger();
    const missing = join(data.path, 'missing');
    for (const [file, reason] of [
      [missing, 'there is no such file'],
      [data.path, 'it is a directory'],
    ] as const) {
      for (const args of [
        ['verify', data.path, '--checkpoint', file],
        ['check-proof', file],
        ['compare-connector', data.path, data.path, '--public-key', file],
      ]) {
        const { code, err } = await runForOutcome(['audit', ...args]);
        assert.equal(code, 1);
        assert.ok(err.includes(`Cannot read ${file}: ${reason}`), err);
      }
    }
  });

  it('calls no ledger damaged because the file of its key was misspelt', async () => {
    await using data = await writeLedger();
    const verify = ['audit', 'verify', data.path, '--public-key', '/nonexistent.pub'];
    const { code, out, err } = await runForOutcome(verify);
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(err, /There is no file \/nonexistent\.pub\n.*name\+id\+key/);
  });

  it('believes no ledger by a file in which there is no key, and calls none damaged for it', async () => {
    await using data = await writeLedger();
    const file = join(data.path, 'given');
    const proof = join(data.path, 'proof');
    await runForOutcome(['audit', 'prove', data.path, 'gw.0/0', '--output', proof]);
    const own = join(data.path, 'ledger/keys/gw.0.pub');
    const log = await readFile(own, 'utf8');
    const witness = formatVerifierKey('w', generateKeyPairSync('ed25519').publicKey, 'witness');
    const none = /^sallyport: There is no key in \S+given\n/;
    const noneOf = (kind: string): RegExp =>
      new RegExp(`^sallyport: \\S+ (?:has a line that )?is no key of a ${kind}\\n`);
    for (const [text, ofLog, ofWitness] of [
      ['', none, none],
      ['\n \n', none, none],
      ['{"name": "sallyport"}\n', noneOf('log'), noneOf('witness')],
      [`${log}${witness}\n`, noneOf('log'), noneOf('witness')],
    ] as const) {
      await writeFile(file, text);
      for (const [reason, ...args] of [
        [ofLog, 'verify', data.path, '--public-key', file],
        [ofWitness, 'verify', data.path, '--witness-key', file],
        [ofLog, 'check-proof', proof, '--key', file],
        [ofWitness, 'check-proof', proof, '--witness-key', file],
        [noneOf('log'), 'verify', data.path, '--public-key', witness],
        [noneOf('witness'), 'verify', data.path, '--witness-key', log.trim()],
      ] as const) {
        const { code, out, err } = await runForOutcome(['audit', ...args]);
        assert.deepEqual([code, out], [2, ''], args.join(' '));
        assert.match(err, reason);
      }
    }
    const nobody = await runForOutcome(['audit', 'verify', data.path, '--required', '2']);
    assert.deepEqual([nobody.code, nobody.out], [2, '']);
    assert.match(nobody.err, /^sallyport: --required counts witnesses, and none is given\n/);
    assert.equal(
      (await runForOutcome(['audit', 'verify', data.path, '--public-key', own])).code,
      0,
    );
  });

  it('says where a configuration is looked for that a command needs, and finds none', async () => {
    await using data = await writeLedger();
    for (const args of [
      ['keys', 'check', '--config', data.path],
      ['secret', 'list', '--config', data.path],
      ['patients', 'who-saw', 'hospital', '1', '--ledger', data.path, '--config', data.path],
    ]) {
      const { code, err } = await runForOutcome(args);
      assert.equal(code, 1);
      assert.match(
        err,
        /^sallyport: sallyport\.yaml:1:1: Cannot read file: does not exist\n.*--config DIRECTORY/m,
      );
    }
  });

  it('names the instant that is none, and the directory without records of a connector', async () => {
    await using data = await writeLedger();
    const verify = await runForOutcome(['audit', 'verify', data.path, '--as-of', 'yesterday']);
    assert.equal(verify.code, 2);
    assert.match(verify.err, /^sallyport: --as-of must be a duration such as 24h, or an instant /);
    const compare = await runForOutcome(['audit', 'compare-connector', data.path, data.path]);
    assert.equal(compare.code, 1);
    assert.match(compare.err, /^sallyport: There are no records of a connector in \S+\nName /);
  });
});

/** A data directory with a ledger of one entry, which a checkpoint covers. */
async function writeLedger(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'sallyport-audit-'));
  const dataDirectory = join(path, 'data');
  await mkdir(dataDirectory);
  const masterKey = await readOwnMasterKey(dataDirectory);
  const dayKeys = new DayKeyFiles({ dataDirectory, purpose: 'content', masterKey });
  const clock = { nowMs: () => Date.UTC(2026, 0, 2), logName: 'gw.0' };
  await using ledger = await openLedger({ dataDirectory, dayKeys, ...clock });
  await seal(ledger, { kind: 'explain', content: { text: 'SELECT 4711' } });
  return { path: dataDirectory, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
