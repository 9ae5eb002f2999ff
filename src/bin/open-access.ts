import type { AccessAnnouncements } from '../access/access-store.ts';
import type { LedgerPort } from '../audit/ledger-port.ts';
import type { ReviewSettings } from '../configuration/access-settings.ts';
import { GrantsInForce } from '../gateway/grants-in-force.ts';
import { StoredReviewDesk } from '../gateway/review-desk.ts';
import { SignInNotes } from '../gateway/sign-in-notes.ts';
import type { AccessStores, Store } from '../store/open-store.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';

/** What sessions, and people who review, need of requests and grants; one of each process. */
export interface Access extends AsyncDisposable {
  readonly stores: AccessStores;
  readonly announcements: AccessAnnouncements;
  readonly desk: StoredReviewDesk;
  readonly grants: GrantsInForce;
  readonly signIns: SignInNotes;
}

/** What of a process's services it is opened over. */
export interface AccessServices {
  readonly store: Store;
  /** 32 bytes, of which the keys derive that requests are encrypted with. */
  readonly maskingKey: Buffer;
  readonly ledger: LedgerPort;
  /** Ids of who is barred at that moment: read anew each time. */
  readonly disabled: ReadonlySet<string>;
}

export interface AccessOptions {
  readonly logName: string;
  readonly settings: () => ReviewSettings;
  readonly log: Log;
}

/** Begins to listen to the other processes on the store, and withdraws what an earlier one of this name held. */
export async function openAccess(
  services: AccessServices,
  { logName, settings, log }: AccessOptions,
): Promise<Access> {
  const { store, maskingKey, ledger } = services;
  const { announcements } = store;
  const stores = store.openAccess(maskingKey, (error) => logUnexpectedError(log, 'store', error));
  const nowMs = Date.now;
  await using opened = new AsyncDisposableStack();
  const grants = opened.use(
    new GrantsInForce({ grants: stores.grants, announcements, nowMs, log }),
  );
  const { requests, people } = stores;
  const desk = opened.use(
    new StoredReviewDesk({
      requests,
      people,
      announcements,
      ledger,
      gateway: logName,
      settings,
      isBarred: (id) => services.disabled.has(id),
      nowMs,
      log,
    }),
  );
  await announcements.open();
  await grants.read();
  await desk.withdrawAbandoned();
  const resources = opened.move();
  return {
    stores,
    announcements,
    desk,
    grants,
    signIns: new SignInNotes(people, nowMs, log),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
