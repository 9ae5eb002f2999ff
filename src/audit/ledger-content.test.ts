import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import type { DayKeyFiles } from '../encryption/day-key-files.ts';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { createContentKey, openContentKey } from './content-key.ts';
import { ContentOpener } from './content-opener.ts';
import { ContentSealer } from './content-sealer.ts';
import { encodeContent } from './encode-content.ts';
import { type Ledger, openLedger } from './ledger.ts';
import type { LedgerEvent } from './ledger-options.ts';
import { readEntries } from './read-entries.ts';
import { seal } from './seal.ts';
import { decodeSegmentHeader, type SegmentHeader } from './segment-format.ts';

const NOON = Date.parse('2026-11-21T12:00:00Z');
const DAY_MS = 86_400_000;
const TEXT = 'SELECT * FROM patients WHERE ssn = 123-45-6789';

let dataDirectory: string;
let dayKeys: DayKeyFiles;
let nowMs: number;
let events: LedgerEvent[];

function open(segmentBytesMax = 1_000_000): Promise<Ledger> {
  const onEvent = (event: LedgerEvent): void => void events.push(event);
  const clock = (): number => nowMs;
  const options = { dataDirectory, dayKeys, logName: 'gw.0', nowMs: clock, segmentBytesMax };
  return openLedger({ ...options, onEvent });
}

function ask(ledger: Ledger, text: string): Promise<void> {
  return seal(ledger, { kind: 'explain', content: { text } });
}

async function readTexts(keys: DayKeyFiles | undefined): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  const kinds = new Set(['explain'] as const);
  for await (const { entry, content } of readEntries(
    path.join(dataDirectory, 'ledger'),
    { kinds },
    keys,
  )) {
    found.push(entry.text ?? content);
  }
  return found;
}

async function readFiles(): Promise<readonly { header: SegmentHeader; bytes: Buffer }[]> {
  const directory = path.join(dataDirectory, 'ledger', 'gw.0');
  const names = (await readdir(directory)).filter((name) => name.endsWith('.segment')).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(path.join(directory, name));
      const header = decodeSegmentHeader(bytes);
      assert(typeof header === 'object');
      return { header, bytes };
    }),
  );
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  beforeEach(async () => {
    dataDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-content-'));
    dayKeys = openTestKeys(dataDirectory);
    nowMs = NOON;
    events = [];
  });
  afterEach(() => rm(dataDirectory, { recursive: true }));
}

