import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { decodeEntry, findKind } from './decode-entry.ts';
import { encodeEntry } from './encode-entry.ts';
import type { LogPlace } from './entry-source.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { LedgerEntrySource } from './ledger-entry-source.ts';
import type { EntryFields } from './ledger-port.ts';

const LOG = 'gw-1.0';
const STARTS: ReadonlySet<string> = new Set(['session.start']);

let directory: string;
let ledger: Ledger;
let source: LedgerEntrySource;

before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sallyport-entry-source-'));
  const dayKeys = openTestKeys(directory);
  const clock = { nowMs: () => Date.UTC(2026, 0, 2) };
  ledger = await openLedger({ dataDirectory: directory, logName: LOG, dayKeys, ...clock });
  source = new LedgerEntrySource(path.join(directory, 'ledger'), dayKeys);
});
after(async () => {
  await ledger.close();
  await rm(directory, { recursive: true });
});

function enter(fields: EntryFields): Promise<void> {
  return new Promise((resolve, reject) => {
    ledger.append(fields, 'sealed', (error) => (error === undefined ? resolve() : reject(error)));
  });
}

async function read(place: LogPlace | undefined): Promise<readonly [number[], LogPlace]> {
  const read: number[] = [];
  let last = place;
  for await (const { entry, place: next } of source.readOn(LOG, place, STARTS)) {
    read.push(entry.seq);
    last = next;
  }
  assert(last);
  return [read, last];
}

describe('LedgerEntrySource', () => {
  it('passes over entries of other kinds, and says how far it read', async () => {
    for (const session of ['a', 'b']) {
      await enter({ kind: 'session.start', session });
      for (let i = 0; i < 3; i++)
        await enter({ kind: 'operation', session, content: { text: 'x' } });
    }
    const [first, place] = await read(undefined);
    assert.deepEqual(first, [0, 4, 7]);
    assert.deepEqual((await read(place))[0], []);

    await enter({ kind: 'session.start', session: 'c' });
    const [later] = await read(place);
    assert.deepEqual(later, [8]);
  });
});

describe('findKind', () => {
  it('finds the kind that decoding finds', () => {
    for (const seq of [0, 9, 123_456_789_012]) {
      for (const kind of ['operation', 'session.start', 'gateway.start'] as const) {
        const position = { seq, at: '2026-01-02T03:04:05.678Z', n: 1, prev: undefined };
        const bytes = Buffer.from(
          encodeEntry({ kind, session: '"kind":"x"' }, position, undefined),
        );
        assert.equal(findKind(bytes), decodeEntry(bytes)?.kind);
        assert.equal(findKind(bytes), kind);
        for (let end = 0; end < bytes.length; end++) findKind(bytes.subarray(0, end));
      }
    }
  });
});
