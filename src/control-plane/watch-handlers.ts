import type { PageQuery } from '../api/page.ts';
import type { LiveQuery, RecordingQuery } from '../api/playback-event.ts';
import type { RawTrackPiece } from '../api/raw-track.ts';
import type { SessionAction } from '../api/route.ts';
import type { EntryFields, EntryKind } from '../audit/ledger-port.ts';
import { seal } from '../audit/seal.ts';
import type { PrincipalId } from '../identity/principal.ts';
import { drawScreens } from '../recording/draw-screens.ts';
import { seekPlayback } from '../recording/seek-playback.ts';
import type { SessionRecord } from '../recording/session-index.ts';
import { type Answer, answerJson, answerProblem, answerTooMany } from './answer.ts';
import { EventStream } from './event-stream.ts';
import { findSubject } from './find-subject.ts';
import type { FoundSubject, SignedInCall } from './handler.ts';
import { coverLog } from './ledger-coverage.ts';
import type { ControlPlaneServices } from './services.ts';
import { readTimelinePage } from './session-timeline.ts';
import { type Entitlement, whileEntitled } from './while-entitled.ts';

/** What is shown at the same time. */
export interface Watches {
  /** To whom, once for each. */
  readonly watchers: PrincipalId[];
}

interface WatchLimits {
  readonly max: number;
  /** To one principal: whoever does not read on keeps a place for as long as they like. */
  readonly perPrincipalMax: number;
}

/** Recordings that this process plays at the same time: each is decompressed and decoded. */
const PLAYBACKS: WatchLimits = { max: 16, perPrincipalMax: 6 };
/** Live views that this process serves at the same time. */
const LIVE_VIEWS: WatchLimits = { max: 32, perPrincipalMax: 12 };
/** Timelines that this process reads at the same time: each page reads the ledger from the session's beginning. */
const TIMELINES: WatchLimits = { max: 8, perPrincipalMax: 4 };
/** Entries of a timeline on one page. */
const TIMELINE_PAGE = 200;

/** Playing a recording shows what was shown in it, so that is in the ledger before its first line. */
export async function findRecording(
  services: ControlPlaneServices,
  playbacks: Watches,
  call: SignedInCall,
): Promise<FoundSubject | undefined> {
  const { from = 0, terminals } = call.query as RecordingQuery;
  return findSubject(services, call, async (session) => {
    if (session.recordingPath === undefined) {
      return answerProblem('not-found', 'the session was not recorded');
    }
    if (isFull(playbacks, call, PLAYBACKS)) {
      return answerTooMany('too many recordings are being played');
    }
    return watch(playbacks, call, async (release) => {
      if (!(await isReachable(services, session))) return UNREACHABLE;
      await seal(services.ledger, describe('recording.watch', session, call));
      const events = seekPlayback(services.playback(session, call.signal), from);
      const shown = terminals === 'screens' ? drawScreens(events, from) : events;
      const entitlement = entitlementTo('session.watch', services, session, call);
      return { kind: 'events', events: whileEntitled(shown, entitlement), release };
    });
  });
}

/** Hands out a sealed raw track; that it was is in the ledger before its first byte. */
export async function findRawTrack(
  services: ControlPlaneServices,
  playbacks: Watches,
  call: SignedInCall,
): Promise<FoundSubject | undefined> {
  return findSubject(services, call, async (session) => {
    if (isFull(playbacks, call, PLAYBACKS)) {
      return answerTooMany('too many recordings are being played');
    }
    return watch(playbacks, call, async (release) => {
      if (!(await isReachable(services, session))) return UNREACHABLE;
      const track = await services.rawTrack(session);
      if (track === undefined) return answerProblem('not-found', 'there is no raw track');
      await seal(services.ledger, describe('recording.unseal', session, call));
      const entitlement = entitlementTo('session.unseal', services, session, call);
      return { kind: 'events', events: whileEntitled(toPieces(track), entitlement), release };
    });
  });
}

