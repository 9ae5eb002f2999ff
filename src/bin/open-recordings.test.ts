import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { SpoolState } from '../archive/spool-gate.ts';
import type { Done } from '../audit/entry-batch.ts';
import { openLedger } from '../audit/ledger.ts';
import type { LedgerPort } from '../audit/ledger-port.ts';
import { seal } from '../audit/seal.ts';
import { verifyRecordings } from '../audit/verify-recordings.ts';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { FakeLedger, HOSPITAL, turn } from '../gateway/session.fixture.ts';
import type { RecordedEvent } from '../recording/recorded-event.ts';
import type { SessionRecord } from '../recording/session-index.ts';
import { openRawTracks, openRecordings, playRecording } from './open-recordings.ts';

const TARGET = { ...HOSPITAL, recording: { enabled: true, bytesMax: 1_000_000 } };
const SESSION = { id: 's1', startedAtMs: Date.UTC(2026, 0, 2) };

/** A spool whose state the test sets. */
class FakeSpool {
  state: SpoolState = 'open';
  readonly #listeners: ((state: SpoolState) => void)[] = [];

  listen(listener: (state: SpoolState) => void): void {
    this.#listeners.push(listener);
  }

  become(state: SpoolState): void {
    this.state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

let dataDirectory: string;
let ledger: FakeLedger;
let spool: FakeSpool;
let recipient: string;

const place = () => ({ dataDirectory, keys: openTestKeys(dataDirectory) });

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  beforeEach(async () => {
    dataDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-recordings-'));
    ledger = new FakeLedger();
    spool = new FakeSpool();
    recipient = await identityToRecipient(await generateX25519Identity());
  });
  afterEach(() => rm(dataDirectory, { recursive: true }));
}

describe('openRecordings', () => {
  prepareTests();

  it('ends running recordings when the spool is full, and records nothing of later sessions', async () => {
    const open = openRecordings(place(), ledger, spool);
    const ended = await open('s0', TARGET);
    await ended.recorder.finish();
    const running = await open('s1', TARGET);
    running.recorder.record('sent', Buffer.from('before'), 0, 6);
    spool.become('end-recording');
    running.recorder.record('sent', Buffer.from('after'), 0, 5);
    const later = await open('s2', TARGET);
    later.recorder.record('sent', Buffer.from('later'), 0, 5);
    const [first, second] = [await running.recorder.finish(), await later.recorder.finish()];
    assert.deepEqual([first.bytesKept, first.bytesSent, first.truncated], [6, 11, true]);
    assert.deepEqual([second.bytesKept, second.bytesSent], [0, 5]);
    assert.deepEqual(
      ledger.ofKind('recording.limit').map(({ session, bytesKept }) => [session, bytesKept]),
      [
        ['s1', 6],
        ['s2', 0],
      ],
    );
  });

  it('enters the digests that the ledger did not take once it takes entries again', async () => {
    const dayKeys = openTestKeys(dataDirectory);
    const nowMs = (): number => SESSION.startedAtMs;
    await using real = await openLedger({ dataDirectory, dayKeys, logName: 'gw-1.0', nowMs });
    let isFailing = false;
    let refused = 0;
    const failing: LedgerPort = {
      health: 'healthy',
      append(fields, mode, done) {
        if (!isFailing) return real.append(fields, mode, done);
        refused += 1;
        process.nextTick(done, new Error('the disk does not take it'));
      },
    };
    const { recorder, path: recording } = await openRecordings(
      place(),
      failing,
      spool,
    )('s1', TARGET);
    await seal(real, { kind: 'gateway.start' });
    await seal(real, { kind: 'session.start', session: 's1', recording });
    const show = (): void => recorder.record('shown', randomBytes(300_000), 0, 300_000);
    show();
    isFailing = true;
    show();
    while (refused === 0) await turn();
    isFailing = false;
    show();
    const summary = await recorder.finish();
    await seal(real, { kind: 'session.end', session: 's1', recording: summary });
    await real.checkpoints.write();
    const [ledgerDirectory, recordings] = ['ledger', 'recordings'].map((name) =>
      path.join(dataDirectory, name),
    );
    const report = await verifyRecordings(ledgerDirectory ?? '', recordings ?? '');
    assert.deepEqual([report.problems, report.compared], [[], 1]);
    assert.equal(summary.failed, false);
  });

  it('says that a recording failed whose digests the ledger does not take for too long', async () => {
    const away = new Error('the disk does not take it');
    const failing = {
      append: (_: unknown, __: unknown, done: Done) => process.nextTick(done, away),
    };
    const open = openRecordings(place(), failing as LedgerPort, spool);
    const { recorder } = await open('s1', TARGET);
    recorder.record('shown', Buffer.from('end'), 0, 3);
    assert.equal((await recorder.finish()).failed, true);
  });

  it('goes on recording while operations are refused: results still end', async () => {
    const open = openRecordings(place(), ledger, spool);
    const { recorder } = await open('s1', TARGET);
    spool.become('refuse');
    recorder.record('shown', Buffer.from('end'), 0, 3);
    assert.equal((await recorder.finish()).bytesKept, 3);
  });
});

describe('openRawTracks', () => {
  prepareTests();

  it('enters the beginning with its recipients, and each stretch with its file', async () => {
    const open = openRawTracks(dataDirectory, ledger, spool, () => [recipient]);
    const { recorder, path: file } = await open(SESSION, TARGET);
    recorder.record('shown', Buffer.from('raw'), 0, 3);
    await recorder.finish();
    const [start] = ledger.ofKind('recording.start');
    assert.deepEqual(
      [start?.session, start?.['track'], start?.['recording'], start?.['recipients']],
      ['s1', 'raw', file, [recipient]],
    );
    assert.deepEqual(
      ledger.ofKind('recording.chunk').map((entry) => entry['path']),
      [file],
    );
    assert.deepEqual(await readdir(path.join(dataDirectory, 'recordings/2026-01-02')), [
      's1.raw.age',
    ]);
  });

  it('begins none while the spool is full, and ends sessions that have to have one', async () => {
    const open = openRawTracks(dataDirectory, ledger, spool, () => [recipient]);
    const { recorder, onFailure } = await open(SESSION, TARGET);
    let failures = 0;
    onFailure(() => failures++);
    spool.become('end-recording');
    assert.equal(failures, 1);
    await recorder.finish();
    await assert.rejects(open({ ...SESSION, id: 's2' }, TARGET), /spool/);
  });

  it('begins none that the ledger does not take', async () => {
    ledger.isWritable = () => false;
    const open = openRawTracks(dataDirectory, ledger, spool, () => [recipient]);
    await assert.rejects(open(SESSION, TARGET));
    await turn();
  });
});

describe('playRecording', () => {
  prepareTests();

  it('has a file brought back that is not here any more', async () => {
    const session = { recordingPath: '2026-01-02/s1.rec' } as SessionRecord;
    const asked: string[] = [];
    const restore = async (name: string): Promise<boolean> => {
      asked.push(name);
      return false;
    };
    const play = (): Promise<readonly RecordedEvent[]> =>
      Array.fromAsync(playRecording({ ...place(), restore }, session));
    await assert.rejects(play(), { code: 'ENOENT' });
    assert.deepEqual(asked, ['recordings/2026-01-02/s1.rec']);
  });
});
