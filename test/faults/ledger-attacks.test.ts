import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openLedger } from '../../src/audit/ledger.ts';
import {
  decodeSegmentHeader,
  ERASED_OFFSET,
  encodeSegmentHeader,
} from '../../src/audit/segment-format.ts';
import { formatVerifierKey, signCheckpoint } from '../../src/audit/signed-note.ts';
import { verifyLedger } from '../../src/audit/verify-ledger.ts';
import { openTestKeys } from '../../src/encryption/day-keys.fixture.ts';
import { AttackedLedger, LOG } from './attacked-ledger.ts';
import {
  readCheckpoints,
  rewriteEntries,
  rewriteRecords,
  rollBack,
  type StoredRecord,
  segmentsOf,
} from './rewrite-records.ts';

let attacked: AttackedLedger;

before(async () => {
  attacked = await AttackedLedger.create();
});
after(() => attacked[Symbol.asyncDispose]());

/** Changes the first record that has a content. */
function replaceFirst(
  records: StoredRecord[],
  change: (record: StoredRecord) => Partial<StoredRecord>,
): StoredRecord[] {
  const index = records.findIndex(({ content }) => content.length > 0);
  const record = records[index];
  assert(record);
  return records.with(index, { ...record, ...change(record) });
}

function turnBit(bytes: Buffer): Buffer {
  const turned = Buffer.from(bytes);
  turned[3] = (turned[3] ?? 0) ^ 0x20;
  return turned;
}

const NOTHING = async (): Promise<void> => undefined;

