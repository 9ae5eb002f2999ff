import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { verifyLedger } from '../../src/audit/verify-ledger.ts';
import { LedgerChild, readStored } from './ledger-child.ts';

const SOURCE = path.join(import.meta.dirname, 'ledger-disk.c');
const { EIO, ENOSPC, EROFS } = constants.errno;

let directory: string;
let library: string;

before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sallyport-disk-'));
  library = path.join(directory, 'ledger-disk.so');
  try {
    await promisify(execFile)('cc', ['-shared', '-fPIC', '-o', library, SOURCE, '-ldl']);
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    const reason =
      cause.code === 'ENOENT' ? 'cc is missing: apt-get install gcc libc6-dev' : String(error);
    throw new Error(`Cannot compile ${path.basename(SOURCE)}: ${reason}`, { cause });
  }
});

after(() => rm(directory, { recursive: true }));

/** Lets a disk fail under a writer and heal again, then checks what the log says about each entry. */
async function expectRecovery(
  dataDirectory: string,
  breakDisk: () => Promise<void>,
  healDisk: () => Promise<void>,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const output = `${dataDirectory}.output`;
  const child = await LedgerChild.start(dataDirectory, output, 0, environment);
  try {
    await child.waitFor('s', 50);
    for (let round = 1; round <= 2; round++) {
      await breakDisk();
      const before = await child.told();
      await child.waitFor('e', before.refused.size + 30);
      await healDisk();
      const { sealed, written } = await child.told();
      await child.waitFor('s', sealed.size + 50);
      await child.waitFor('w', written.size + 50);
    }
  } finally {
    await child.end('SIGTERM');
  }

  const report = await verifyLedger(path.join(dataDirectory, 'ledger'));
  assert(report.ok, JSON.stringify(report));
  const told = await child.told();
  const { seqOfIndex, refusedSeqs, resumeCount } = await readStored(dataDirectory);
  assert(resumeCount >= 2);
  for (const index of [...told.sealed, ...told.written]) {
    const seq = seqOfIndex.get(index);
    assert(seq !== undefined, `acknowledged entry ${index} is missing`);
    assert(!refusedSeqs.has(seq), `acknowledged entry ${index} is said to be refused`);
  }
  for (const index of told.refused) {
    const seq = seqOfIndex.get(index);
    assert(
      seq === undefined || refusedSeqs.has(seq),
      `refused entry ${index} stands as if it were not`,
    );
  }
}

describe('a ledger on a disk that fails', () => {
  for (const [what, variable, number] of [
    ['fdatasync fails', 'FAULT_SYNC', EIO],
    ['write fails', 'FAULT_WRITE', EIO],
    ['the disk is full', 'FAULT_WRITE', ENOSPC],
    ['the disk turns read-only', 'FAULT_WRITE', EROFS],
  ] as const) {
    it(`acknowledges nothing while ${what}, and resumes by itself`, async () => {
      const dataDirectory = path.join(directory, `${variable}-${number}`);
      const flag = `${dataDirectory}.flag`;
      await expectRecovery(
        dataDirectory,
        () => writeFile(flag, String(number)),
        () => rm(flag),
        { LD_PRELOAD: library, FAULT_PATH: `${dataDirectory}/`, [variable]: flag },
      );
    });
  }

  it('does not mind writes that take only half', async () => {
    const dataDirectory = path.join(directory, 'short');
    const flag = `${dataDirectory}.flag`;
    await writeFile(flag, '');
    const environment = { LD_PRELOAD: library, FAULT_PATH: `${dataDirectory}/`, FAULT_SHORT: flag };
    const child = await LedgerChild.start(dataDirectory, `${dataDirectory}.output`, 0, environment);
    await child.waitFor('s', 200);
    await child.end('SIGTERM');
    assert.equal((await child.told()).refused.size, 0);
    const report = await verifyLedger(path.join(dataDirectory, 'ledger'));
    assert(report.ok, JSON.stringify(report));
  });

  it('survives being killed while the disk fails', async () => {
    const dataDirectory = path.join(directory, 'killed');
    const flag = `${dataDirectory}.flag`;
    const environment = { LD_PRELOAD: library, FAULT_PATH: `${dataDirectory}/`, FAULT_SYNC: flag };
    const acknowledged: number[] = [];
    for (let round = 0; round < 3; round++) {
      const output = `${dataDirectory}.output-${round}`;
      const child = await LedgerChild.start(dataDirectory, output, round * 1_000_000, environment);
      await child.waitFor('s', 20);
      await writeFile(flag, String(EIO));
      await child.waitFor('e', 20);
      await child.end('SIGKILL');
      await rm(flag);
      const { sealed, written } = await child.told();
      acknowledged.push(...sealed, ...written);
    }
    const report = await verifyLedger(path.join(dataDirectory, 'ledger'));
    assert(report.ok, JSON.stringify(report));
    const { seqOfIndex } = await readStored(dataDirectory);
    assert.deepEqual(
      acknowledged.filter((index) => !seqOfIndex.has(index)),
      [],
    );
  });

  // Mounting needs root; without it the preloaded ENOSPC above stands for a full disk.
  if (process.getuid?.() === 0) {
    it('acknowledges nothing on a file system without space, and resumes when it gets some', async () => {
      const dataDirectory = path.join(directory, 'small');
      await mkdir(dataDirectory);
      const run = promisify(execFile);
      let sizeKiB = 256;
      await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeKiB}k`, 'tmpfs', dataDirectory]);
      try {
        const enlarge = async (): Promise<void> => {
          sizeKiB += 4 * 1024;
          await run('mount', ['-o', `remount,size=${sizeKiB}k`, dataDirectory]);
        };
        // The load fills it by itself.
        await expectRecovery(dataDirectory, async () => undefined, enlarge);
      } finally {
        await run('umount', [dataDirectory]);
      }
    });
  }
});
