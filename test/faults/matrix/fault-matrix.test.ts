import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type FaultWorld, startFaultWorld } from './fault-world.ts';
import { FAULTS } from './faults.ts';
import { runRound } from './run-round.ts';
import { SealedNumbers } from './sealed-numbers.ts';

// The ledger's own file system needs root; without it, single faults are tried by the tests beside.
if (process.getuid?.() === 0) {
  describe('everything that a gateway depends on', () => {
    let directory: string;
    let world: FaultWorld;
    let sealed: SealedNumbers;
    let first = 1;

    before(async () => {
      directory = await mkdtemp(path.join(tmpdir(), 'sallyport-matrix-'));
      world = await startFaultWorld(directory);
      sealed = new SealedNumbers(world.ledgerDirectory);
    });
    after(async () => {
      await world[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    });

    for (const fault of FAULTS) {
      it(`may fail: ${fault.name}`, async () => {
        const [lastsMs] = fault.lastsMs;
        const plan = { faults: [fault], beforeMs: 50, lastsMs };
        ({ next: first } = await runRound(world, plan, { first, sealed }));
      });
    }
  });
}
