import type { AccessRequest } from '../../access/access-request.ts';
import type { AccessRequestStore, RequestChange } from '../../access/access-store.ts';
import type { EntryFields, LedgerPort } from '../../audit/ledger-port.ts';
import { seal } from '../../audit/seal.ts';

/** A change, and the entries that have to be durable before it takes effect. */
export interface SealedChange extends RequestChange {
  readonly entries: readonly EntryFields[];
}

/**
 * Changes a request as the store's `change` does, with its entries in the ledger first. Where the
 * store fails after that, the ledger says that what it has did not happen.
 */
export async function changeRequest(
  { requests, ledger }: { readonly requests: AccessRequestStore; readonly ledger: LedgerPort },
  id: string,
  apply: (request: AccessRequest) => Promise<SealedChange | undefined>,
): Promise<AccessRequest | undefined> {
  let sealed: AccessRequest | undefined;
  try {
    return await requests.change(id, async (request) => {
      const change = await apply(request);
      if (change === undefined) return undefined;
      for (const entry of change.entries) {
        await seal(ledger, entry);
        sealed = change.request;
      }
      return change;
    });
  } catch (error) {
    if (sealed === undefined) throw error;
    const tookEffect = await isStored(requests, sealed);
    if (tookEffect === true) return sealed;
    const doubt = tookEffect === undefined;
    ledger.append({ kind: 'review.void', request: id, doubt }, 'sealed', () => undefined);
    throw error;
  }
}

/** Whether a change is in the store whose answer was lost; undefined if it does not say. */
async function isStored(
  requests: AccessRequestStore,
  wanted: AccessRequest,
): Promise<boolean | undefined> {
  try {
    const found = await requests.find(wanted.id);
    return found?.state === wanted.state && found.reviews.length === wanted.reviews.length;
  } catch {
    return undefined; // The caller gets the error of the change itself.
  }
}
