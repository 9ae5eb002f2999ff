import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { openLedger } from '../../src/audit/ledger.ts';
import { LedgerReader } from '../../src/audit/ledger-reader.ts';
import { proveEntry } from '../../src/audit/prove-entry.ts';
import { readStatedSizes } from '../../src/audit/read-stated-sizes.ts';
import { openTestKeys } from '../../src/encryption/day-keys.fixture.ts';
import { AttackedLedger, LOG } from './attacked-ledger.ts';
import { addRecord, readCheckpoints, segmentsOf } from './rewrite-records.ts';

/*
 * What somebody with the disk can put in the place of files: whoever verifies is told what is wrong, and where, by
 * both verifiers, and neither waits for ever nor fills its memory.
 */

let attacked: AttackedLedger;

before(async () => {
  attacked = await AttackedLedger.create();
});
after(() => attacked[Symbol.asyncDispose]());

const second = async (ledger: string): Promise<string> => (await segmentsOf(ledger))[1] ?? '';
const checkpoints = (ledger: string): string => path.join(ledger, LOG, 'checkpoints');

/** Files of the ledger, and who reads them. */
const FILES: Readonly<Record<string, (ledger: string) => string | Promise<string>>> = {
  'a segment': second,
  'the checkpoints': checkpoints,
  'the key changes': (ledger) => path.join(ledger, LOG, 'key-changes'),
  'the registry': (ledger) => path.join(ledger, 'registry'),
  'a public key': (ledger) => path.join(ledger, 'keys', `${LOG}.pub`),
};

const REPLACEMENTS: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
  'a pipe': (file) => promisify(execFile)('mkfifo', [file]),
  'a directory': (file) => mkdir(file),
  'a link to itself': (file) => symlink(file, file),
  'a device without an end': (file) => symlink('/dev/zero', file),
};

