import type { EndReason } from '../api/grant.ts';
import type { IdPath } from '../api/identifiers.ts';
import type { PageQuery } from '../api/page.ts';
import type { RecordingQuery } from '../api/playback-event.ts';
import type { RawTrackPiece } from '../api/raw-track.ts';
import type { SessionQuery, SessionView } from '../api/session.ts';
import type { EntryFields, LedgerPort } from '../audit/ledger-port.ts';
import { seal } from '../audit/seal.ts';
import { seekPlayback } from '../recording/seek-playback.ts';
import type { SessionFilter, SessionRecord } from '../recording/session-index.ts';
import { type Answer, answerJson, answerProblem, answerTooMany } from './answer.ts';
import { EventStream } from './event-stream.ts';
import type { FoundSubject, SignedInCall } from './handler.ts';
import { coverLog, coverLogs } from './ledger-coverage.ts';
import type { ControlPlaneServices } from './services.ts';
import { readTimelinePage } from './session-timeline.ts';
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
      matches ??= await searchStatements(q, signal);
      if (matches === undefined) return answerTooMany('too many searches are running');
      for (const session of visible) {
        const texts = matches.get(session.id);
        if (texts !== undefined) found.push({ ...toView(session), matches: texts });
      }
    }
    cursor = read.nextCursor;
    if (cursor === undefined) break;
  }
  return answerJson({ sessions: found, coverage: await coverLogs(services), nextCursor: cursor });
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

/** Enters something that was counted as running already; without its entry, it is not. */
async function sealOr(release: () => void, ledger: LedgerPort, entry: EntryFields): Promise<void> {
  try {
    await seal(ledger, entry);
  } catch (error) {
    release();
    throw error;
  }
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
  { path, query, principal, clientAddress, signal }: SignedInCall,
): Promise<FoundSubject | undefined> {
  const session = await sessions.find((path as IdPath).id);
  if (session === undefined) return undefined;
  const { from = 0 } = query as RecordingQuery;
  return {
    target: session.target,
    owner: session.principalId,
    handle: async () => {
      if (session.recordingPath === undefined) {
        return answerProblem('not-found', 'the session was not recorded');
      }
      if (playbacks.running >= PLAYBACKS_MAX) {
        return answerTooMany('too many recordings are being played');
      }
      playbacks.running++;
      const release = (): void => {
        playbacks.running--;
      };
      await sealOr(release, ledger, {
        kind: 'recording.watch',
        principal: principal.id,
        watched: session.id,
        owner: session.principalId,
        target: session.target,
        client: clientAddress,
      });
      return { kind: 'events', events: seekPlayback(playback(session, signal), from), release };
    },
  };
}

/** Hands out a sealed raw track; that it was is in the ledger before its first byte. */
export async function findRawTrack(
  { sessions, ledger, rawTrack }: ControlPlaneServices,
  playbacks: Playbacks,
  { path, principal, clientAddress }: SignedInCall,
): Promise<FoundSubject | undefined> {
  const session = await sessions.find((path as IdPath).id);
  if (session === undefined) return undefined;
  return {
    target: session.target,
    owner: session.principalId,
    handle: async () => {
      if (playbacks.running >= PLAYBACKS_MAX) {
        return answerTooMany('too many recordings are being played');
      }
      const track = await rawTrack(session);
      if (track === undefined) return answerProblem('not-found', 'there is no raw track');
      playbacks.running++;
      const release = (): void => {
        playbacks.running--;
      };
      await sealOr(release, ledger, {
        kind: 'recording.unseal',
        principal: principal.id,
        watched: session.id,
        owner: session.principalId,
        target: session.target,
        client: clientAddress,
      });
      return { kind: 'events', events: toPieces(track), release };
    },
  };
}

async function* toPieces(track: AsyncIterable<Uint8Array>): AsyncGenerator<RawTrackPiece, void> {
  for await (const bytes of track) yield { bytes: Buffer.from(bytes).toString('base64') };
}

