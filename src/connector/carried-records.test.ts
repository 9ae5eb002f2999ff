import assert from 'node:assert/strict';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { decodeSignedRecord, digestRecord, NO_RECORD } from '../wire/tunnel/carried-record.ts';
import type { StreamRequest } from '../wire/tunnel/stream-request.ts';
import { CarriedRecords, type RecordsFile } from './carried-records.ts';

const REQUEST: StreamRequest = {
  target: 'ward-db',
  kind: 'bytes',
  sessionId: 's1',
  principalId: 'clinic:ana',
};

/** A disk that is full when the test says so: of what it is to take, half is written then. */
class FillingDisk {
  isFull = false;
  isClosed = false;

  readonly openFile = async (path: string): Promise<RecordsFile> => {
    const file = await open(path, 'a', 0o600);
    return {
      appendFile: async (bytes) => {
        await file.appendFile(this.isFull ? bytes.subarray(0, bytes.length / 2) : bytes);
        if (this.isFull) throw new Error('ENOSPC');
      },
      datasync: () => file.datasync(),
      truncate: (length) => file.truncate(length),
      close: async () => {
        this.isClosed = true;
        await file.close();
      },
    };
  };
}

interface World extends AsyncDisposable {
  readonly disk: FillingDisk;
  readonly records: CarriedRecords;
  /** The lines of the file. */
  readonly read: () => Promise<readonly Buffer[]>;
}

async function openWorld(): Promise<World> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'sallyport-carried-'));
  const disk = new FillingDisk();
  const records = await CarriedRecords.open({
    ...{ dataDirectory, connector: 'ward', process: 'p1', nowMs: () => 7 },
    ...{ onWaiting: () => undefined, onError: () => undefined, openFile: disk.openFile },
  });
  return {
    disk,
    records,
    async read() {
      const written = await readFile(join(dataDirectory, 'carried', 'p1.jsonl'), 'latin1');
      return written
        .split('\n')
        .slice(0, -1)
        .map((line) => Buffer.from(line, 'latin1'));
    },
    async [Symbol.asyncDispose]() {
      if (!disk.isClosed) await records[Symbol.asyncDispose]();
      await rm(dataDirectory, { recursive: true });
    },
  };
}

describe('CarriedRecords', () => {
  it('has what a full disk did not take written once it does, in one chain, and lost nothing', async () => {
    await using world = await openWorld();
    const { disk, records } = world;
    const { carried } = records.count('gw', REQUEST);
    carried.bytesToTarget += 1;
    await records.flush();
    disk.isFull = true;
    carried.bytesToTarget += 2;
    await assert.rejects(records.flush(), /ENOSPC/);
    carried.bytesToTarget += 4;
    await assert.rejects(records.flush(), /ENOSPC/);
    disk.isFull = false;
    await records.flush();

    let [previous, bytes] = [NO_RECORD, 0];
    const lines = await world.read();
    for (const [index, line] of lines.entries()) {
      const { record, body } = decodeSignedRecord(line);
      assert.equal(record.sequence, index + 1);
      assert.equal(record.previous, previous);
      previous = digestRecord(body);
      bytes += record.bytesToTarget;
    }
    assert.equal(bytes, 7);
    assert.deepEqual(
      records.waiting.map(({ line }) => line),
      lines,
    );
  });

  it('closes its file on a full disk, too', async () => {
    await using world = await openWorld();
    const { disk, records } = world;
    records.count('gw', REQUEST);
    disk.isFull = true;
    await assert.rejects(records[Symbol.asyncDispose](), /ENOSPC/);
    assert(disk.isClosed);
  });
});
