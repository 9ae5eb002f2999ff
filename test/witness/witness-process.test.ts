import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { seal } from '../../src/audit/seal.ts';
import { verifyLedger } from '../../src/audit/verify-ledger.ts';
import { LOG_NAME, openCosignedLedger } from './cosigned-ledger.ts';
import { startWitnessProcess } from './witness-process.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sallyport-witnesses-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('sallyport witness', () => {
  it('cosigns what a ledger writes, though one of three was killed, and goes on after it', async () => {
    const dataDirectory = path.join(directory, 'data');
    const places = ['a', 'b', 'c'].map((name) => path.join(directory, name));
    await using first = await startWitnessProcess(places[0] ?? '', 'a.example');
    await using second = await startWitnessProcess(places[1] ?? '', 'b.example');
    await using third = await startWitnessProcess(places[2] ?? '', 'c.example');
    const witnesses = [first, second, third];
    const { ledger, quorum, key } = await openCosignedLedger({
      dataDirectory,
      witnesses,
      required: 2,
      checkpointIntervalMs: 2 ** 31 - 1,
      onCosigned: () => undefined,
    });
    await using closing = ledger;
    for (const witness of witnesses) await witness.addLog(key);

    const write = async (): Promise<void> => {
      for (let count = 0; count < 300; count++) await seal(closing, { kind: 'sign-in' });
      await closing.checkpoints.advance();
    };
    await write();
    assert.equal(quorum.witnessedSize, 300);
    await third.kill();
    await write();
    assert.equal(quorum.witnessedSize, 600);
    assert.deepEqual(
      quorum.witnesses.map(({ failure }) => failure?.kind),
      [undefined, undefined, 'unreachable'],
    );
    await ledger.close();

    const trust = { keys: witnesses.map((witness) => witness.key), asOfMs: Date.now() };
    const verify = async (required: number): Promise<boolean> => {
      const witnessing = { ...trust, required };
      return (await verifyLedger(path.join(dataDirectory, 'ledger'), { witnesses: witnessing })).ok;
    };
    assert(await verify(2));
    // The one that was killed has seen a part only, and lately.
    assert(await verify(3));

    await using again = await startWitnessProcess(places[2] ?? '', 'ignored.example');
    assert.equal(again.key, third.key);
  });

  it('cosigns again after a tile was lost that only an older tree needs', async () => {
    const dataDirectory = path.join(directory, 'data');
    await using witness = await startWitnessProcess(path.join(directory, 'a'), 'a.example');
    const open = (): ReturnType<typeof openCosignedLedger> =>
      openCosignedLedger({
        dataDirectory,
        witnesses: [witness],
        required: 1,
        checkpointIntervalMs: 2 ** 31 - 1,
        onCosigned: () => undefined,
      });
    const { ledger, quorum, key } = await open();
    await using closing = ledger;
    await witness.addLog(key);
    const write = (count: number): Promise<unknown> =>
      Promise.all(Array.from({ length: count }, () => seal(closing, { kind: 'sign-in' })));
    await write(600);
    await closing.checkpoints.advance();
    assert.equal(quorum.witnessedSize, 600);
    // The witness is away. Tiles are not synced: the power fails, and one of them is empty afterwards.
    closing.checkpoints.listen(undefined);
    await write(300);
    await closing.checkpoints.advance();
    await truncate(path.join(dataDirectory, 'ledger', LOG_NAME, 'tile/0/002'), 0);
    closing.checkpoints.listen(quorum.hear);
    await closing.checkpoints.advance();
    await closing.checkpoints.advance();
    assert.equal(quorum.witnessedSize, 900);
    assert.equal(quorum.witnesses[0]?.failure, undefined);
  });

  it('says that a gateway went on from a backup', async () => {
    const dataDirectory = path.join(directory, 'data');
    await using witness = await startWitnessProcess(path.join(directory, 'a'), 'a.example');
    const open = (at: string): ReturnType<typeof openCosignedLedger> =>
      openCosignedLedger({
        dataDirectory: at,
        witnesses: [witness],
        required: 1,
        checkpointIntervalMs: 2 ** 31 - 1,
        onCosigned: () => undefined,
      });
    const backup = path.join(directory, 'backup');
    for (const round of ['before', 'after']) {
      const { ledger, key } = await open(dataDirectory);
      await using closing = ledger;
      if (round === 'before') await witness.addLog(key);
      for (let count = 0; count < 10; count++) await seal(closing, { kind: 'sign-in' });
      await ledger.close();
      if (round === 'before') await cp(dataDirectory, backup, { recursive: true });
    }
    const { ledger, quorum } = await open(backup);
    await using closing = ledger;
    await seal(closing, { kind: 'sign-in' });
    await closing.checkpoints.advance();
    assert.deepEqual(quorum.witnesses[0]?.failure, { kind: 'contradicted', size: 20 });
    assert(!quorum.isWitnessed);
  });
});
