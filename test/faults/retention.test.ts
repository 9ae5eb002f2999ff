import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type Ledger, openLedger } from '../../src/audit/ledger.ts';
import type { EntryFields } from '../../src/audit/ledger-port.ts';
import { LogTail } from '../../src/audit/log-tail.ts';
import { readEntries } from '../../src/audit/read-entries.ts';
import { eraseContents } from '../../src/audit/retention/erase-contents.ts';
import { findKeyProblems } from '../../src/audit/retention/find-key-problems.ts';
import {
  RetentionKeeper,
  type RetentionParts,
} from '../../src/audit/retention/retention-keeper.ts';
import { seal } from '../../src/audit/seal.ts';
import { verifyLedger } from '../../src/audit/verify-ledger.ts';
import { type DayKeyFiles, dayKeyDirectory } from '../../src/encryption/day-key-files.ts';
import { openTestKeys } from '../../src/encryption/day-keys.fixture.ts';
import { retentionParts } from './retention-parts.ts';

const VERIFIER = path.join(import.meta.dirname, '../../tools/verify_ledger.py');
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.parse('2026-01-01T00:00:00Z');
/** Days on which something was done. */
const DAYS = ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04', '2026-01-05'];
const ACTOR = { principal: 'okta:olga', clientAddress: '192.0.2.1', reason: 'case 4711' };

let dataDirectory: string;
let contentKeys: DayKeyFiles;
let nowMs: number;
let startedAtMs: number;
let ledger: Ledger;

/** A ledger with an entry with content on each of five days; noon of the fifth. */
beforeEach(async () => {
  dataDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-retention-'));
  nowMs = FIRST_DAY + DAY_MS / 2;
  startedAtMs = nowMs;
  await start();
  for (const day of DAYS) {
    nowMs = Date.parse(day) + DAY_MS / 2;
    await contentKeys.open(nowMs);
    const content = { text: `SELECT '${day}'` };
    await seal(ledger, { kind: 'session.search', principal: 'okta:ana', content });
  }
});
afterEach(async () => {
  await ledger.close();
  await rm(dataDirectory, { recursive: true });
});

/** As after a start of the gateway: nothing is kept in memory. */
async function start(): Promise<void> {
  contentKeys = openTestKeys(dataDirectory);
  const clock = (): number => nowMs;
  ledger = await openLedger({ dataDirectory, dayKeys: contentKeys, logName: 'gw.0', nowMs: clock });
}

async function restart(): Promise<void> {
  await ledger.close();
  await start();
}

/** Keeps contents for two days, unless said otherwise. */
function openKeeper(more: Partial<RetentionParts> = {}): RetentionKeeper {
  const clock = (): number => nowMs;
  const world = { dataDirectory, ledger, contentKeys, nowMs: clock, startedAtMs };
  return new RetentionKeeper({
    ...retentionParts(world),
    settings: () => ({ contentMs: 2 * DAY_MS, recordingsMs: undefined, entriesMs: undefined }),
    ...more,
  });
}

/** What can be read of each day's statement, as somebody who has the keys. */
async function readTexts(): Promise<readonly string[]> {
  const found: string[] = [];
  const kinds = new Set(['session.search'] as const);
  const stored = readEntries(
    path.join(dataDirectory, 'ledger'),
    { kinds },
    openTestKeys(dataDirectory),
  );
  for await (const { entry, content } of stored) found.push(entry.text ?? content);
  return found;
}

/** What both verifiers say: nothing if all is well. */
async function verify(): Promise<string> {
  const directory = path.join(dataDirectory, 'ledger');
  const { ok, logs, problems } = await verifyLedger(directory);
  const found = [...problems, ...logs.flatMap(({ problem }) => problem?.what ?? [])].join('\n');
  const second = await promisify(execFile)('python3', [VERIFIER, '--json', directory]).catch(
    (error: { readonly stdout: string }) => error,
  );
  const report = JSON.parse(second.stdout) as {
    readonly ok: boolean;
    readonly logs: readonly { readonly problem: { readonly what: string } | null }[];
  };
  assert.equal(report.ok, ok, second.stdout);
  assert.deepEqual(
    report.logs.map(({ problem }) => problem?.what),
    logs.map(({ problem }) => problem?.what),
  );
  assert.equal(ok, found === '');
  return found;
}

/** Bytes of all segments. */
async function readSegments(): Promise<Buffer> {
  const log = path.join(dataDirectory, 'ledger', 'gw.0');
  const names = (await readdir(log)).filter((name) => name.endsWith('.segment'));
  return Buffer.concat(await Promise.all(names.map((name) => readFile(path.join(log, name)))));
}