describe('contents of a ledger', () => {
  prepareTests();

  it('are read with the keys, and are nowhere to be seen without', async () => {
    {
      await using ledger = await open();
      await ask(ledger, TEXT);
    }
    assert.deepEqual(await readTexts(openTestKeys(dataDirectory)), [TEXT]);
    assert.deepEqual(await readTexts(undefined), ['sealed']);
    for (const { bytes } of await readFiles()) assert(!bytes.includes('123-45-6789'));
  });

  it('look different each time, though the text is the same', async () => {
    {
      await using ledger = await open();
      await Promise.all([ask(ledger, TEXT), ask(ledger, TEXT)]);
    }
    const hashes = new Set<unknown>();
    for await (const { entry } of readEntries(path.join(dataDirectory, 'ledger'))) {
      if (entry.kind === 'explain') hashes.add(entry.content);
    }
    assert.equal(hashes.size, 2);
  });

  it('of each segment and each start have a key of their own', async () => {
    for (let round = 0; round < 3; round++) {
      await using ledger = await open(2_000);
      for (let index = 0; index < 20; index++) await ask(ledger, `${TEXT} ${round} ${index}`);
    }
    const files = await readFiles();
    assert(files.length > 8);
    const commitments = new Set(
      files.map(({ header }) => header.contentKey.commitment.toString('hex')),
    );
    assert.equal(commitments.size, files.length);
    const texts = await readTexts(openTestKeys(dataDirectory));
    assert.equal(texts.length, 60);
    assert(texts.every((text) => String(text).startsWith(TEXT)));
  });

  it('of each day are under the key of that day, however quiet the night was', async () => {
    await using ledger = await open();
    await ask(ledger, 'one');
    nowMs += DAY_MS;
    await dayKeys.open(nowMs);
    await ask(ledger, 'two');
    nowMs += DAY_MS / 4;
    await ask(ledger, 'three');
    const files = await readFiles();
    assert.deepEqual(
      files.map(({ header }) => [header.firstSeq, header.contentKey.day]),
      [
        [0, '2026-11-21'],
        [1, '2026-11-22'],
      ],
    );
    await dayKeys.destroy('2026-11-21');
    assert.deepEqual(await readTexts(openTestKeys(dataDirectory)), ['expired', 'two', 'three']);
  });

  it('are refused while there is no key for the day, and taken again once there is', async () => {
    await using ledger = await open();
    await ask(ledger, 'one');
    nowMs += DAY_MS;
    await assert.rejects(ask(ledger, 'refused'), { code: 'ERR_SEAL' });
    assert.equal(ledger.health, 'failing');
    // The ledger makes the key by itself as soon as it can be made.
    while (ledger.health === 'failing') await new Promise((resolve) => setTimeout(resolve, 20));
    await ask(ledger, 'two');
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['failed', 'recovered'],
    );
    assert.deepEqual(await readTexts(openTestKeys(dataDirectory)), ['one', 'two']);
  });

  it('are not begun on a day whose key was destroyed', async () => {
    await dayKeys.open(nowMs);
    await dayKeys.destroy('2026-11-21');
    await assert.rejects(open(), { code: 'ERR_KEY_DESTROYED' });
  });
});

describe('ContentSealer', () => {
  prepareTests();

  it('seals what only its own key opens, and nothing that was changed, cut or moved', async () => {
    const dayKey = await dayKeys.open(NOON);
    const key = createContentKey(dayKey, 'gw.0');
    const header = {
      logName: 'gw.0',
      contentKey: key.sealed,
      firstSeq: 0,
      isThinned: false,
      headerBytes: 0,
    };
    const sealer = new ContentSealer(key);
    const opener = new ContentOpener(dayKeys);
    await opener.enter({ ...header, peaks: Buffer.alloc(0) });
    let expectedOffset = 0;
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 5_000 }), fc.nat(), (text, at) => {
        const sealed = sealer.seal(encodeContent({ text }));
        const bytes = Buffer.from(sealed.bytes);
        const { hash: content, offset } = sealed;
        assert(offset >= expectedOffset);
        expectedOffset = offset + bytes.length;
        assert.deepEqual(opener.open({ content }, { bytes, offset }), {
          state: 'open',
          fields: { text },
        });
        const changed = Buffer.from(bytes);
        changed[at % bytes.length] = (changed[at % bytes.length] ?? 0) ^ 1;
        for (const other of [
          { bytes: changed, offset },
          { bytes: bytes.subarray(0, at % bytes.length), offset },
          { bytes, offset: offset + 4 },
          { bytes, offset: offset + 1 },
        ]) {
          assert.deepEqual(opener.open({ content }, other), { state: 'damaged' });
        }
        assert.deepEqual(opener.open({ content }, undefined), { state: 'expired' });
      }),
      { numRuns: 60 },
    );
  });

  it('has a key that opens in its own log, with its own commitment only', async () => {
    const dayKey = await dayKeys.open(NOON);
    const { sealed } = createContentKey(dayKey, 'gw.0');
    const other = createContentKey(dayKey, 'gw.0').sealed;
    assert.equal(typeof (await openContentKey(sealed, 'gw.0', dayKeys)), 'object');
    assert.equal(await openContentKey(sealed, 'gw.1', dayKeys), 'damaged');
    const mixed = { ...sealed, commitment: other.commitment };
    assert.equal(await openContentKey(mixed, 'gw.0', dayKeys), 'damaged');
    assert.equal(await openContentKey({ ...sealed, day: '2020-01-01' }, 'gw.0', dayKeys), 'sealed');
  });
});
