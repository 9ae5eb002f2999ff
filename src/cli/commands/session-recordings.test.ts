import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { openLedger } from '../../audit/ledger.ts';
import type { EntryFields } from '../../audit/ledger-port.ts';
import { openTestKeys } from '../../encryption/day-keys.fixture.ts';
import { openRawTrack, rawTrackPath, readRawTrack } from '../../recording/raw-track.ts';
import { IDLE_PROGRAMS, runForOutcome } from '../cli-outcome.fixture.ts';
import type { Programs } from '../command-context.ts';

let directory: string;

/** A data directory with one session and its recording. */
async function makeData(content: string): Promise<string> {
  await using ledger = await openLedger({
    dataDirectory: directory,
    logName: 'gw.0',
    nowMs: () => 0,
    dayKeys: openTestKeys(directory),
  });
  const recording = '2026-01-02/s1.rec';
  const chunk = { index: 0, offset: 0, storedBytes: 3, sha256: hash('sha256', 'one') };
  const entries: readonly EntryFields[] = [
    { kind: 'session.start', session: 's1', recording },
    { kind: 'recording.chunk', session: 's1', ...chunk },
    { kind: 'session.end', session: 's1' },
  ];
  for (const entry of entries) {
    await new Promise<void>((done) => ledger.append(entry, 'sealed', () => done()));
  }
  const file = path.join(directory, 'recordings', recording);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
  return directory;
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sallyport-cli-'));
  });
  afterEach(() => rm(directory, { recursive: true }));
}

describe('sallyport sessions verify', () => {
  prepareTests();

  it('says that recordings are as the ledger says, and exits with 0', async () => {
    const { code, out } = await runForOutcome(['sessions', 'verify', await makeData('one')]);
    assert.deepEqual([code, out], [0, '1 recording is as the ledger says.\n']);
  });

  it('says which chunk of which session was changed, and exits with 1; so does audit verify', async () => {
    const data = await makeData('oNe');
    const { code, out } = await runForOutcome(['sessions', 'verify', data, 's1']);
    assert.equal(code, 1);
    assert.match(out, /2026-01-02\/s1\.rec: chunk 0, bytes 0 to 3: changed \(session s1\)/);
    const audit = await runForOutcome(['audit', 'verify', data]);
    assert.equal(audit.code, 1);
    assert.match(audit.out, /The ledger is whole\.\n.*chunk 0.*\n1 recording is NOT/s);
    const json = await runForOutcome(['audit', 'verify', data, '--json']);
    assert.equal(json.code, 1);
    assert.equal((JSON.parse(json.out) as { readonly ok: boolean }).ok, false);
    const without = await runForOutcome(['audit', 'verify', data, '--no-recordings']);
    assert.equal(without.code, 0);
  });

  it('fails where the ledger knows no recording of the session: nothing was compared', async () => {
    const verify = ['sessions', 'verify', await makeData('one'), 's2'];
    const { code, out, err } = await runForOutcome(verify);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /The ledger has no recording of a session s2/);
  });

  it('fails where there are no recordings', async () => {
    const { code, err } = await runForOutcome(['sessions', 'verify', directory]);
    assert.equal(code, 1);
    assert.match(err, /There are no recordings/);
  });
});

describe('sallyport sessions unseal', () => {
  prepareTests();

  /** Every stretch of bytes as if it were a statement: what protocols make of them is not tried here. */
  const unsealTrack: Programs['unsealTrack'] = async function* (source, decryption) {
    for await (const { atMs, bytes } of readRawTrack(source, decryption)) {
      yield { kind: 'statement', atMs, text: String(bytes) };
    }
  };

  /** A track of one stretch of bytes. */
  async function makeTrack(): Promise<{ readonly track: string; readonly key: string }> {
    const identity = await generateX25519Identity();
    const session = { id: 's1', startedAtMs: 0 };
    const recorder = await openRawTrack(
      directory,
      session,
      { onChunk() {}, onLimit() {}, onFailure: assert.fail },
      { recipients: [await identityToRecipient(identity)], nowMs: () => 0 },
    );
    recorder.record('shown', Buffer.from('Ada, raw'), 0, 8);
    await recorder.finish();
    const key = path.join(directory, 'key.txt');
    await writeFile(key, `# created: today\n# public key: age1…\n${identity}\n`);
    return { track: rawTrackPath(directory, session), key };
  }

  it('shows a track that is here to whoever has a key, without a gateway', async () => {
    const { track, key } = await makeTrack();
    const args = ['sessions', 'unseal', 's1', '--identity', key, '--file', track];
    const { code, out } = await runForOutcome(args, {
      programs: { ...IDLE_PROGRAMS, unsealTrack },
    });
    assert.equal(code, 0);
    assert.match(out, /Ada, raw\n/);
  });

  it('wants a file with a key', async () => {
    const empty = path.join(directory, 'empty.txt');
    await writeFile(empty, '# nothing\n');
    const { code, err } = await runForOutcome(['sessions', 'unseal', 's1', '--identity', empty]);
    assert.equal(code, 2);
    assert.match(err, /There is no key/);
  });
});

describe('sallyport sessions play', () => {
  prepareTests();

  for (const place of ['1:2', 'soon', '-1:20', '1:20:3']) {
    it(`does not begin at ${place}`, async () => {
      const { code, err } = await runForOutcome(['sessions', 'play', 's1', `--from=${place}`]);
      assert.equal(code, 2);
      assert.match(err, /as in 1:20 or 90s/);
    });
  }
});
