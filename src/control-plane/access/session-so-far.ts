import type { OperationRequest } from '../../access/access-request.ts';
import type { TimelineEntry } from '../../api/timeline.ts';
import { seal } from '../../audit/seal.ts';
import type { SignedInCall } from '../handler.ts';
import type { ControlPlaneServices } from '../services.ts';
import { describeTimelineEntry } from '../session-timeline.ts';

/** Entries of the session that a reviewer is shown. */
const ENTRIES_MAX = 20;
/** Entries of the session that are looked through for them: of a longer one, only the beginning is near. */
const ENTRIES_READ_MAX = 20_000;

/**
 * What the session did before the operation that waits. Statements come without their constants unless
 * the reader may watch the session. That the request was read is in the ledger first.
 */
export async function readSessionSoFar(
  { ledger, sessions, sessionEntries, authorize }: ControlPlaneServices,
  { principal, clientAddress }: SignedInCall,
  request: OperationRequest,
): Promise<readonly TimelineEntry[]> {
  const { requester, target, sessionId: id } = request;
  if (requester.id !== principal.id) {
    await seal(ledger, {
      kind: 'request.read',
      principal: principal.id,
      request: request.id,
      requester: requester.id,
      target,
      client: clientAddress,
    });
  }
  const session = await sessions.find(id);
  if (session === undefined) return [];
  const owner = session.principalId;
  const mayWatch =
    owner === principal.id ||
    authorize({ action: 'session.watch', principal, target: session.target, owner }).kind ===
      'allow';
  const last: TimelineEntry[] = [];
  let read = 0;
  for await (const stored of sessionEntries(session)) {
    read += 1;
    if (read > ENTRIES_READ_MAX || Date.parse(stored.entry.at) > request.createdAtMs) break;
    const entry = describeTimelineEntry(stored, mayWatch);
    if (entry !== undefined) last.push(entry);
    if (last.length > ENTRIES_MAX) last.shift();
  }
  return last;
}
