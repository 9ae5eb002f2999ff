import { changeKeyIfAsked } from '../audit/change-key.ts';
import type { Ledger } from '../audit/ledger.ts';
import { logPaths } from '../audit/ledger-layout.ts';
import { parseVerifierKey } from '../audit/signed-note.ts';
import type { KnownWitness } from '../audit/witness/ask-witness.ts';
import { type WitnessEvent, WitnessQuorum } from '../audit/witness/witness-quorum.ts';
import type { WitnessSettings } from '../configuration/audit-settings.ts';
import { ConfigurationError } from '../configuration/configuration-error.ts';
import type { LedgerLogRegistry } from '../store/ledger-logs.ts';
import {
  logLedgerKeyChanged,
  logUnexpectedError,
  logWitness,
  logWitnessing,
} from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import { LogHeads } from './log-heads.ts';

/** Whose log is cosigned, and by whom. */
export interface WitnessingOptions {
  readonly settings: WitnessSettings;
  readonly ledger: Ledger;
  /** All logs of all gateways. */
  readonly logs: LedgerLogRegistry;
  readonly dataDirectory: string;
  readonly logName: string;
  readonly log: Log;
}

/** Who vouches for a process's log, and whether they did so lately. */
export interface Witnessing {
  readonly quorum: WitnessQuorum;
  /** Whether a session may begin on a target, for all that witnesses have to do with it. */
  readonly isWitnessed: (target: string) => boolean;
}

/**
 * Has a log's checkpoints cosigned, and its key changed when that is asked for, from now on.
 *
 * @throws {ConfigurationError} If a witness's key is none.
 */
export function openWitnessing(options: WitnessingOptions): Witnessing {
  const { settings, ledger, dataDirectory, logName, log } = options;
  const paths = logPaths(dataDirectory, logName);
  const quorum = new WitnessQuorum({
    witnesses: settings.of.map(readWitness),
    required: settings.required,
    staleAfterMs: settings.staleAfterMs,
    prove: (oldSize, checkpoint) => ledger.checkpoints.prove(oldSize, checkpoint),
    addCosignatures: (checkpoint, lines) => ledger.checkpoints.addCosignatures(checkpoint, lines),
    nowMs: () => performance.now(),
    onEvent: (event) => report(log, event),
  });
  const heads = new LogHeads({ ledger, logs: options.logs, logName, nowMs: Date.now, log });
  ledger.checkpoints.listen(async (checkpoint) => {
    try {
      const key = await changeKeyIfAsked(ledger, logName, paths);
      if (key !== undefined) logLedgerKeyChanged(log, key);
    } catch (error) {
      logUnexpectedError(log, 'key change', error);
    }
    await Promise.all([heads.hear(checkpoint), quorum.hear(checkpoint)]);
  });
  const strictFor = new Set(settings.strictFor);
  return {
    quorum,
    isWitnessed: (target) => (!strictFor.has('*') && !strictFor.has(target)) || quorum.isWitnessed,
  };
}

function readWitness({ key, url }: WitnessSettings['of'][number]): KnownWitness {
  const verifier = parseVerifierKey(key, 'witness');
  if (verifier !== undefined) return { verifier, url };
  const [name = ''] = key.split('+', 1);
  throw new ConfigurationError([
    {
      file: 'sallyport.yaml',
      line: 1,
      column: 1,
      message: `audit.witnesses: the id in the key of ${name} is not that of the key`,
    },
  ]);
}

function report(log: Log, event: WitnessEvent): void {
  switch (event.kind) {
    case 'failed':
      logWitness(log, { witness: event.witness, ...event.outcome });
      break;
    case 'cosigned-again':
      logWitness(log, { witness: event.witness, kind: 'cosigned' });
      break;
    case 'stale':
    case 'fresh':
      logWitnessing(log, event.kind);
      break;
  }
}
