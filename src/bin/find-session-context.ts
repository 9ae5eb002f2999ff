import type { SessionContext } from '../exports/session-contexts.ts';
import type { SessionIndex } from '../recording/session-index.ts';

/**
 * A session that began before what is exported now, by the store's list. Rejects if that does not answer: an event that says of
 * nobody that they acted is worse than one that comes later.
 */
export async function findSessionContext(
  sessions: Pick<SessionIndex, 'find'>,
  id: string,
): Promise<SessionContext | undefined> {
  const found = await sessions.find(id);
  if (found === undefined) return undefined;
  const { principalId, principalName, target, database, clientAddress, applicationName } = found;
  return {
    principalId,
    principalName,
    groups: [],
    target,
    database,
    clientAddress: clientAddress.replace(/:\d+$/, ''),
    applicationName,
  };
}
