import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { EntryTally } from './entry-tally.ts';
import { type Ledger, openLedger } from './ledger.ts';
import type { EntryFields } from './ledger-port.ts';
import { LedgerReader } from './ledger-reader.ts';
import { hashLeaf } from './merkle-frontier.ts';
import { MerkleProver } from './merkle-prover.ts';
import { readSessionEntries } from './read-session-entries.ts';
import { searchStatements } from './search-statements.ts';

/** More than two blocks of the prover, and no round number. */
const ENTRIES = 2_500;

let directory: string;
let ledger: Ledger;

function append(entry: EntryFields): Promise<void> {
  return new Promise((resolve, reject) => {
    ledger.append(entry, 'written', (error) => (error === undefined ? resolve() : reject(error)));
  });
}

/** The root that a path leads to from an entry. @see RFC 9162, section 2.1.3.2 */
function followPath(
  bytes: Uint8Array,
  {
    index,
    size,
    path,
  }: { readonly index: number; readonly size: number; readonly path: readonly Buffer[] },
): Buffer | undefined {
  if (index >= size) return undefined;
  let [at, last] = [index, size - 1];
  let root: Buffer = Buffer.from(hashLeaf(bytes), 'hex');
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (at % 2 === 1 || at === last) {
      root = hashPair(sibling, root);
      while (at % 2 === 0 && at !== 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    } else {
      root = hashPair(root, sibling);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 ? root : undefined;
}

function hashPair(left: Buffer, right: Buffer): Buffer {
  return hash('sha256', Buffer.concat([Buffer.of(0x01), left, right]), 'buffer');
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sallyport-reader-'));
    ledger = await openLedger({
      dataDirectory: directory,
      dayKeys: openTestKeys(directory),
      logName: 'gw.0',
      nowMs: Date.now,
      checkpointIntervalMs: 3_600_000,
      flushIntervalMs: 1,
      onEvent: () => undefined,
    });
    await append({ kind: 'gateway.start' });
    await append({ kind: 'session.start', session: 's-1', target: 'hospital' });
    await append({
      kind: 'operation',
      session: 's-1',
      content: { text: 'SELECT Name FROM patients' },
    });
    await append({ kind: 'result', session: 's-1', masked: { ssn: 3 }, found: { name: 2 } });
    const refused = 'DROP TABLE patients; "Größe"';
    await append({ kind: 'operation.refuse', session: 's-1', content: { text: refused } });
    await append({ kind: 'session.end', session: 's-1' });
    for (let count = 6; count < ENTRIES - 1; count++) void append({ kind: 'cancel', count });
    await append({ kind: 'gateway.stop' });
    await ledger[Symbol.asyncDispose]();
  });
  after(() => rmSync(directory, { recursive: true, force: true }));
}

describe('LedgerReader', () => {
  prepareTests();

  const read = (): LedgerReader => new LedgerReader(join(directory, 'ledger'));

  it('lists logs and their signed checkpoints', async () => {
    const [log, ...others] = await read().listLogs();
    assert.equal(others.length, 0);
    assert.equal(log?.name, 'gw.0');
    assert.match(log.publicKey, /^gw\.0\+[0-9a-f]{8}\+/);
    assert.equal(log.checkpoint?.size, ENTRIES);
    const checkpoints = await read().listCheckpoints('gw.0', 5);
    assert.equal(checkpoints?.[0]?.note, log.checkpoint.note);
  });

  it('pages through entries, newest first, and finds all of them once', async () => {
    const reader = read();
    const seen: number[] = [];
    let beforeSeq: number | undefined;
    do {
      const page = await reader.listEntries('gw.0', { limit: 700, beforeSeq });
      assert.ok(page !== undefined && page.entries.length > 0);
      seen.push(...page.entries.map(({ entry }) => entry.seq));
      beforeSeq = page.nextBeforeSeq;
    } while (beforeSeq !== undefined && beforeSeq > 0);
    assert.deepEqual(
      seen,
      Array.from({ length: ENTRIES }, (_, index) => ENTRIES - 1 - index),
    );
  });

  it('narrows down by kind and session', async () => {
    const of = async (query: object): Promise<readonly string[]> => {
      const page = await read().listEntries('gw.0', { limit: 10, ...query });
      return page?.entries.map(({ entry }) => entry.kind) ?? [];
    };
    assert.deepEqual(await of({ kind: 'gateway.start' }), ['gateway.start']);
    assert.deepEqual(await of({ session: 's-1', kind: 'operation' }), ['operation']);
    assert.equal((await of({ session: 's-1' })).length, 5);
    assert.deepEqual(await of({ session: 's-' }), []);
  });

  it('reads no directory but those of logs', async () => {
    for (const name of ['..', '../ledger/gw.0', 'keys', 'nowhere', '']) {
      assert.equal(await read().listEntries(name, { limit: 1 }), undefined, name);
      assert.equal(await read().listCheckpoints(name, 1), undefined, name);
      assert.equal(await read().prove(name, 0), undefined, name);
    }
  });

  it('proves every entry under the last checkpoint, and none beyond it', async () => {
    const reader = read();
    for (const index of [0, 1, 2, 511, 1_023, 1_024, 1_025, 2_047, 2_048, 2_498, ENTRIES - 1]) {
      const proof = await reader.prove('gw.0', index);
      assert.ok(proof !== undefined);
      const { bytes, path, checkpoint } = proof;
      const root = followPath(bytes, { index, size: checkpoint.size, path });
      assert.deepEqual(root, checkpoint.root, String(index));
      assert.match(bytes.toString('utf8'), new RegExp(`^\\{"v":1,"seq":${index},`));
    }
    assert.equal(await reader.prove('gw.0', ENTRIES), undefined);
  });
});

