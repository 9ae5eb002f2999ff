import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { goOnBehind } from './go-on-behind.fixture.ts';
import { openLedger } from './ledger.ts';
import type { EntryKind } from './ledger-port.ts';
import { readSessionEntries } from './read-session-entries.ts';
import { seal } from './seal.ts';
import { segmentFileName } from './segment-format.ts';
import { verifyLedger } from './verify-ledger.ts';

const LOG = 'gw-1.0';
const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const KINDS = ['session.start', 'operation', 'result', 'operation'] as const;

let dataDirectory: string;
let log: string;

async function readKinds(session = 's1'): Promise<readonly EntryKind[]> {
  const span = { logName: LOG, session, startedAtMs: NOW_MS };
  const entries = readSessionEntries(path.join(dataDirectory, 'ledger'), span);
  return (await Array.fromAsync(entries)).map(({ entry }) => entry.kind);
}

describe('readSessionEntries', () => {
  beforeEach(async () => {
    dataDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-session-entries-'));
    log = path.join(dataDirectory, 'ledger', LOG);
    const dayKeys = openTestKeys(dataDirectory);
    await using ledger = await openLedger({
      ...{ dataDirectory, dayKeys, logName: LOG },
      nowMs: () => NOW_MS,
    });
    for (const kind of KINDS) await seal(ledger, { kind, session: 's1' });
  });
  afterEach(() => rm(dataDirectory, { recursive: true }));

  it('reads each entry once, though a segment that failed holds what the next one took over', async () => {
    await goOnBehind(log, 2);
    assert((await verifyLedger(path.join(dataDirectory, 'ledger'))).ok);
    assert.deepEqual(await readKinds(), KINDS);
  });

  it('says where a record is damaged instead of leaving out what follows', async () => {
    const first = path.join(log, segmentFileName(0));
    const bytes = await readFile(first);
    const at = bytes.indexOf('"kind":"result"');
    bytes[at + 9] = (bytes[at + 9] ?? 0) ^ 1;
    await writeFile(first, bytes);
    await assert.rejects(readKinds(), /damaged/);
  });

  it('finds a session from its beginning on, though the clock was set back and segments began after that', async () => {
    let nowMs = NOW_MS - 60_000;
    const dayKeys = openTestKeys(dataDirectory);
    await using ledger = await openLedger({
      ...{ dataDirectory, dayKeys, logName: LOG },
      segmentBytesMax: 1,
      nowMs: () => nowMs,
    });
    await seal(ledger, { kind: 'gateway.start' });
    nowMs = NOW_MS;
    const ended = ['session.start', 'operation', 'session.end'] as const;
    for (const kind of ended) await seal(ledger, { kind, session: 's2' });
    for (const kind of KINDS) await seal(ledger, { kind, session: 's3' });
    nowMs = NOW_MS - 5_000;
    await seal(ledger, { kind: 'session.end', session: 's3' });
    assert.deepEqual(await readKinds('s2'), ended);
    assert.deepEqual(await readKinds('s3'), [...KINDS, 'session.end']);
    assert.deepEqual(await readKinds('s4'), []);
  });
});
