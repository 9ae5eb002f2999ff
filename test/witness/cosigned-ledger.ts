import { readFile } from 'node:fs/promises';
import { type Ledger, openLedger } from '../../src/audit/ledger.ts';
import { logPaths } from '../../src/audit/ledger-layout.ts';
import { parseVerifierKey } from '../../src/audit/signed-note.ts';
import { WitnessQuorum } from '../../src/audit/witness/witness-quorum.ts';
import { openTestKeys } from '../../src/encryption/day-keys.fixture.ts';
import type { WitnessProcess } from './witness-process.ts';

/** A log, and whom it asks. */
export interface CosignedLedger {
  readonly ledger: Ledger;
  readonly quorum: WitnessQuorum;
  /** Of the log. */
  readonly key: string;
}

export interface CosignedOptions {
  readonly dataDirectory: string;
  readonly witnesses: readonly WitnessProcess[];
  readonly required: number;
  readonly checkpointIntervalMs: number;
  /** Called with the size of each checkpoint that was cosigned and kept. */
  readonly onCosigned: (size: number) => void;
}

export const LOG_NAME = 'gw-1.0';

/** Opens a ledger whose checkpoints witnesses cosign, as a gateway does. */
export async function openCosignedLedger(options: CosignedOptions): Promise<CosignedLedger> {
  const { dataDirectory, witnesses, required, checkpointIntervalMs, onCosigned } = options;
  const paths = logPaths(dataDirectory, LOG_NAME);
  const ledger = await openLedger({
    dataDirectory,
    dayKeys: openTestKeys(dataDirectory),
    logName: LOG_NAME,
    nowMs: Date.now,
    checkpointIntervalMs,
  });
  const quorum = new WitnessQuorum({
    witnesses: witnesses.flatMap(({ key, url }) => {
      const verifier = parseVerifierKey(key, 'witness');
      return verifier === undefined ? [] : [{ verifier, url }];
    }),
    required,
    staleAfterMs: 60_000,
    prove: (oldSize, checkpoint) => ledger.checkpoints.prove(oldSize, checkpoint),
    addCosignatures: async (checkpoint, lines) => {
      await ledger.checkpoints.addCosignatures(checkpoint, lines);
      onCosigned(quorum.witnessedSize);
    },
    nowMs: () => performance.now(),
    onEvent: () => undefined,
  });
  ledger.checkpoints.listen(quorum.hear);
  return { ledger, quorum, key: (await readFile(paths.publicKey, 'utf8')).trim() };
}
