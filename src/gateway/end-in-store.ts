import type { AccessRequest, RequestEnd } from '../access/access-request.ts';
import type { AccessRequestStore } from '../access/access-store.ts';
import { endRequest } from '../access/apply-review.ts';
import type { EntryFields, LedgerPort } from '../audit/ledger-port.ts';
import { seal } from '../audit/seal.ts';

/**
 * The entry of what became of a request.
 *
 * @param session The session that acts; absent when it is not the one that asked.
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

/** Ends a request in ledger and store. Resolves with what it became; undefined if it was over. */
export function endInStore(
  { requests, ledger }: { readonly requests: AccessRequestStore; readonly ledger: LedgerPort },
  id: string,
  end: RequestEnd & { readonly outcome: 'expired' | 'withdrawn' },
  session?: string,
): Promise<AccessRequest | undefined> {
  return requests.change(id, async (request) => {
    const ended = endRequest(request, end);
    if (ended === undefined) return undefined;
    await seal(ledger, describeEnd(ended, end, session));
    return { request: ended };
  });
}