/** A grant, a policy or a sign-in that let the asker see a session may be gone before all of it is shown. */
function entitlementTo(
  action: SessionAction,
  { authorize, nowMs }: ControlPlaneServices,
  { target, principalId: owner }: SessionRecord,
  { principal, isStillSignedIn }: SignedInCall,
): Entitlement {
  const isStillEntitled = async (): Promise<boolean> =>
    (await isStillSignedIn()) && authorize({ action, principal, target, owner }).kind === 'allow';
  return { isStillEntitled, nowMs };
}

/** Recordings stay with the gateway that made them, as logs do. */
async function isReachable(
  services: ControlPlaneServices,
  { gateway }: SessionRecord,
): Promise<boolean> {
  return (await coverLog(services, gateway)).missing.length === 0;
}

const UNREACHABLE = answerProblem(
  'unavailable',
  'the gateway that has the recording does not answer',
  'Try again once it is back.',
);

async function* toPieces(track: AsyncIterable<Uint8Array>): AsyncGenerator<RawTrackPiece, void> {
  for await (const bytes of track) yield { bytes: Buffer.from(bytes).toString('base64') };
}

/** Watching a session shows what it is shown, so that is in the ledger before the first line. */
export async function findLive(
  services: ControlPlaneServices,
  liveViews: Watches,
  call: SignedInCall,
): Promise<FoundSubject | undefined> {
  const { signal } = call;
  const { terminals } = call.query as LiveQuery;
  return findSubject(services, call, async (session) => {
    if (session.recordingPath === undefined) {
      return answerProblem('not-found', 'the session is not recorded');
    }
    if (isFull(liveViews, call, LIVE_VIEWS)) {
      return answerTooMany('too many sessions are being watched');
    }
    const { isStillEntitled } = entitlementTo('session.watch', services, session, call);
    return watch(liveViews, call, async (release) => {
      if (!(await isReachable(services, session))) return UNREACHABLE;
      await seal(services.ledger, {
        ...describe('recording.watch', session, call),
        live: true,
      });
      const stream = new EventStream({ isStillEntitled, signal });
      const events = services.follow(session, stream.signal);
      void stream.pipe(terminals === 'screens' ? drawScreens(events, 0) : events);
      return { kind: 'stream', messages: stream, release };
    });
  });
}

/** What a session did, by the ledger. Reading it is entered there first. */
export async function findTimeline(
  services: ControlPlaneServices,
  timelines: Watches,
  call: SignedInCall,
): Promise<FoundSubject | undefined> {
  const { limit = TIMELINE_PAGE, cursor } = call.query as PageQuery;
  return findSubject(services, call, async (session) => {
    if (isFull(timelines, call, TIMELINES)) {
      return answerTooMany('too many timelines are being read');
    }
    return watch(timelines, call, async () => {
      await seal(services.ledger, describe('session.read', session, call));
      const after = Number(/^\d{1,15}$/.exec(cursor ?? '')?.[0] ?? 0);
      const page = { after, limit, signal: call.signal };
      const coverage = await coverLog(services, session.gateway);
      if (coverage.missing.length > 0) return answerJson({ entries: [], coverage });
      const found = await readTimelinePage(services.sessionEntries(session), page);
      return answerJson({ ...found, coverage });
    });
  });
}

function isFull(
  { watchers }: Watches,
  { principal }: SignedInCall,
  { max, perPrincipalMax }: WatchLimits,
): boolean {
  const own = watchers.filter((id) => id === principal.id);
  return watchers.length >= max || own.length >= perPrincipalMax;
}

/** Counts an answer from before it is made until it is sent; what goes on after that says itself when it ends. */
async function watch(
  { watchers }: Watches,
  { principal }: SignedInCall,
  answer: (release: () => void) => Promise<Answer>,
): Promise<Answer> {
  watchers.push(principal.id);
  const release = (): void => {
    watchers.splice(watchers.indexOf(principal.id), 1);
  };
  let lasts = false;
  try {
    const made = await answer(release);
    lasts = made.kind === 'events' || made.kind === 'stream';
    return made;
  } finally {
    if (!lasts) release();
  }
}

/** Who looks at a session of whom. */
function describe(
  kind: EntryKind,
  { id, principalId, target }: SessionRecord,
  { principal, clientAddress }: SignedInCall,
): EntryFields {
  return {
    kind,
    principal: principal.id,
    watched: id,
    owner: principalId,
    target,
    client: clientAddress,
  };
}