describe('both verifiers', () => {
  it('find nothing where nothing was done', async () => {
    assert.deepEqual(await attacked.verifyAfter(NOTHING), { ok: true, found: '', notes: '' });
  });

  it('report sessions without an end, and do not fail for them', async () => {
    const report = await verifyLedger(attacked.original);
    assert.deepEqual(report.logs[0]?.openSessions.toSorted(), ['t0', 't1', 't2']);
    assert.equal(report.logs[0]?.signedEntries, report.logs[0]?.entries);
  });

  const edits: [string, (entries: string[]) => string[], RegExp][] = [
    [
      'a changed entry',
      ([first = '', ...rest]) => [
        first.replace(/"session":"s/, '"session":"t').replace(/p(\d)"/, 'p9"'),
        ...rest,
      ],
      /not (?:the one it was chained to|those that)|has entry/,
    ],
    [
      'a deleted entry',
      (entries) => entries.toSpliced(1, 1),
      /^\d{16}\.segment:\d+ #\d+ entry \d+ stands where/,
    ],
    ['a repeated entry', (entries) => entries.toSpliced(1, 0, entries[1] ?? ''), /stands where/],
    ['two swapped entries', ([a = '', b = '', ...rest]) => [b, a, ...rest], /stands where/],
    [
      'two swapped entries with their numbers mended',
      ([a = '', b = '', ...rest]) => {
        const numbered = (entry: string, like: string): string =>
          entry.replace(/"seq":\d+/, /"seq":\d+/.exec(like)?.[0] ?? '');
        return [numbered(b, a), numbered(a, b), ...rest];
      },
      /not (?:the one it was chained to|those that)|has entry|content is not the one|has a content/,
    ],
    [
      'a field given twice',
      ([first = '', ...rest]) => [first.replace(/}$/, ',"kind":"sign-in"}'), ...rest],
      /malformed/,
    ],
    [
      'added white space',
      ([first = '', ...rest]) => [first.replace('"v":1,', '"v": 1,'), ...rest],
      /malformed/,
    ],
    [
      'an entry of a newer version',
      ([first = '', ...rest]) => [first.replace('"v":1,', '"v":2,'), ...rest],
      /malformed/,
    ],
    ['entries missing at the end of a segment', (entries) => entries.slice(0, -1), /are missing/],
  ];
  for (const [what, change, expected] of edits) {
    it(`find ${what}, though the CRCs fit`, async () => {
      const { ok, found } = await attacked.verifyAfter((ledger) =>
        rewriteEntries(ledger, 1, change),
      );
      assert.equal(ok, false);
      assert.match(found, expected);
    });
  }

  const contentEdits: [string, (records: StoredRecord[]) => StoredRecord[]][] = [
    [
      'a bit of a content turned',
      (records) => replaceFirst(records, ({ content }) => ({ content: turnBit(content) })),
    ],
    [
      'a content cut by a byte',
      (records) => replaceFirst(records, ({ content }) => ({ content: content.subarray(1) })),
    ],
    [
      'a content said to lie elsewhere in the keystream',
      (records) => replaceFirst(records, () => ({ contentOffset: 4 })),
    ],
    [
      'a content put behind an entry that has none',
      (records) =>
        records.map((record) =>
          record.content.length === 0 ? { ...record, content: Buffer.from('x') } : record,
        ),
    ],
    [
      'the contents of two entries swapped',
      (records) => {
        const [one, other] = records.filter(({ content }) => content.length > 0);
        assert(one !== undefined && other !== undefined);
        return records.map((record) => {
          const from = record === one ? other : record === other ? one : record;
          return { ...from, entry: record.entry };
        });
      },
    ],
  ];
  for (const [what, change] of contentEdits) {
    it(`find ${what}, without any key`, async () => {
      const { ok, found } = await attacked.verifyAfter((ledger) =>
        rewriteRecords(ledger, 0, change),
      );
      assert.equal(ok, false);
      assert.match(found, /content/);
    });
  }

  it('find contents that were deleted without authority, however it was done', async () => {
    for (const gone of [{ content: Buffer.alloc(0) }, { contentOffset: ERASED_OFFSET }]) {
      const { found } = await attacked.verifyAfter((ledger) =>
        rewriteRecords(ledger, 0, (records) => replaceFirst(records, () => gone)),
      );
      assert.match(found, /contents of 2026-01-02 were deleted without authority/);
    }
  });

  it('find another key in the header of a segment', async () => {
    const { found } = await attacked.verifyAfter(async (ledger) => {
      const [first = '', second = ''] = await segmentsOf(ledger);
      const [to, from] = [await readFile(first), await readFile(second)];
      const [key, header] = [decodeSegmentHeader(from), decodeSegmentHeader(to)];
      assert(typeof key === 'object' && typeof header === 'object');
      const frontier = { size: header.firstSeq, peaks: () => header.peaks };
      const forged = encodeSegmentHeader(header.logName, frontier, key.contentKey);
      await writeFile(first, Buffer.concat([forged, to.subarray(header.headerBytes)]));
    });
    assert.match(found, /content is not the one that its entry speaks of/);
  });

  it('find an edit by who also mends numbers, chains and CRCs: the signed root differs', async () => {
    const { found } = await attacked.verifyAfter((ledger) =>
      rewriteEntries(ledger, 0, (entries) => {
        const at = entries.findIndex((entry) => entry.includes('"sign-in"'));
        const edited = (entries[at] ?? '').replace(/p\d"/, 'p7"');
        return entries.with(at, edited);
      }),
    );
    // The next segment's header states the tree before it: the edit shows even before the signature.
    assert.match(found, /entries before this segment are not those that it continues/);
  });

  it('find a damaged byte in each part of a segment', async () => {
    for (const position of [0, 9, 12, 25, 40, 300]) {
      const { ok, found } = await attacked.verifyAfter(async (ledger) => {
        const file = (await segmentsOf(ledger))[2] ?? '';
        const bytes = await readFile(file);
        bytes[position] = (bytes[position] ?? 0) ^ 0x10;
        await writeFile(file, bytes);
      });
      assert.equal(ok, false, `at byte ${position}`);
      assert.match(found, /^\d{16}\.segment:\d+ #\d+ /);
    }
  });

  for (const [what, index] of [
    ['first', 0],
    ['middle', 2],
    ['last', -1],
  ] as const) {
    it(`find that the ${what} segment is missing`, async () => {
      const { ok, found } = await attacked.verifyAfter(async (ledger) => {
        await rm((await segmentsOf(ledger)).at(index) ?? '');
      });
      assert.equal(ok, false);
      assert.match(found, /missing|the log ends after/);
    });
  }

  it('find the log cut at any byte of its last entry, since a checkpoint covers it', async () => {
    const last = (await segmentsOf(attacked.original)).at(-1) ?? '';
    const whole = await readFile(last);
    for (const cut of [1, 7, 60, 150]) {
      const { ok, found } = await attacked.verifyAfter(async (ledger) => {
        await writeFile((await segmentsOf(ledger)).at(-1) ?? '', whole.subarray(0, -cut));
      });
      assert.equal(ok, false);
      assert.match(found, /^checkpoints:\d+ #\d+ \d+ entries were signed, but the log ends after/);
    }
  });

  it('find that a whole log is missing', async () => {
    const { ok, found } = await attacked.verifyAfter(async (ledger) => {
      await rm(path.join(ledger, 'gw-1.1'), { recursive: true });
    });
    assert.equal(ok, false);
    assert.match(found, /log gw-1\.1 is missing as a whole/);
  });

  it('find one log put in place of another', async () => {
    const { ok } = await attacked.verifyAfter(async (ledger) => {
      await rm(path.join(ledger, LOG), { recursive: true });
      await cp(path.join(ledger, 'gw-1.1'), path.join(ledger, LOG), { recursive: true });
    });
    assert.equal(ok, false);
  });

  it('find segments under each other’s names', async () => {
    const { found } = await attacked.verifyAfter(async (ledger) => {
      const [, a = '', b = ''] = await segmentsOf(ledger);
      await rename(a, `${a}.x`);
      await rename(b, a);
      await rename(`${a}.x`, b);
    });
    assert.match(found, /not what its name says/);
  });

  it('find a changed checkpoint, and one without its signature', async () => {
    for (const [from, to] of [
      [/\n\d+\n/, '\n3\n'],
      [/ ([A-Za-z0-9+/]{10})/, ' AAAAAAAAAA'],
    ] as const) {
      const { ok, found } = await attacked.verifyAfter(async (ledger) => {
        const file = path.join(ledger, LOG, 'checkpoints');
        await writeFile(file, (await readFile(file, 'utf8')).replace(from, to));
      });
      assert.equal(ok, false);
      assert.match(found, /^checkpoints:0 #0 checkpoint is not signed by the key/);
    }
  });

  it('find checkpoints that another key signed, when they are given the right one', async () => {
    const replaceKey = async (ledger: string): Promise<void> => {
      const { privateKey, publicKey } = generateKeyPairSync('ed25519');
      const notes = (await readCheckpoints(ledger)).map((note) => {
        const [origin = '', size, root = ''] = note.split('\n');
        const checkpoint = { origin, size: Number(size), root: Buffer.from(root, 'base64') };
        return `${signCheckpoint(checkpoint, privateKey)}\n`;
      });
      await writeFile(path.join(ledger, LOG, 'checkpoints'), notes.join(''));
      const key = formatVerifierKey(LOG, publicKey);
      await writeFile(path.join(ledger, 'keys', `${LOG}.pub`), `${key}\n`);
      const registry = path.join(ledger, 'registry');
      const lines = (await readFile(registry, 'utf8')).replace(/^gw-1\.0\+.*$/m, () => key);
      await writeFile(registry, lines);
    };
    assert.equal((await attacked.verifyAfter(replaceKey)).ok, true);
    const { ok, found } = await attacked.verifyAfter(replaceKey, {
      publicKeys: [...attacked.trustedKeys],
    });
    assert.equal(ok, false);
    assert.match(found, /not signed by the key of gw-1\.0/);
  });

  it('find a log that was rolled back to a backup, given a checkpoint kept elsewhere', async () => {
    const ledger = attacked.original;
    const kept = await readCheckpoints(ledger);
    assert.equal((await attacked.verifyAfter(rollBack)).ok, true);
    const { ok, found } = await attacked.verifyAfter(rollBack, { checkpoints: kept.slice(-1) });
    assert.equal(ok, false);
    assert.match(found, /^checkpoint kept elsewhere:0 #\d+ \d+ entries were signed/);
    assert.equal((await attacked.verifyAfter(NOTHING, { checkpoints: kept })).ok, true);
  });

  it('find a log that is gone with all that names it, given a checkpoint kept elsewhere', async () => {
    const [kept = ''] = (await readCheckpoints(attacked.original)).slice(-1);
    const remove = async (ledger: string): Promise<void> => {
      await rm(path.join(ledger, LOG), { recursive: true });
      await rm(path.join(ledger, 'keys', `${LOG}.pub`));
      const [, other = ''] = attacked.trustedKeys;
      await writeFile(path.join(ledger, 'registry'), `${other}\n`);
    };
    assert.equal((await attacked.verifyAfter(remove)).ok, true);
    const { ok, found } = await attacked.verifyAfter(remove, { checkpoints: [kept] });
    assert.equal(ok, false);
    assert.equal(found, 'log gw-1.0 is missing as a whole: a checkpoint kept elsewhere is of it');
  });

  it('believe no ledger by what was kept elsewhere and is no checkpoint', async () => {
    const [kept = ''] = (await readCheckpoints(attacked.original)).slice(-1);
    for (const given of ['', 'gw-1.0', 'some text\n', `\n${kept}`, kept.replaceAll('\n', '\r\n')]) {
      const { ok, found } = await attacked.verifyAfter(NOTHING, { checkpoints: [kept, given] });
      assert.equal(ok, false);
      assert.equal(
        found,
        'what was kept elsewhere is not all checkpoints: one begins with no name of a log',
      );
    }
  });

  it('find a fork that the right key signed, given a checkpoint kept elsewhere', async () => {
    const [kept = ''] = (await readCheckpoints(attacked.original)).slice(-1);
    const fork = async (ledger: string): Promise<void> => {
      await rollBack(ledger);
      const logName = LOG;
      const dataDirectory = path.dirname(ledger);
      const dayKeys = openTestKeys(dataDirectory);
      await using forked = await openLedger({ dataDirectory, dayKeys, logName, nowMs: () => 0 });
      for (let index = 0; index < 40; index++)
        forked.append({ kind: 'sign-in' }, 'sealed', () => {});
    };
    assert.deepEqual(await attacked.verifyAfter(fork), { ok: true, found: '', notes: '' });
    const { ok, found } = await attacked.verifyAfter(fork, { checkpoints: [kept] });
    assert.equal(ok, false);
    assert.match(found, /are not those that were signed/);
  });

  it('say what a crash left at the end, and do not fail for it', async () => {
    const { ok, notes } = await attacked.verifyAfter(async (ledger) => {
      const last = (await segmentsOf(ledger)).at(-1) ?? '';
      await writeFile(last, Buffer.of(0, 0, 0, 99, 1, 2, 3, 4, 0x7b), { flag: 'a' });
      await writeFile(path.join(ledger, LOG, 'checkpoints'), 'gw-1.0\n99\n', { flag: 'a' });
    });
    assert.equal(ok, true);
    assert.match(notes, /unacknowledged tail of 9 bytes/);
    assert.match(notes, /10 bytes of a cut note/);
  });

  it('pass over what a failed segment held after its last durable entry', async () => {
    const { ok, notes } = await attacked.verifyAfter(async (ledger) => {
      const file = (await segmentsOf(ledger))[1] ?? '';
      await writeFile(file, Buffer.from('whatever the disk made of it'), { flag: 'a' });
    });
    assert.equal(ok, true);
    assert.match(notes, /that the next segment took over after a failure/);
  });

  it('do not pass where there is no log at all', async () => {
    const empty = async (ledger: string): Promise<void> => {
      for (const name of await readdir(ledger))
        await rm(path.join(ledger, name), { recursive: true });
    };
    assert.equal((await attacked.verifyAfter(empty)).ok, false);
  });
});