/** Live views that this process serves at the same time. */
const WATCHED_MAX = 32;

/** Watching a session shows what it is shown, so that is in the ledger before the first line. */
export async function findLive(
  { sessions, ledger, follow, authorize }: ControlPlaneServices,
  playbacks: Playbacks,
  { path, principal, clientAddress, signal, isStillSignedIn }: SignedInCall,
): Promise<FoundSubject | undefined> {
  const session = await sessions.find((path as IdPath).id);
  if (session === undefined) return undefined;
  const { target, principalId: owner } = session;
  // A grant or a policy that let the asker watch may be gone before the session is.
  const mayStillWatch = async (): Promise<boolean> =>
    (await isStillSignedIn()) &&
    authorize({ action: 'session.watch', principal, target, owner }).kind === 'allow';
  return {
    target,
    owner,
    handle: async () => {
      if (session.recordingPath === undefined) {
        return answerProblem('not-found', 'the session is not recorded');
      }
      if (playbacks.running >= WATCHED_MAX) {
        return answerTooMany('too many sessions are being watched');
      }
      playbacks.running++;
      const release = (): void => {
        playbacks.running--;
      };
      await sealOr(release, ledger, {
        kind: 'recording.watch',
        principal: principal.id,
        watched: session.id,
        owner: session.principalId,
        target: session.target,
        live: true,
        client: clientAddress,
      });
      const stream = new EventStream({ isStillEntitled: mayStillWatch, signal });
      void stream.pipe(follow(session, stream.signal));
      return { kind: 'stream', messages: stream, release };
    },
  };
}

/** Entries of a timeline on one page. */
const TIMELINE_PAGE = 200;

/** Timelines that this process reads at the same time: each page reads the ledger from the session's beginning. */
const TIMELINES_MAX = 8;

/** What a session did, by the ledger. Reading it is entered there first. */
export async function findTimeline(
  services: ControlPlaneServices,
  timelines: Playbacks,
  { path, query, principal, clientAddress, signal }: SignedInCall,
): Promise<FoundSubject | undefined> {
  const { sessions, sessionEntries, ledger } = services;
  const session = await sessions.find((path as IdPath).id);
  if (session === undefined) return undefined;
  const { limit = TIMELINE_PAGE, cursor } = query as PageQuery;
  return {
    target: session.target,
    owner: session.principalId,
    handle: async () => {
      if (timelines.running >= TIMELINES_MAX) {
        return answerTooMany('too many timelines are being read');
      }
      timelines.running++;
      try {
        await seal(ledger, {
          kind: 'session.read',
          principal: principal.id,
          watched: session.id,
          owner: session.principalId,
          target: session.target,
          client: clientAddress,
        });
        const after = Number(/^\d{1,15}$/.exec(cursor ?? '')?.[0] ?? 0);
        const page = { after, limit, signal };
        const coverage = await coverLog(services, session.gateway);
        return answerJson({ ...(await readTimelinePage(sessionEntries(session), page)), coverage });
      } finally {
        timelines.running--;
      }
    },
  };
}

/** Has a session end, whichever process serves it. */
export async function findSessionToEnd(
  { sessions, ledger, nowMs }: ControlPlaneServices,
  { path, json, principal, clientAddress }: SignedInCall,
): Promise<FoundSubject | undefined> {
  const session = await sessions.find((path as IdPath).id);
  if (session === undefined) return undefined;
  const { reason } = json as EndReason;
  return {
    target: session.target,
    owner: session.principalId,
    handle: async () => {
      if (session.end !== undefined) return answerProblem('conflict', 'the session has ended');
      await seal(ledger, {
        kind: 'session.stop',
        principal: principal.id,
        stopped: session.id,
        owner: session.principalId,
        target: session.target,
        client: clientAddress,
        content: { reason },
      });
      const runs = await sessions.requestStop(session.id, nowMs());
      if (!runs) return answerProblem('conflict', 'the session has ended');
      return answerJson(toView(session));
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
