import type { AccessRequest, RequestEnd } from '../access/access-request.ts';
import type { AccessRequestStore } from '../access/access-store.ts';
import { endRequest } from '../access/apply-review.ts';
import type { EntryFields, LedgerPort } from '../audit/ledger-port.ts';
import { seal } from '../audit/seal.ts';

/**
 * The entry of what became of a request.
 *
 * @param session The session that asked, if it runs at this instant: nothing may follow its end. Else it is
 *   only named.
 */
export function describeEnd(
  request: AccessRequest,
  { outcome, reason }: Pick<RequestEnd, 'outcome' | 'reason'>,
  session?: string,
): EntryFields {
  return {
    kind: 'review.end',
    ...(session !== undefined && { session }),
    request: request.id,
    of: request.kind,
    principal: request.requester.id,
    target: request.target,
    outcome,
    ...(reason !== undefined && { reason }),
    ...(session === undefined && request.kind === 'operation' && { ofSession: request.sessionId }),
  };
}

/**
 * Ends a request in ledger and store. Resolves with what it became; undefined if it was over.
 *
 * @param findSession Finds the session whose entry it becomes, when it is sealed.
 */
export function endInStore(
  { requests, ledger }: { readonly requests: AccessRequestStore; readonly ledger: LedgerPort },
  id: string,
  end: RequestEnd & { readonly outcome: 'expired' | 'withdrawn' },
  findSession: () => string | undefined = () => undefined,
): Promise<AccessRequest | undefined> {
  return requests.change(id, async (request) => {
    const ended = endRequest(request, end);
    if (ended === undefined) return undefined;
    await seal(ledger, describeEnd(ended, end, findSession()));
    return { request: ended };
  });
}
