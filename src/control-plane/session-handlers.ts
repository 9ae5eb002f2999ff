import type { EndReason } from '../api/grant.ts';
import type { SessionQuery, SessionView } from '../api/session.ts';
import { seal } from '../audit/seal.ts';
import type { SessionFilter, SessionRecord } from '../recording/session-index.ts';
import { type Answer, answerJson, answerProblem, answerTooMany } from './answer.ts';
import { findSubject } from './find-subject.ts';
import type { FoundSubject, SignedInCall } from './handler.ts';
import { coverLogs } from './ledger-coverage.ts';
import type { ControlPlaneServices } from './services.ts';
import { VisibleSessions } from './visible-sessions.ts';

/** Pages of the index that are looked through for one page of an answer: policy may leave little of each. */
const PAGES_MAX = 10;
/** Sessions read at a time, of which a search keeps few. */
const SEARCHED_PAGE = 500;
/** How much of what a principal may ask for in a while one search takes, beside its route. */
const SEARCH_WEIGHT = 40;

/**
 * Lists what the asker may see: policy decides each session by itself, as it may look at whose it is.
 * A page can therefore come out shorter than asked for, or empty, and still have a next one.
 */
export async function listSessions(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const { principal } = call;
  const query = call.query as SessionQuery;
  const { mine, principal: principalId, target, since, state, limit, cursor, q } = query;
  if (mine === true && principalId !== undefined && principalId !== principal.id) {
    return answerJson({ sessions: [] });
  }
  const wanted = mine === true ? principal.id : principalId;
  const filter: SessionFilter = {
    ...(wanted !== undefined && { principalId: wanted }),
    ...(target !== undefined && { target }),
    ...(since !== undefined && { sinceMs: Date.parse(since) }),
    ...(state !== undefined && { state }),
    ...(limit !== undefined && { limit }),
    ...(cursor !== undefined && { cursor }),
  };
  if (q !== undefined) return searchSessions(services, call, filter, q);
  const page = await services.sessions.list(filter);
  const visible = new VisibleSessions(services, 'session.list', principal);
  const sessions = await visible.filter(page.sessions);
  return answerJson({ sessions: sessions.map(toView), nextCursor: page.nextCursor });
}

/**
 * Finds sessions by what their statements say. Only sessions that the asker may watch are looked at: a
 * search tells what is in them. For who may watch none, nothing is searched. That it was made is in the ledger first.
 */
async function searchSessions(
  services: ControlPlaneServices,
  { principal, clientAddress, signal }: SignedInCall,
  filter: SessionFilter,
  q: string,
): Promise<Answer> {
  // Each page by itself: a cursor is no proof that the first one was asked for.
  const { id } = principal;
  const { ledger, limits, sessions, searchStatements } = services;
  const waitSeconds = limits.takePrincipal(id, SEARCH_WEIGHT);
  if (waitSeconds !== undefined) return answerTooMany('you search too often', waitSeconds);
  await seal(ledger, {
    kind: 'session.search',
    principal: id,
    client: clientAddress,
    content: { text: q },
  });
  const watchable = new VisibleSessions(services, 'session.watch', principal);
  const coverage = await coverLogs(services);
  let matches: Awaited<ReturnType<typeof searchStatements>>;
  const limit = filter.limit ?? 50;
  const found: SessionView[] = [];
  let { cursor } = filter;
  for (let page = 0; page < PAGES_MAX && found.length < limit; page++) {
    const read = await sessions.list({
      ...filter,
      limit: SEARCHED_PAGE,
      ...(cursor !== undefined && { cursor }),
    });
    const visible = await watchable.filter(read.sessions);
    if (visible.length > 0) {
      matches ??= await searchStatements(q, coverage.read, signal);
      if (matches === undefined) return answerTooMany('too many searches are running');
      for (const session of visible) {
        const texts = matches.get(session.id);
        if (texts !== undefined) found.push({ ...toView(session), matches: texts });
      }
    }
    cursor = read.nextCursor;
    if (cursor === undefined) break;
  }
  return answerJson({ sessions: found, coverage, nextCursor: cursor });
}

/** Shows one session. */
export async function findSession(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<FoundSubject | undefined> {
  return findSubject(services, call, async (session) => answerJson(toView(session)));
}

/** Has a session end, whichever process serves it. */
export async function findSessionToEnd(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<FoundSubject | undefined> {
  const { sessions, ledger, nowMs } = services;
  const { reason } = call.json as EndReason;
  return findSubject(services, call, async (session) => {
    if (session.end !== undefined) return answerProblem('conflict', 'the session has ended');
    await seal(ledger, {
      kind: 'session.stop',
      principal: call.principal.id,
      stopped: session.id,
      owner: session.principalId,
      target: session.target,
      client: call.clientAddress,
      content: { reason },
    });
    const runs = await sessions.requestStop(session.id, nowMs());
    if (!runs) return answerProblem('conflict', 'the session has ended');
    return answerJson(toView(session));
  });
}

function toView(session: SessionRecord): SessionView {
  const { end } = session;
  return {
    id: session.id,
    principalId: session.principalId,
    principalName: session.principalName,
    target: session.target,
    database: session.database,
    account: session.account,
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
