import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { formatLogProof } from '../../src/audit/log-proof.ts';
import { proveEntry } from '../../src/audit/prove-entry.ts';
import { buildWitnessedLedger, type WitnessedLedger } from './witnessed-ledger.ts';

const VERIFIER = path.join(import.meta.dirname, '../../tools/verify_ledger.py');

/** What an auditor types, and reads. */
describe('tools/verify_ledger.py, called by somebody', () => {
  let directory: string;
  let ledger: WitnessedLedger;
  let copy: string;

  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sallyport-auditor-'));
    const size = { entries: 280, entriesPerCheckpoint: 60, segmentBytesMax: 32 * 1024 };
    ledger = await buildWitnessedLedger(directory, size);
    copy = path.join(ledger.dataDirectory, 'ledger');
  });
  after(() => rm(directory, { recursive: true }));

  function run(...words: readonly string[]): { code: number | null; out: string; err: string } {
    const { status, stdout, stderr } = spawnSync('python3', [VERIFIER, ...words], {
      encoding: 'utf8',
    });
    return { code: status, out: stdout, err: stderr };
  }
  const keyFile = (log: string): string => path.join(copy, 'keys', `${log}.pub`);

  it('says that keys of the ledger itself prove less, and nothing of it where others were given', () => {
    const own = run(copy);
    assert.equal(own.code, 0);
    assert.match(own.err, /^Note: keys were taken from the ledger itself: /);
    const given = run(copy, '--key', keyFile('gw-1.0'), '--key', keyFile('gw-2.0'));
    assert.deepEqual([given.code, given.err], [0, '']);
  });

  it('takes a key as text, or from a file, of which an empty one is no key', async () => {
    const text = (await readFile(keyFile('gw-1.0'), 'utf8')).trim();
    const both = path.join(directory, 'both');
    await writeFile(both, `${text}\n${await readFile(keyFile('gw-2.0'), 'utf8')}`);
    assert.equal(run(copy, '--key', text, '--key', keyFile('gw-2.0')).code, 0);
    assert.equal(run(copy, '--key', both).code, 0);
    const empty = path.join(directory, 'empty');
    await writeFile(empty, '\n');
    for (const option of ['--key', '--witness-key']) {
      const { code, err } = run(copy, option, empty);
      assert.equal(code, 2);
      assert.match(err, /there is no key in \S+empty$/m);
    }
    const none = path.join(directory, 'none');
    await writeFile(none, `${text}\nnone+of+these\n`);
    for (const words of [
      ['--required', '2'],
      ['--required', '0'],
      ['--proof', '--key', text, '--required', '-1'],
      ['--key', none],
      ['--key', path.join(directory, 'missing')],
      ['--witness-key', text],
    ]) {
      const { code, out, err } = run(copy, ...words);
      assert.deepEqual([code, out], [2, ''], words.join(' '));
      assert.match(err, /error: .*(?:--required|no key of a (?:log|witness))/);
    }
  });

  it('names the ledger where it was given the directory around it', () => {
    const { code, out, err } = run(ledger.dataDirectory);
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, /original is no ledger; name the one in it: \S+original\/ledger$/m);
  });

  it('compares recordings with a ledger only: of what is none, nothing would be missing', () => {
    const script = path.join(import.meta.dirname, '../../tools/verify_recordings.py');
    const { dataDirectory } = ledger;
    for (const [given, reason] of [
      [dataDirectory, /original is no ledger; name the one in it: /],
      [path.join(copy, 'keys'), /there is no log in \S+keys$/m],
    ] as const) {
      const words = [script, given, path.join(dataDirectory, 'recordings')];
      const { status, stdout, stderr } = spawnSync('python3', words, { encoding: 'utf8' });
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, reason);
    }
  });

  it('names a file that is not there, and an instant that is none', () => {
    const missing = run(copy, '--checkpoint', path.join(directory, 'kept'));
    assert.equal(missing.code, 1);
    assert.match(missing.err, /^Cannot read \S+kept: there is no such file$/m);
    const noInstant = run(copy, '--as-of', 'yesterday');
    assert.equal(noInstant.code, 2);
    assert.match(noInstant.err, /--as-of takes an instant such as /);
  });

  it('prints the entry that a proof proves, to read or as JSON', async () => {
    const proof = path.join(directory, 'proof');
    const proven = await proveEntry(path.join(copy, 'gw-2.0'), 7);
    assert(proven !== undefined && proven !== 'expired');
    await writeFile(proof, formatLogProof(proven));
    const words = ['--proof', proof, '--key', keyFile('gw-2.0')];
    const { code, out } = run(...words);
    assert.equal(code, 0);
    assert.match(out, /^Entry 7 is in log gw-2\.0\.\n\{"v":1,"seq":7,/);
    const [log, entry] = JSON.parse(run(...words, '--json').out) as [string, string];
    assert.equal(log, 'gw-2.0');
    assert.ok(out.includes(entry));
  });
});
