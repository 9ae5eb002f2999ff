import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type Ledger, openLedger } from '../../src/audit/ledger.ts';
import { expireEntries } from '../../src/audit/retention/expire-entries.ts';
import { RetentionKeeper } from '../../src/audit/retention/retention-keeper.ts';
import { seal } from '../../src/audit/seal.ts';
import { parseSegmentFileName } from '../../src/audit/segment-format.ts';
import { type VerifyReport, verifyLedger } from '../../src/audit/verify-ledger.ts';
import { type DayKeyFiles } from '../../src/encryption/day-key-files.ts';
import { openTestKeys } from '../../src/encryption/day-keys.fixture.ts';
import { retentionParts } from './retention-parts.ts';

const VERIFIER = path.join(import.meta.dirname, '../../tools/verify_ledger.py');
const DAY_MS = 86_400_000;
const FIRST_NOON = Date.parse('2026-01-01T12:00:00Z');
const FIRST_DAY = '2026-01-01';
const ACTOR = { principal: 'okta:olga', clientAddress: '192.0.2.1', reason: 'case 4711' };

let dataDirectory: string;
let contentKeys: DayKeyFiles;
let nowMs: number;
let ledger: Ledger;

async function start(logName = 'gw.0'): Promise<void> {
  contentKeys = openTestKeys(dataDirectory);
  const clock = (): number => nowMs;
  ledger = await openLedger({ dataDirectory, dayKeys: contentKeys, logName, nowMs: clock });
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

/** What both verifiers find. */
async function verify(): Promise<string> {
  const directory = path.join(dataDirectory, 'ledger');
  const first = describeReport(await verifyLedger(directory));
  const second = await promisify(execFile)('python3', [VERIFIER, '--json', directory]).catch(
    (error: { readonly stdout: string }) => error,
  );
  assert.equal(describeReport(JSON.parse(second.stdout) as VerifyReport), first);
  return first;
}

function describeReport({ logs, problems }: VerifyReport): string {
  return [...problems, ...logs.flatMap(({ problem }) => problem?.what ?? [])].join('\n');
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

  it('destroys nothing while a damaged record in the last segment of a log may hide a hold', async () => {
    await askAtDay(0, 'okta:first');
    const hold = await openKeeper().startHold({ from: FIRST_DAY, until: FIRST_DAY }, ACTOR);
    await ledger.checkpoints.write();
    await ledger.close();
    await start('gw.1');
    await askAtDay(5, 'okta:last');
    const keeper = openKeeper();
    assert.deepEqual(await keeper.listHolds(), [hold], 'nothing is damaged yet');
    const segment = await damage('okta:first');
    const before = await readFile(segment);
    const late = openKeeper();
    const missing = {
      code: 'ERR_LEDGER_CORRUPT',
      message: /gw\.0: entries \d+ to \d+ are missing/,
    };
    for (let attempt = 0; attempt < 2; attempt++) {
      await assert.rejects(late.listHolds(), missing);
      await assert.rejects(late.run(), missing);
    }
    await assert.rejects(late.endHold(hold.id, ACTOR), missing);
    assert((await contentKeys.list()).includes(FIRST_DAY));
    assert.deepEqual(await readFile(segment), before);
  });

  it('goes on in front of what a crash cut, which nobody signed', async () => {
    await askAtDay(0, 'okta:first');
    const hold = await openKeeper().startHold({ from: FIRST_DAY, until: FIRST_DAY }, ACTOR);
    await ledger.checkpoints.write();
    await ledger.close();
    await appendFile(await findSegment('okta:first'), Buffer.from([0, 0, 9]));
    await start('gw.1');
    await askAtDay(5, 'okta:last');
    assert.deepEqual(await openKeeper().listHolds(), [hold]);
    assert.equal((await openKeeper().run()).state, 'ran');
  });

  it('destroys nothing while the files of a log that signed are gone', async () => {
    await askAtDay(0, 'okta:first');
    await openKeeper().startHold({ from: FIRST_DAY, until: FIRST_DAY }, ACTOR);
    await ledger.checkpoints.write();
    await ledger.close();
    await start('gw.1');
    await askAtDay(5, 'okta:last');
    await rm(await findSegment('okta:first'));
    await assert.rejects(openKeeper().run(), { code: 'ERR_LEDGER_CORRUPT' });
    assert((await contentKeys.list()).includes(FIRST_DAY));
  });

  it('expires nothing of a last segment whose signed entries cannot all be read', async () => {
    await askAtDay(0, 'okta:first');
    await seal(ledger, { kind: 'sign-in', principal: 'okta:unsigned' });
    await ledger.close();
    const segment = await damage('okta:first');
    const before = await readFile(segment);
    await assert.rejects(expireEntries(segment, Infinity, 1), { code: 'ERR_LEDGER_CORRUPT' });
    await assert.rejects(expireEntries(segment, Infinity), { code: 'ERR_LEDGER_CORRUPT' });
    assert.deepEqual(await readFile(segment), before);
    await start('gw.1');
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

  it('expires the other days where one is damaged, and says nothing again of the one that cannot', async () => {
    for (const [index, name] of ['okta:first', 'okta:second', 'okta:third'].entries()) {
      await askAtDay(index, name);
    }
    const keeper = openKeeper();
    assert.deepEqual(await keeper.listHolds(), []);
    await damage('okta:second');
    await askAtDay(6, 'okta:last');
    for (let attempt = 0; attempt < 2; attempt++) {
      const run = await keeper.run();
      assert(run.state === 'ran');
      assert.deepEqual(run.expired.entries, attempt === 0 ? [FIRST_DAY, '2026-01-03'] : []);
      const problems = run.failures.map(({ message }) => message);
      assert.match(
        problems.join('\n'),
        /^Cannot expire entries of \S+: record at byte \d+ is damaged$/,
      );
    }
    await assert.rejects(findSegment('okta:third'), 'its entries are gone');
    const said: string[] = [];
    for (const segment of await listSegments()) {
      const text = (await readFile(segment)).toString('latin1');
      for (const [, day = ''] of text.matchAll(/"of":"entries","day":"([^"]+)"/g)) said.push(day);
    }
    assert.deepEqual(said, [FIRST_DAY, '2026-01-03']);
  });

  it('keeps the rest of a day whose expiry was interrupted before a hold, and both verifiers tell the one from the other', async () => {
    await askAtDay(0, 'okta:one');
    await ledger.close();
    await start();
    await seal(ledger, { kind: 'sign-in', principal: 'okta:two' });
    await ledger.close();
    await start();
    await seal(ledger, { kind: 'sign-in', principal: 'okta:three' });
    await askAtDay(5, 'okta:last');
    const [gone, left] = [await findSegment('okta:one'), await findSegment('okta:two')];
    const kept = new Map<string, Buffer>();
    for (const name of await listSegments()) kept.set(name, await readFile(name));
    await openKeeper().run();
    // As if it had been killed behind the first segment of the day.
    const firstDay = [
      await findSegmentOf(kept, 'okta:two'),
      await findSegmentOf(kept, 'okta:three'),
    ];
    for (const name of firstDay) await writeFile(name, kept.get(name) ?? '');
    assert(firstDay.includes(left) && !firstDay.includes(gone));
    nowMs += 1;
    await openKeeper().startHold({ from: FIRST_DAY, until: FIRST_DAY }, ACTOR);
    await ledger.checkpoints.write();
    await openKeeper().run();
    assert.equal(await findSegment('okta:two'), left);
    assert.equal(await verify(), '');
    const until = parseSegmentFileName(path.basename(firstDay[1] ?? '')) ?? 0;
    await expireEntries(left, until);
    assert.match(
      await verify(),
      /entries of 2026-01-01 were deleted while hold hold_\S+ was in force/,
    );
  });
});

async function findSegmentOf(kept: ReadonlyMap<string, Buffer>, text: string): Promise<string> {
  for (const [name, bytes] of kept) if (bytes.includes(text)) return name;
  throw new Error(`no segment has ${text}`);
}
