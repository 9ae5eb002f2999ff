import type { IdPath } from '../api/identifiers.ts';
import type { SessionRecord } from '../recording/session-index.ts';
import type { Answer } from './answer.ts';
import type { FoundSubject, SignedInCall } from './handler.ts';
import type { ControlPlaneServices } from './services.ts';

/** Finds the session that a path names, for the policy to decide about: it names its target and whose it is. */
export async function findSubject(
  { sessions }: Pick<ControlPlaneServices, 'sessions'>,
  { path }: SignedInCall,
  handle: (session: SessionRecord) => Promise<Answer>,
): Promise<FoundSubject | undefined> {
  const session = await sessions.find((path as IdPath).id);
  if (session === undefined) return undefined;
  return {
    target: session.target,
    owner: session.principalId,
    handle: () => handle(session),
  };
}