/** Of each entry with content, in order. */
async function readCiphertexts(): Promise<readonly Buffer[]> {
  const tail = new LogTail(path.join(dataDirectory, 'ledger', 'gw.0'));
  const found: Buffer[] = [];
  for await (const { content } of tail.readOn()) {
    if (content !== undefined) found.push(Buffer.from(content.bytes));
  }
  return found;
}

const LATER = ["SELECT '2026-01-03'", "SELECT '2026-01-04'", "SELECT '2026-01-05'"];
const EXPIRED = ['expired', 'expired', ...LATER];
const ALL = ["SELECT '2026-01-01'", "SELECT '2026-01-02'", ...LATER];

describe('retention', () => {
  it('erases what is older than it is kept, and the ledger still verifies', async () => {
    assert.deepEqual(await readTexts(), ALL);
    const ciphertexts = await readCiphertexts();
    const outcome = await openKeeper().run();
    assert(outcome.state === 'ran');
    assert.deepEqual(outcome.expired.content, ['2026-01-01', '2026-01-02']);
    assert.equal(outcome.erasedSegments, 2);
    assert.deepEqual(await readTexts(), EXPIRED);
    assert.equal(await verify(), '');
    assert.equal((await openKeeper().run()).state, 'ran');
    const segments = await readSegments();
    const left = ciphertexts.map((ciphertext) => segments.includes(ciphertext));
    assert.deepEqual(left, [false, false, true, true, true]);
  });

  it('leaves for ever what is kept for ever', async () => {
    const settings = { contentMs: undefined, recordingsMs: undefined, entriesMs: undefined };
    await openKeeper({ settings: () => settings }).run();
    assert.deepEqual(await readTexts(), ALL);
  });

  it('erases nothing before witnesses vouch for the entry that says so', async () => {
    const outcome = await openKeeper({ waitForWitnesses: async () => false }).run();
    assert(outcome.state === 'ran');
    assert.deepEqual(outcome.expired.content, []);
    assert.deepEqual(await readTexts(), ALL);
    await openKeeper().run();
    assert.deepEqual(await readTexts(), EXPIRED);
    assert.equal(await verify(), '');
  });

  it('erases nothing that is held, and goes on when the hold ends', async () => {
    const keeper = openKeeper();
    const hold = await keeper.startHold({ from: '2026-01-02', until: '2026-06-30' }, ACTOR);
    assert.deepEqual(await keeper.listHolds(), [hold]);
    await keeper.run();
    assert.deepEqual(await readTexts(), ['expired', ...ALL.slice(1)]);
    await restart();
    await openKeeper().run();
    assert.deepEqual(await readTexts(), ['expired', ...ALL.slice(1)]);
    assert.equal(await verify(), '');

    nowMs += 1;
    assert.equal(await openKeeper().endHold('hold_of_nobody', ACTOR), false);
    assert.equal(await openKeeper().endHold(hold.id, ACTOR), true);
    await openKeeper().run();
    assert.deepEqual(await readTexts(), EXPIRED);
    assert.equal(await verify(), '');
  });

  it('erases nothing of a hold that begins while witnesses take their time', async () => {
    let keeper = openKeeper();
    keeper = openKeeper({
      waitForWitnesses: async () => {
        await keeper.startHold({ from: '2026-01-01', until: '2026-01-01' }, ACTOR);
        await ledger.checkpoints.write();
        return true;
      },
    });
    await keeper.run();
    assert.deepEqual(await readTexts(), [ALL[0], 'expired', ...LATER]);
    assert.equal(await verify(), '');
  });

  it('lets nobody erase under a hold, not even by an expiry from before it', async () => {
    await openKeeper({ waitForWitnesses: async () => false }).run();
    await openKeeper().startHold({ from: '2026-01-01', until: '2026-01-02' }, ACTOR);
    await contentKeys.destroy('2026-01-01');
    await eraseFirstSegment();
    await ledger.checkpoints.write();
    assert.match(
      await verify(),
      /contents of 2026-01-01 were deleted while hold hold_\S+ was in force/,
    );
  });

  it('does not count the end of a hold that nobody signed', async () => {
    await openKeeper({ waitForWitnesses: async () => false }).run();
    const { id } = await openKeeper().startHold({ from: '2026-01-01', until: '2026-01-02' }, ACTOR);
    await ledger.checkpoints.write();
    await eraseFirstSegment();
    // Of the same millisecond as the expiry: who writes it without a key chooses its time.
    await seal(ledger, { kind: 'hold.end', hold: id, logs: [] });
    assert.match(await verify(), /contents of 2026-01-01 were deleted while hold hold_\S+ was in/);
    await ledger.checkpoints.write();
    assert.equal(await verify(), '');
  });

  it('goes on with a hold whose end the ledger refused, and says so of who erases then', async () => {
    await openKeeper({ waitForWitnesses: async () => false }).run();
    const hold = await openKeeper().startHold({ from: '2026-01-01', until: '2026-01-02' }, ACTOR);
    const keeper = openKeeper();
    assert.deepEqual(await keeper.listHolds(), [hold]);
    await refuse({ kind: 'hold.end', hold: hold.id, logs: [] });
    for (const each of [keeper, openKeeper()]) {
      assert.deepEqual(await each.listHolds(), [hold]);
      await each.run();
    }
    assert.deepEqual(await readTexts(), ALL);
    await eraseFirstSegment();
    await ledger.checkpoints.write();
    assert.match(await verify(), /contents of 2026-01-01 were deleted while hold hold_\S+ was in/);
    nowMs += 1;
    assert.equal(await keeper.endHold(hold.id, ACTOR), true);
    await keeper.run();
    assert.deepEqual(await readTexts(), EXPIRED);
    assert.equal(await verify(), '');
  });

  it('takes no expiry for said that the ledger refused', async () => {
    await refuse({ kind: 'retention.expire', of: 'content', day: '2026-01-01' });
    await contentKeys.destroy('2026-01-01');
    const directory = path.join(dataDirectory, 'ledger');
    assert.equal((await findKeyProblems(directory, contentKeys)).length, 1);
    await eraseFirstSegment();
    await ledger.checkpoints.write();
    assert.match(await verify(), /contents of 2026-01-01 were deleted without authority/);
  });

  it('blames nobody for what was erased before a hold on it began', async () => {
    await openKeeper().run();
    await openKeeper().startHold({ from: '2025-12-01', until: '2026-01-31' }, ACTOR);
    assert.equal(await verify(), '');
  });

  it('finds contents gone that no entry explains, and an expiry that was entered in advance', async () => {
    await eraseFirstSegment();
    assert.match(await verify(), /contents of 2026-01-01 were deleted without authority/);
    await ledger.close();
    nowMs = FIRST_DAY - DAY_MS;
    await start();
    await seal(ledger, { kind: 'retention.expire', of: 'content', day: '2026-01-01' });
    await ledger.checkpoints.write();
    assert.match(await verify(), /without authority/);
  });

  it('does not count an expiry that nobody signed', async () => {
    await ledger.checkpoints.write();
    await seal(ledger, { kind: 'retention.expire', of: 'content', day: '2026-01-01' });
    await eraseFirstSegment();
    assert.match(await verify(), /contents of 2026-01-01 were deleted without authority/);
  });

  for (const [when, interrupt] of [
    ['the entry', async () => undefined],
    ['the key of one day of two', () => contentKeys.destroy('2026-01-01')],
    [
      'the keys, before any segment was erased',
      async () => {
        await contentKeys.destroy('2026-01-01');
        await contentKeys.destroy('2026-01-02');
      },
    ],
  ] as [string, () => Promise<void>][]) {
    it(`goes on after it was interrupted behind ${when}`, async () => {
      await openKeeper({ waitForWitnesses: async () => false }).run();
      await ledger.checkpoints.write();
      await interrupt();
      await restart();
      await openKeeper().run();
      assert.deepEqual(await readTexts(), EXPIRED);
      const outcome = await openKeeper().run();
      assert(outcome.state === 'ran');
      assert.deepEqual([outcome.expired.content, outcome.erasedSegments], [[], 0]);
      assert.equal(await verify(), '');
    });
  }

  it('removes recordings whose day expired, also those of a run that was interrupted behind their key', async () => {
    const recordings = path.join(dataDirectory, 'recordings');
    const recordingKeys = openTestKeys(dataDirectory, 'recordings');
    for (const day of DAYS) {
      await recordingKeys.open(Date.parse(day));
      await mkdir(path.join(recordings, day), { recursive: true });
      await writeFile(path.join(recordings, day, 's1.raw.age'), 'its recipient can read it');
    }
    const keptMs = 2 * DAY_MS;
    const settings = { contentMs: undefined, recordingsMs: keptMs, entriesMs: undefined };
    const parts = { settings: () => settings, recordingKeys };
    await openKeeper({ ...parts, waitForWitnesses: async () => false }).run();
    await ledger.checkpoints.write();
    assert.deepEqual((await readdir(recordings)).toSorted(), DAYS);
    await recordingKeys.destroy('2026-01-01');
    await restart();
    await openKeeper(parts).run();
    assert.deepEqual((await readdir(recordings)).toSorted(), DAYS.slice(2));

    await openKeeper(parts).startHold({ from: '2026-01-01', until: '2026-01-31' }, ACTOR);
    const kinds = new Set(['hold.start'] as const);
    const [held] = await Array.fromAsync(
      readEntries(path.join(dataDirectory, 'ledger'), { kinds }),
    );
    assert.deepEqual(held?.entry['goneRecordings'], [['2026-01-01', '2026-01-02']]);
  });

  it('destroys a key again that an old backup brought back, with its contents', async () => {
    const [keys, log] = [dayKeyDirectory(dataDirectory, 'content'), 'ledger/gw.0'];
    const backup = path.join(dataDirectory, 'backup');
    await cp(keys, path.join(backup, 'keys'), { recursive: true });
    await cp(path.join(dataDirectory, log), path.join(backup, 'log'), { recursive: true });
    await openKeeper().run();
    await ledger.close();

    await rm(keys, { recursive: true });
    await cp(path.join(backup, 'keys'), keys, { recursive: true });
    const segments = (await readdir(path.join(backup, 'log'))).filter((name) =>
      name.endsWith('.segment'),
    );
    for (const name of segments.slice(0, 2)) {
      await cp(path.join(backup, 'log', name), path.join(dataDirectory, log, name));
    }
    assert.deepEqual(await readTexts(), ALL);
    await start();
    await openKeeper().run();
    assert.deepEqual(await readTexts(), EXPIRED);
    assert.equal(await verify(), '');
  });

  it('erases nothing after a leap of the clock', async () => {
    const keeper = openKeeper({ uptimeMs: () => 60_000 });
    nowMs += 400 * DAY_MS;
    assert.deepEqual(await keeper.run(), { state: 'clock-in-doubt' });
    const started = openKeeper({ uptimeMs: () => 60_000 });
    assert.deepEqual(await started.run(), { state: 'clock-in-doubt' });
    assert.deepEqual(await readTexts(), ALL);
  });

  it('lets a gateway speak for its own logs, and for those that it names, only', async () => {
    const other = { dataDirectory, dayKeys: contentKeys, logName: 'other.0' };
    {
      await using log = await openLedger({ ...other, nowMs: () => FIRST_DAY });
      await seal(log, { kind: 'session.search', principal: 'okta:ana', content: { text: 'x' } });
    }
    await eraseFirstSegment('other.0');
    const expire = { kind: 'retention.expire', of: 'content', day: '2026-01-01' } as const;
    await seal(ledger, expire);
    await ledger.checkpoints.write();
    assert.match(await verify(), /without authority/);
    await seal(ledger, { ...expire, logs: ['other.0'] });
    await ledger.checkpoints.write();
    assert.equal(await verify(), '');
    const hold = {
      kind: 'hold.start',
      hold: 'h',
      from: '2026-01-01',
      until: '2026-01-01',
    } as const;
    await seal(ledger, hold);
    await ledger.checkpoints.write();
    assert.equal(await verify(), '');
    await seal(ledger, { ...hold, logs: ['gw.0', 'other.0'] });
    await ledger.checkpoints.write();
    assert.match(await verify(), /while hold h was in force/);
  });

  it('finds keys that somebody took away, which the ledger alone does not show', async () => {
    const directory = path.join(dataDirectory, 'ledger');
    await openKeeper().run();
    assert.deepEqual(await findKeyProblems(directory, openTestKeys(dataDirectory)), []);
    await rm(path.join(dayKeyDirectory(dataDirectory, 'content'), '2026-01-03.key'));
    await contentKeys.destroy('2026-01-04');
    assert.equal(await verify(), '');
    const found = await findKeyProblems(directory, openTestKeys(dataDirectory));
    assert.deepEqual(
      found.map((problem) => problem.slice(0, 22)),
      ['contents of 2026-01-03', 'contents of 2026-01-04'],
    );
  });

  it('does not erase for a tombstone that somebody put there', async () => {
    await contentKeys.destroy('2026-01-04');
    await openKeeper().run();
    const segments = await readSegments();
    assert(segments.includes('2026-01-04'));
    assert.deepEqual(await readTexts(), ['expired', 'expired', LATER[0], 'expired', LATER[2]]);
    assert.equal(await verify(), '');
  });
});

/** Enters what its caller was told is not entered: the disk failed, and took it later. */
async function refuse(fields: EntryFields): Promise<void> {
  const seq = ledger.size;
  await seal(ledger, fields);
  await seal(ledger, { kind: 'ledger.resume', cause: 'EIO', refused: [[seq, seq]] });
}

async function eraseFirstSegment(name = 'gw.0'): Promise<void> {
  const log = path.join(dataDirectory, 'ledger', name);
  const [first = ''] = (await readdir(log)).filter((name) => name.endsWith('.segment')).toSorted();
  await eraseContents(path.join(log, first));
}
