import { setTimeout as wait } from 'node:timers/promises';
import { PatientCounts } from '../gateway/patient-counts.ts';
import type { AlertStore } from '../signals/alert-store.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';

/** Milliseconds between looks at what the readers of the ledger learned. */
const INTERVAL_MS = 5_000;
const DAY_LENGTH = 'YYYY-MM-DD'.length;

/** Counts of patients that follow what all processes of a gateway show. */
export interface FollowedPatients extends AsyncDisposable {
  readonly counts: PatientCounts;
}

/** Begins with what was shown before a restart, and takes over what other processes show, seconds later. */
export async function followPatients(
  alerts: Pick<AlertStore, 'listPatients'>,
  gateway: string,
  log: Log,
): Promise<FollowedPatients> {
  const counts = new PatientCounts(Date.now);
  let followed: { readonly day: string; readonly last: string } | undefined;
  const read = async (): Promise<void> => {
    const day = new Date().toISOString().slice(0, DAY_LENGTH);
    const after = followed?.day === day ? followed.last : undefined;
    const { shown, last } = await alerts.listPatients(gateway, day, after);
    for (const { principalId, ...patients } of shown) {
      counts.merge(principalId, { day, ...patients });
    }
    followed = { day, last };
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