describe('both verifiers', () => {
  for (const [what, find] of Object.entries(FILES)) {
    it(`name ${what} that is no file`, async () => {
      for (const [name, replace] of Object.entries(REPLACEMENTS)) {
        const { ok, found } = await attacked.verifyAfter(async (ledger) => {
          const file = await find(ledger);
          await rm(file, { force: true });
          await replace(file);
        });
        assert.equal(ok, false, name);
        assert.match(found, /cannot be read: /, name);
      }
    });
  }

  it('say of a file that it was made longer than any disk, without reading it', async () => {
    const expected = [
      ['the registry', /the registry cannot be read: it is too long/],
      ['a public key', /\.pub cannot be read: it is too long/],
      // As after a failure of the disk, or a crash.
      ['a segment', /ends with records that the next segment took over/],
      ['the checkpoints', /\d{13} bytes of a cut note/],
    ] as const;
    for (const [what, text] of expected) {
      const { found, notes } = await attacked.verifyAfter(async (ledger) =>
        truncate((await FILES[what]?.(ledger)) ?? '', 2 ** 40),
      );
      assert.match(`${found}\n${notes}`, text, what);
    }
    const { found } = await attacked.verifyAfter(async (ledger) =>
      truncate((await segmentsOf(ledger)).at(-1) ?? '', 2 ** 40),
    );
    assert.match(found, /is damaged: length 0 is impossible/);
  });

  it('name the first of many notes that are none', async () => {
    const { found } = await attacked.verifyAfter((ledger) =>
      appendFile(checkpoints(ledger), '\n'.repeat(400_000)),
    );
    assert.match(found, /^checkpoints:\d+ #0 checkpoint is not/);
  });

  const notes: [string, (note: string) => string, RegExp][] = [
    ['a signature that is no base64', (note) => `${note}— x A===\n`, /^$/],
    [
      'a size of many digits',
      (note) => note.replace(/\n\d+\n/, `\n${'9'.repeat(5_000)}\n`),
      /size/,
    ],
    ['too many signatures', (note) => note + '— x AAAA\n'.repeat(100), /too many signatures/],
  ];
  for (const [what, change, expected] of notes) {
    it(`agree on a checkpoint with ${what}`, async () => {
      const { found } = await attacked.verifyAfter(async (ledger) => {
        const [note = ''] = await readCheckpoints(ledger);
        await appendFile(checkpoints(ledger), `${change(note)}\n`);
      });
      assert.match(found, expected);
    });
  }

  it('name keys that are no text', async () => {
    for (const what of ['the registry', 'a public key']) {
      const { found } = await attacked.verifyAfter(async (ledger) =>
        writeFile((await FILES[what]?.(ledger)) ?? '', Buffer.of(0xff, 0xfe, 0x0a), { flag: 'a' }),
      );
      assert.match(found, /not a verifier key/, what);
    }
  });

  const forged: [string, (head: string) => string | Buffer][] = [
    ['nested too deep', (head) => `${head},"x":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
    [
      'that is no UTF-8',
      (head) => Buffer.concat([Buffer.from(`${head},"x":"`), Buffer.of(0xff), Buffer.from('"}')]),
    ],
    ['with a space', (head) => `${head},"x": "a b"}`],
    ['with a number that none is', (head) => `${head},"x":${'9'.repeat(6_000)}}`],
  ];
  for (const [what, forge] of forged) {
    it(`name an entry ${what}`, async () => {
      const { found } = await attacked.verifyAfter(async (ledger) => {
        const head = (seq: number): string =>
          `{"v":1,"seq":${seq},"at":"2026-01-02T03:04:06.000Z","kind":"sign-in"`;
        await addRecord(ledger, (seq) => Buffer.from(forge(head(seq))));
      });
      assert.match(found, /#\d+ entry is malformed/);
    });
  }

  it('find a log whose signatures are gone, or all but the first, by how long nobody signed', async () => {
    for (const kept of [0, 1]) {
      const { ok, found } = await attacked.verifyAfter(async (ledger) => {
        const notes = (await readCheckpoints(ledger)).slice(0, kept);
        await writeFile(checkpoints(ledger), notes.map((note) => `${note}\n`).join(''));
        await addRecord(ledger, (seq) =>
          Buffer.from(`{"v":1,"seq":${seq},"at":"2026-01-02T05:00:00.000Z","kind":"sign-in"}`),
        );
      });
      assert.equal(ok, false);
      assert.match(
        found,
        /^checkpoints:0 #\d+ entries from \d+ on are not vouched for: nobody signed/,
      );
    }
  });

  it('find that of times which are none, or which go back', async () => {
    for (const at of ['9999-99-99T99:99:99.999Z', '2031-01-01T00:00:00.000Z']) {
      const { found } = await attacked.verifyAfter(async (ledger) => {
        const entry = (seq: number, when: string): Buffer =>
          Buffer.from(`{"v":1,"seq":${seq},"at":"${when}","kind":"sign-in"}`);
        await addRecord(ledger, (seq) => entry(seq, at));
        await addRecord(ledger, (seq) => entry(seq, '2026-01-02T03:04:06.000Z'));
      });
      assert.match(found, /entries from \d+ on are not vouched for: nobody signed/);
    }
  });

  it('say nothing against a log with entries that are about to be signed', async () => {
    const { ok } = await attacked.verifyAfter((ledger) =>
      addRecord(ledger, (seq) =>
        Buffer.from(`{"v":1,"seq":${seq},"at":"2026-01-02T03:04:06.000Z","kind":"sign-in"}`),
      ),
    );
    assert.equal(ok, true);
  });
});

describe('a log with as many checkpoints as a month has', () => {
  it('has its sizes read, and its entries proved', async () => {
    await using own = await AttackedLedger.create();
    const { original } = own;
    const [first = '', , last = ''] = await readCheckpoints(original);
    await writeFile(checkpoints(original), `${first}\n`.repeat(200_000) + `${last}\n`);
    const size = Number(last.split('\n')[1]);
    assert.equal((await readStatedSizes(original)).get(LOG), size);
    assert.equal(typeof (await proveEntry(path.join(original, LOG), 1)), 'object');
    const reader = new LedgerReader(original);
    const newest = (await reader.listCheckpoints(LOG, 2))?.map((checkpoint) => checkpoint.size);
    assert.deepEqual(newest, [size, Number(first.split('\n')[1])]);
  });
});

describe('a log that a crash left without a signature', () => {
  it('is signed at the next start, before anything is added', async () => {
    await using own = await AttackedLedger.create();
    const dataDirectory = path.dirname(own.original);
    await writeFile(checkpoints(own.original), '');
    const options = { dataDirectory, dayKeys: openTestKeys(dataDirectory), logName: LOG };
    await using ledger = await openLedger({ ...options, nowMs: Date.now });
    // Signing stands in a queue.
    await ledger.checkpoints.addCosignatures(
      { origin: LOG, size: 0, root: Buffer.alloc(0), note: '' },
      [],
    );
    assert.equal(ledger.checkpoints.last?.size, ledger.size);
    assert.match(
      await readFile(checkpoints(own.original), 'utf8'),
      new RegExp(`^${LOG}\n${ledger.size}\n`),
    );
  });
});
