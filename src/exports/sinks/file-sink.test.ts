import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { operationRecord } from '../record.fixture.ts';
import { ALL_TAKEN } from '../sink.ts';
import { FileSink } from './file-sink.ts';

const SIGNAL = new AbortController().signal;
let directory = '';

function openSink(path: string): FileSink {
  return new FileSink({ name: 'file', path, format: ({ id }) => JSON.stringify({ id }) });
}

function record(seq: number) {
  return operationRecord({ id: `gw-1.0:${seq}`, seq });
}

async function readIds(path: string): Promise<readonly string[]> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as { id: string }).id);
}

describe('FileSink', () => {
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-file-sink-'));
  });
  after(() => rm(directory, { recursive: true }));

  it('appends lines that only its owner may read', async () => {
    const path = join(directory, 'own');
    await using sink = openSink(path);
    assert.deepEqual(await sink.deliver([record(1), record(2)], SIGNAL), ALL_TAKEN);
    await sink.deliver([record(3)], SIGNAL);
    assert.deepEqual(await readIds(path), ['gw-1.0:1', 'gw-1.0:2', 'gw-1.0:3']);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it('goes on in a new file when the old one was renamed or removed', async () => {
    const path = join(directory, 'rotated');
    await using sink = openSink(path);
    await sink.deliver([record(1)], SIGNAL);
    await rename(path, `${path}.1`);
    await sink.deliver([record(2)], SIGNAL);
    await rm(path);
    await sink.deliver([record(3)], SIGNAL);
    assert.deepEqual(await readIds(`${path}.1`), ['gw-1.0:1']);
    assert.deepEqual(await readIds(path), ['gw-1.0:3']);
  });

  it('ends a line that was cut before it writes its own', async () => {
    const path = join(directory, 'cut');
    await appendFile(path, '{"id":"gw-1.0:1"}\n{"id":"gw');
    await using sink = openSink(path);
    await sink.deliver([record(2)], SIGNAL);
    const lines = (await readFile(path, 'utf8')).split('\n');
    assert.deepEqual(lines, ['{"id":"gw-1.0:1"}', '{"id":"gw', '{"id":"gw-1.0:2"}', '']);
  });

  it('says that a file cannot be written, and takes up again when it can', async () => {
    const path = join(directory, 'missing', 'file');
    await using sink = openSink(path);
    await assert.rejects(sink.deliver([record(1)], SIGNAL), {
      code: 'ERR_SINK_UNAVAILABLE',
      message: 'Cannot export: the file cannot be written (ENOENT)',
    });
  });
});
