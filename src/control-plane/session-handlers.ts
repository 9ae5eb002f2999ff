import type { IdPath } from '../api/identifiers.ts';
import type { SessionQuery, SessionView } from '../api/session.ts';
import type { SessionRecord } from '../recording/session-index.ts';
import { type Answer, answerJson, answerProblem } from './answer.ts';
import type { FoundSubject, SignedInCall } from './handler.ts';
import { seal } from './seal.ts';
import type { ControlPlaneServices } from './services.ts';

/**
 * Lists what the asker may see: policy decides each session by itself, as it may look at whose it is.
 * A page can therefore come out shorter than asked for, or empty, and still have a next one.
 */
export async function listSessions(
  services: ControlPlaneServices,
  { principal, query }: SignedInCall,
): Promise<Answer> {
  const { mine, principal: principalId, target, since, limit, cursor } = query as SessionQuery;
  if (mine === true && principalId !== undefined && principalId !== principal.id) {
    return answerJson({ sessions: [] });
  }
  const wanted = mine === true ? principal.id : principalId;
  const page = await services.sessions.list({
    ...(wanted !== undefined && { principalId: wanted }),
    ...(target !== undefined && { target }),
    ...(since !== undefined && { sinceMs: Date.parse(since) }),
    ...(limit !== undefined && { limit }),
    ...(cursor !== undefined && { cursor }),
  });
  const visible = page.sessions.filter(
    (session) =>
      services.authorize({
        action: 'session.list',
        principal,
        target: session.target,
        owner: session.principalId,
      }).kind === 'allow',
  );
  return answerJson({ sessions: visible.map(toView), nextCursor: page.nextCursor });
}

/** Finds a session for the policy to decide about: it names its target and whose it is. */
export async function findSession(
  services: ControlPlaneServices,
  { path }: SignedInCall,
): Promise<FoundSubject | undefined> {
  const session = await services.sessions.find((path as IdPath).id);
  if (session === undefined) return undefined;
  return {
    target: session.target,
    owner: session.principalId,
    handle: async () => answerJson(toView(session)),
  };
}

/** Recordings that this process plays at the same time: each is decompressed and decoded. */
const PLAYBACKS_MAX = 16;

/** Counts the recordings being played. */
export interface Playbacks {
  running: number;
}

/** Playing a recording shows what was shown in it, so that is in the ledger before its first line. */
export async function findRecording(
  { sessions, ledger, playback }: ControlPlaneServices,
  playbacks: Playbacks,
  { path, principal, clientAddress, signal }: SignedInCall,
): Promise<FoundSubject | undefined> {
  const session = await sessions.find((path as IdPath).id);
  if (session === undefined) return undefined;
  return {
    target: session.target,
    owner: session.principalId,
    handle: async () => {
      if (session.recordingPath === undefined) {
        return answerProblem('not-found', 'the session was not recorded');
      }
      if (playbacks.running >= PLAYBACKS_MAX) {
        return answerProblem('too-many-requests', 'too many recordings are being played');
      }
      await seal(ledger, {
        kind: 'recording.watch',
        principal: principal.id,
        watched: session.id,
        owner: session.principalId,
        target: session.target,
        client: clientAddress,
      });
      playbacks.running++;
      const release = () => {
        playbacks.running--;
      };
      return { kind: 'events', events: playback(session, signal), release };
    },
  };
}

function toView(session: SessionRecord): SessionView {
  const { end } = session;
  return {
    id: session.id,
    principalId: session.principalId,
    principalName: session.principalName,
    target: session.target,
    database: session.database,
    clientAddress: session.clientAddress,
    applicationName: session.applicationName,
    startedAt: new Date(session.startedAtMs).toISOString(),
    recorded: session.recordingPath !== undefined,
    ...(end && {
      end: {
        endedAt: new Date(end.endedAtMs).toISOString(),
        reason: end.reason,
        operations: end.operations,
        refused: end.refused,
        rows: end.rows,
        bytesSent: end.bytesSent,
        bytesShown: end.bytesShown,
        recordingSha256: end.recordingSha256,
      },
    }),
  };
}
