import { parentPort, workerData } from 'node:worker_threads';
import { VerifiedSegments } from '../../src/audit/verified-segments.ts';
import { verifyLedger } from '../../src/audit/verify-ledger.ts';
import type { WitnessedLedger } from './witnessed-ledger.ts';

/** What a thread is asked: to verify a copy. */
export interface CopyQuestion {
  readonly copy: string;
  /** Whether all of it, also what the first copy began with byte for byte. */
  readonly anew: boolean;
}

const { witnessKeys: keys, asOfMs } = workerData as WitnessedLedger;
const known = new VerifiedSegments();

async function answer({ copy, anew }: CopyQuestion): Promise<void> {
  const witnesses = { keys, asOfMs };
  parentPort?.postMessage(await verifyLedger(copy, anew ? { witnesses } : { witnesses, known }));
  // Only the first copy, which is as it was written, is known.
  if (!anew) known.close();
}

// What fails ends the thread, and with it the run.
parentPort?.on('message', (question: CopyQuestion) => void answer(question));
