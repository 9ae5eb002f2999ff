import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { signalGateway, writeProcessFile } from './process-file.ts';

describe('the file that names the process of a gateway', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-process-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('leads to the process that wrote it', async () => {
    await using _ = await writeProcessFile(directory);
    const told = once(process, 'SIGUSR2');
    assert.equal(await signalGateway(directory, 'SIGUSR2'), true);
    await told;
  });

  it('leads to nobody once the gateway is over', async () => {
    await (await writeProcessFile(directory))[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(directory), []);
    assert.equal(await signalGateway(directory, 'SIGHUP'), false);
  });

  it('leads to nobody if its number is of another process now, or it says no number', async () => {
    for (const text of [
      `${process.pid} 1\n`,
      `${process.pid}\n`,
      '-1 gone\n',
      '0 gone\n',
      'x',
      '',
    ]) {
      await writeFile(join(directory, 'gateway.pid'), text);
      assert.equal(await signalGateway(directory, 'SIGHUP'), false, text);
    }
  });

  it('is not taken from a gateway that has begun since', async () => {
    const file = await writeProcessFile(directory);
    await writeFile(join(directory, 'gateway.pid'), '1 2\n');
    await file[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(directory), ['gateway.pid']);
  });
});
