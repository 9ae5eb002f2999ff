import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Log } from '../telemetry/log.ts';
import { markBeginning, sealEarlierRows } from './seal-earlier-rows.ts';

const directory = mkdtempSync(join(tmpdir(), 'sallyport-earlier-'));
function startWith(dataDirectory: string): { readonly start: () => Promise<readonly unknown[]> } {
  return {
    async start() {
      const done: unknown[] = [];
      const sessions = { sealEarlier: () => Promise.resolve(3) };
      const connectors = { sealEarlier: () => Promise.resolve(0) };
      const log = { write: (...line: readonly unknown[]) => done.push(line) } as unknown as Log;
      await markBeginning(dataDirectory);
      mkdirSync(join(dataDirectory, 'ledger'), { recursive: true });
      await sealEarlierRows(dataDirectory, { sessions, connectors }, log);
      return done;
    },
  };
}

describe('sealEarlierRows', () => {
  after(() => rmSync(directory, { recursive: true }));

  it('takes what is in the store as it stands once, at the first start with a ledger from before', async () => {
    const dataDirectory = join(directory, 'old');
    mkdirSync(join(dataDirectory, 'ledger'), { recursive: true });
    const { start } = startWith(dataDirectory);
    const line = ['info', 'store.earlier-sealed', { kind: 'sessions', rows: 3 }];
    assert.deepEqual(await start(), [line]);
    assert.deepEqual(await start(), []);
  });

  it('vouches for nothing in a data directory that begins, also once it has a ledger', async () => {
    const dataDirectory = join(directory, 'new');
    mkdirSync(dataDirectory);
    const { start } = startWith(dataDirectory);
    assert.deepEqual(await start(), []);
    assert.deepEqual(await start(), []);
  });

  it('leaves it open where a start did not get as far as the ledger', async () => {
    const dataDirectory = join(directory, 'locked');
    mkdirSync(join(dataDirectory, 'ledger'), { recursive: true });
    await markBeginning(dataDirectory);
    assert.equal((await startWith(dataDirectory).start()).length, 1);
  });

  it('begins again where it did not come to the end', async () => {
    const dataDirectory = join(directory, 'cut');
    mkdirSync(join(dataDirectory, 'ledger'), { recursive: true });
    const broken = { sealEarlier: () => Promise.reject(new Error('the store is gone')) };
    const log = {} as Log;
    await assert.rejects(sealEarlierRows(dataDirectory, { broken }, log), /the store is gone/u);
    const { start } = startWith(dataDirectory);
    assert.equal((await start()).length, 1);
  });
});
