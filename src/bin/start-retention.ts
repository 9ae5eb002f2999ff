import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { RetentionKeeper, type RetentionRun } from '../audit/retention/retention-keeper.ts';
import {
  logClockInDoubt,
  logExpired,
  logMisdatedSegment,
  logUnexpectedError,
} from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { GatewayProcess } from './gateway-process.ts';

const RUN_INTERVAL_MS = 3_600_000;
/** A start is not held up by what was due already. */
const FIRST_RUN_AFTER_MS = 60_000;
const WITNESS_POLL_MS = 1_000;
const WITNESS_WAIT_MAX_MS = 600_000;

/** Expires what is kept on this machine, hour by hour, until it is disposed of. */
export interface StartedRetention extends AsyncDisposable {
  readonly keeper: RetentionKeeper;
}

/** Starts it. One process of a gateway does. */
export function startRetention(own: GatewayProcess, log: Log): StartedRetention {
  const { services, configuration } = own;
  const stopping = new AbortController();
  const { signal } = stopping;
  const { dataDirectory } = configuration.gateway;
  const keeper = new RetentionKeeper({
    ledgerDirectory: path.join(dataDirectory, 'ledger'),
    recordingsDirectory: path.join(dataDirectory, 'recordings'),
    ledger: services.ledger,
    contentKeys: services.contentKeys,
    recordingKeys: services.recordingKeys,
    settings: () => own.configuration.retention,
    waitForWitnesses: () => waitForWitnesses(own, signal),
    nowMs: Date.now,
    uptimeMs: () => performance.now(),
  });
  const running = run(keeper, signal, log);
  return {
    keeper,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await running;
    },
  };
}

async function run(keeper: RetentionKeeper, signal: AbortSignal, log: Log): Promise<void> {
  await sleep(FIRST_RUN_AFTER_MS, signal);
  while (!signal.aborted) {
    try {
      report(await keeper.run(), log);
    } catch (error) {
      // It goes on from where it was.
      logUnexpectedError(log, 'retention', error);
    }
    await sleep(RUN_INTERVAL_MS, signal);
  }
}

function report(run: RetentionRun, log: Log): void {
  switch (run.state) {
    case 'clock-in-doubt':
      return logClockInDoubt(log);
    case 'ran': {
      for (const failure of run.failures) logUnexpectedError(log, 'retention', failure);
      for (const segment of run.misdated) logMisdatedSegment(log, segment);
      const { content, recordings, entries } = run.expired;
      if (content.length + recordings.length + entries.length === 0) return;
      return logExpired(log, {
        contentDays: content.length,
        recordingDays: recordings.length,
        entryDays: entries.length,
      });
    }
  }
}

/** All that was sealed up to now must be under a checkpoint, cosigned by as many as are required. */
async function waitForWitnesses(
  { services, witnessing, configuration }: GatewayProcess,
  signal: AbortSignal,
): Promise<boolean> {
  const { size, checkpoints } = services.ledger;
  const { required } = configuration.audit.witnesses;
  await checkpoints.advance();
  for (let waitedMs = 0; waitedMs < WITNESS_WAIT_MAX_MS; waitedMs += WITNESS_POLL_MS) {
    const sizes = witnessing.quorum.witnesses.map((witness) => witness.size ?? 0);
    const vouched = sizes.toSorted((one, other) => other - one)[required - 1] ?? 0;
    if ((checkpoints.last?.size ?? 0) >= size && (required === 0 || vouched >= size)) return true;
    await sleep(WITNESS_POLL_MS, signal);
    if (signal.aborted) return false;
  }
  return false;
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
