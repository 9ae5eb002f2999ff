import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Ledger, openLedger } from '../../src/audit/ledger.ts';
import { expireEntries } from '../../src/audit/retention/expire-entries.ts';
import { RetentionKeeper } from '../../src/audit/retention/retention-keeper.ts';
import { seal } from '../../src/audit/seal.ts';
import { parseSegmentFileName } from '../../src/audit/segment-format.ts';
import { type DayKeyFiles } from '../../src/encryption/day-key-files.ts';
import { openTestKeys } from '../../src/encryption/day-keys.fixture.ts';
import { retentionParts } from './retention-parts.ts';

const DAY_MS = 86_400_000;
const FIRST_NOON = Date.parse('2026-01-01T12:00:00Z');
const FIRST_DAY = '2026-01-01';
const ACTOR = { principal: 'okta:olga', clientAddress: '192.0.2.1', reason: 'case 4711' };

let dataDirectory: string;
let contentKeys: DayKeyFiles;
let nowMs: number;
let ledger: Ledger;

async function start(): Promise<void> {
  contentKeys = openTestKeys(dataDirectory);
  const clock = (): number => nowMs;
  ledger = await openLedger({ dataDirectory, dayKeys: contentKeys, logName: 'gw.0', nowMs: clock });
}

/** @param days Since the first one; the clock stands at noon. */
async function askAtDay(days: number, principal: string): Promise<void> {
  nowMs = FIRST_NOON + days * DAY_MS;
  await contentKeys.open(nowMs);
  await seal(ledger, { kind: 'sign-in', principal, content: { text: principal } });
  await ledger.checkpoints.write();
}

/** Keeps everything for two days. */
function openKeeper(): RetentionKeeper {
  const keptMs = 2 * DAY_MS;
  const clock = (): number => nowMs;
  const world = { dataDirectory, ledger, contentKeys, nowMs: clock, startedAtMs: FIRST_NOON };
  return new RetentionKeeper({
    ...retentionParts(world),
    settings: () => ({ contentMs: keptMs, recordingsMs: undefined, entriesMs: keptMs }),
  });
}

async function listSegments(): Promise<readonly string[]> {
  const log = path.join(dataDirectory, 'ledger', 'gw.0');
  const names = (await readdir(log)).filter((name) => name.endsWith('.segment'));
  return names.toSorted().map((name) => path.join(log, name));
}

async function findSegment(text: string): Promise<string> {
  for (const segment of await listSegments())
    if ((await readFile(segment)).includes(text)) return segment;
  throw new Error(`no segment has ${text}`);
}

/** Changes one letter. */
async function damage(text: string): Promise<string> {
  const segment = await findSegment(text);
  const bytes = await readFile(segment);
  bytes.write('X', bytes.indexOf(text));
  await writeFile(segment, bytes);
  return segment;
}

describe('retention, where a ledger is not whole', () => {
  beforeEach(async () => {
    dataDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-damage-'));
    nowMs = FIRST_NOON;
    await start();
  });
  afterEach(async () => {
    await ledger.close();
    await rm(dataDirectory, { recursive: true });
  });

  it('destroys nothing while a damaged record may hide a hold', async () => {
    await askAtDay(0, 'okta:first');
    await askAtDay(1, 'okta:second');
    await openKeeper().startHold({ from: FIRST_DAY, until: FIRST_DAY }, ACTOR);
    await askAtDay(5, 'okta:last');
    await damage('okta:second');
    const keeper = openKeeper();
    for (let attempt = 0; attempt < 2; attempt++) {
      await assert.rejects(keeper.run(), { code: 'ERR_LEDGER_CORRUPT' });
    }
    assert((await contentKeys.list()).includes(FIRST_DAY));
    await assert.rejects(keeper.listHolds(), { code: 'ERR_LEDGER_CORRUPT' });
  });

  it('leaves a segment as it is whose records cannot all be read', async () => {
    await askAtDay(0, 'okta:first');
    await seal(ledger, { kind: 'sign-in', principal: 'okta:behind' });
    await askAtDay(5, 'okta:last');
    const segment = await damage('okta:first');
    const before = await readFile(segment);
    const next = (await listSegments()).find((name) => name > segment) ?? '';
    const until = parseSegmentFileName(path.basename(next)) ?? 0;
    await assert.rejects(expireEntries(segment, until), { code: 'ERR_LEDGER_CORRUPT' });
    assert.deepEqual(await readFile(segment), before);
  });
});