describe('MerkleProver', () => {
  prepareTests();

  it('leads to the root of each size of tree', async () => {
    const log = join(directory, 'ledger', 'gw.0');
    const prover = new MerkleProver(log);
    const reader = new LedgerReader(join(directory, 'ledger'));
    const page = await reader.listEntries('gw.0', { limit: 70, beforeSeq: 70 });
    const leaves = (page?.entries ?? [])
      .toReversed()
      .map(({ bytes }) => Buffer.from(hashLeaf(bytes), 'hex'));
    assert.equal(leaves.length, 70);
    for (const size of [1, 2, 3, 5, 8, 13, 21, 70]) {
      const root = hashSlowly(leaves.slice(0, size));
      for (let index = 0; index < size; index++) {
        const proof = await prover.prove(index, size);
        assert.ok(proof !== undefined);
        const { bytes, path } = proof;
        assert.deepEqual(followPath(bytes, { index, size, path }), root, `${index} of ${size}`);
      }
    }
    assert.equal(await prover.prove(5, 5), undefined);
    assert.equal(await prover.prove(0, ENTRIES + 1), undefined);
  });
});

/** RFC 6962, section 2.1, by its own words. */
function hashSlowly(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return only;
  const power = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return hashPair(hashSlowly(leaves.slice(0, power)), hashSlowly(leaves.slice(power)));
}

describe('EntryTally', () => {
  prepareTests();

  it('counts each entry once, and begins anew with another day', async () => {
    const tally = new EntryTally(join(directory, 'ledger'));
    const counts = { sessions: 1, operations: 1, refusals: 1, maskedValues: 5 };
    assert.deepEqual(await tally.read(0), counts);
    assert.deepEqual(await tally.read(0), counts);
    const nothing = { sessions: 0, operations: 0, refusals: 0, maskedValues: 0 };
    assert.deepEqual(await tally.read(Date.now() + 86_400_000), nothing);
  });
});

describe('readSessionEntries', () => {
  prepareTests();

  it('reads one session to its end', async () => {
    const kinds: string[] = [];
    const span = { logName: 'gw.0', session: 's-1', startedAtMs: Date.now() };
    for await (const { entry } of readSessionEntries(join(directory, 'ledger'), span)) {
      kinds.push(entry.kind);
    }
    const all = ['session.start', 'operation', 'result', 'operation.refuse', 'session.end'];
    assert.deepEqual(kinds, all);
  });

  it('finds nothing of a log that another machine keeps', async () => {
    const span = { logName: 'elsewhere.0', session: 's-1', startedAtMs: 0 };
    for await (const _ of readSessionEntries(join(directory, 'ledger'), span)) assert.fail();
  });
});

describe('LedgerReader.readContent', () => {
  prepareTests();

  it('reads what an entry keeps apart, if it has the keys', async () => {
    const keys = openTestKeys(directory);
    const withKeys = new LedgerReader(join(directory, 'ledger'), keys);
    assert.deepEqual(await withKeys.readContent('gw.0', 2), {
      state: 'open',
      fields: { text: 'SELECT Name FROM patients' },
    });
    assert.deepEqual(await withKeys.readContent('gw.0', 0), { state: 'none' });
    assert.equal(await withKeys.readContent('gw.0', ENTRIES + 99), undefined);
    assert.equal(await withKeys.readContent('../keys', 0), undefined);
    const without = new LedgerReader(join(directory, 'ledger'));
    assert.deepEqual(await without.readContent('gw.0', 2), { state: 'sealed' });
  });
});

describe('searchStatements', () => {
  prepareTests();

  const search = async (text: string): Promise<readonly string[]> => {
    const { signal } = new AbortController();
    const keys = openTestKeys(directory);
    const found = await searchStatements(join(directory, 'ledger'), text, { keys, signal });
    return found.get('s-1')?.map((one) => one.text) ?? [];
  };

  it('finds statements that hold all words, refused ones too, in whatever case', async () => {
    assert.deepEqual(await search('NAME patients'), ['SELECT Name FROM patients']);
    assert.equal((await search('patients')).length, 2);
    assert.deepEqual(await search('patients nowhere'), []);
    assert.equal((await search('"größe" patients')).length, 1);
    assert.deepEqual(await search('  '), []);
  });
});
