import { setTimeout as wait } from 'node:timers/promises';
import { PatientCounts } from '../gateway/patient-counts.ts';
import type { AlertStore } from '../signals/alert-store.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';

/** Milliseconds between looks at what the readers of the ledger learned. */
const INTERVAL_MS = 2_000;
/** Milliseconds that is believed what was heard last of other gateways. */
const BELIEVED_MS = 30_000;
const DAY_LENGTH = 'YYYY-MM-DD'.length;

/** Counts of patients that follow what all processes of all gateways show. */
export interface FollowedPatients extends AsyncDisposable {
  readonly counts: PatientCounts;
}

/**
 * Begins with what was shown before a restart, and takes over what other processes and gateways show, seconds later.
 *
 * @param isShared Whether other gateways may have the store.
 */
export async function followPatients(
  alerts: Pick<AlertStore, 'listPatients'>,
  isShared: boolean,
  log: Log,
): Promise<FollowedPatients> {
  const counts = new PatientCounts(Date.now);
  let followed: { readonly day: string; readonly last: ReadonlyMap<string, string> } | undefined;
  let heardAtMs = performance.now();
  const read = async (): Promise<void> => {
    const day = new Date().toISOString().slice(0, DAY_LENGTH);
    const after = followed?.day === day ? followed.last : undefined;
    const askedAtMs = performance.now();
    const { shown, last } = await alerts.listPatients(day, after);
    for (const { principalId, ...patients } of shown) {
      counts.merge(principalId, { day, ...patients });
    }
    followed = { day, last };
    heardAtMs = askedAtMs;
  };
  // Without it a budget would begin anew: then nobody is served.
  await read();
  const stopping = new AbortController();
  const { signal } = stopping;
  const follow = async (): Promise<void> => {
    for (;;) {
      await wait(INTERVAL_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      await read().catch((error: unknown) => logUnexpectedError(log, 'patients', error));
      // Others may have shown any number: then no budget has anything left.
      if (isShared) counts.setCurrent(performance.now() - heardAtMs < BELIEVED_MS);
    }
  };
  const following = follow();
  return {
    counts,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await following;
    },
  };
}
