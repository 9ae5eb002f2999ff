import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { createSegment } from './create-segment.ts';
import { openLedger } from './ledger.ts';
import type { EntryKind } from './ledger-port.ts';
import { hashLeaf, MerkleFrontier } from './merkle-frontier.ts';
import { readSegment } from './read-segment.ts';
import { readSessionEntries } from './read-session-entries.ts';
import { seal } from './seal.ts';
import { decodeSegmentHeader, segmentFileName } from './segment-format.ts';
import { verifyLedger } from './verify-ledger.ts';

const LOG = 'gw-1.0';
const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const KINDS = ['session.start', 'operation', 'result', 'operation'] as const;

let dataDirectory: string;
let log: string;

async function readKinds(): Promise<readonly EntryKind[]> {
  const span = { logName: LOG, session: 's1', startedAtMs: NOW_MS };
  const entries = readSessionEntries(path.join(dataDirectory, 'ledger'), span);
  return (await Array.fromAsync(entries)).map(({ entry }) => entry.kind);
}

/** The log goes on in another segment behind its second entry, as after a sync that failed. */
async function goOnBehindSecond(): Promise<void> {
  const first = path.join(log, segmentFileName(0));
  const bytes = await readFile(first);
  const header = decodeSegmentHeader(bytes);
  assert(typeof header === 'object');
  const { contentKey } = header;
  for await (const part of readSegment(first)) {
    if (part.kind !== 'run') continue;
    const frontier = new MerkleFrontier();
    for (const { start, entryEnd } of part.records.slice(0, 2)) {
      frontier.append(Buffer.from(hashLeaf(part.bytes.subarray(start, entryEnd)), 'hex'));
    }
    const rest = bytes.subarray(part.offset + (part.records[1]?.end ?? 0));
    const { file } = await createSegment(log, { logName: LOG, frontier, contentKey }, [rest]);
    await file.close();
  }
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
    await goOnBehindSecond();
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
});
