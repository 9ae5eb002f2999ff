import type { TodayCounts } from '../api/overview.ts';
import type { SessionMatch } from '../api/session.ts';
import type { EntryCounts } from '../audit/entry-tally.ts';
import type { Disclosure } from '../audit/find-disclosures.ts';
import type { LogDescription } from '../audit/ledger-reader.ts';
import type { StoredEntry } from '../audit/read-entries.ts';
import type { ControlPlaneServices } from '../control-plane/services.ts';
import type { PeerQuestion } from '../gateway/peers/peer-question.ts';
import type { Peers } from '../gateway/peers/peers.ts';
import type { GuestAnswer } from '../gateway/session-guests.ts';
import type { RecordedEvent } from '../recording/recorded-event.ts';
import type { SessionRecord } from '../recording/session-index.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import { ownerOf } from './log-owner.ts';
import { type OwnReading, takeNewest } from './open-own-reading.ts';

/** What the control plane reads, wherever it lies. */
export interface JointReading extends JointServices {
  /** The newest operations of these logs, newest first. */
  lastOperations(count: number, logs: readonly string[]): Promise<readonly StoredEntry[]>;
  /** The ledgers that these logs are in, by the name of their gateway: this one's, and those of others. */
  ledgers(logs: readonly string[]): ReadonlyMap<string, AsyncIterable<unknown>>;
}

type JointServices = Pick<
  ControlPlaneServices,
  | 'sessionEntries'
  | 'searchStatements'
  | 'countToday'
  | 'findDisclosures'
  | 'ledgerFiles'
  | 'follow'
  | 'playback'
  | 'rawTrack'
  | 'askGuests'
>;

/** What {@link openJointReading} puts together. */
export interface JointReadingParts {
  /** Name of this gateway. */
  readonly gateway: string;
  readonly reading: OwnReading;
  /** Guests in sessions of this gateway. */
  readonly askGuests: ControlPlaneServices['askGuests'];
  /** Undefined where there are no others. */
  readonly peers: Pick<Peers, 'ask' | 'names'> | undefined;
  readonly log: Log;
}

/** Milliseconds that another gateway may take to say which logs it has. */
const LOGS_WAIT_MS = 2_000;

/** Reads own logs and recordings here, and those of other gateways there. */
export function openJointReading(parts: JointReadingParts): JointReading {
  const { gateway, reading } = parts;
  const isOwn = (log: string): boolean => ownerOf(log) === gateway;
  return {
    ...openLedgerFiles(parts, isOwn),
    askGuests: async (log, question) => {
      if (isOwn(log)) return parts.askGuests(log, question);
      const answer = await askOnce<GuestAnswer>(parts, log, { kind: 'guests', log, question });
      return answer ?? { kind: 'gone' };
    },
    sessionEntries: (session) =>
      isOwn(session.gateway)
        ? reading.sessionEntries(session)
        : ask<StoredEntry>(parts, session.gateway, {
            kind: 'session-entries',
            session: session.id,
          }),
    playback: (session, signal) =>
      isOwn(session.gateway)
        ? reading.playback(session, signal)
        : askForEvents(parts, 'playback', session, signal),
    follow: (session, signal) =>
      isOwn(session.gateway)
        ? reading.follow(session, signal)
        : askForEvents(parts, 'follow', session, signal),
    rawTrack: (session) => readRawTrack(parts, session, isOwn),
    lastOperations: async (count, logs) => {
      const question = { kind: 'operations', last: count } as const;
      const found = await Promise.all([
        reading.lastOperations(count),
        ...othersOf(parts, logs).map((other) =>
          Array.fromAsync(askGateway<StoredEntry>(parts, other, question)),
        ),
      ]);
      return takeNewest(found.flat(), count);
    },
    ledgers: (logs) =>
      new Map<string, AsyncIterable<unknown>>([
        [gateway, reading.ledgerPieces()],
        ...othersOf(parts, logs).map(
          (other) => [other, askGateway(parts, other, { kind: 'ledger' })] as const,
        ),
      ]),
    searchStatements: (text, logs, signal) => searchEverywhere(parts, text, logs, signal),
    countToday: (logs) => countEverywhere(parts, logs),
    findDisclosures: async (question, logs) => {
      const own = await reading.findDisclosures(question);
      if (own === undefined) return undefined;
      const { target, patient, sinceMs } = question;
      const elsewhere = othersOf(parts, logs).map((other) =>
        askGateway<Disclosure>(parts, other, { kind: 'disclosures', target, patient, sinceMs }),
      );
      return { ...own, disclosures: mergeByTime([own.disclosures, ...elsewhere]) };
    },
  };
}

function openLedgerFiles(
  parts: JointReadingParts,
  isOwn: (log: string) => boolean,
): Pick<JointReading, 'ledgerFiles'> {
  const own = parts.reading.ledgerFiles;
  return {
    ledgerFiles: {
      listLogs: async () => [
        ...(await own.listLogs()),
        ...(await listElsewhere(parts)).filter(({ name }) => !isOwn(name)),
      ],
      listCheckpoints: (log, limit) =>
        isOwn(log)
          ? own.listCheckpoints(log, limit)
          : askOnce(parts, log, { kind: 'checkpoints', log, limit }),
      listEntries: (log, query) =>
        isOwn(log)
          ? own.listEntries(log, query)
          : askOnce(parts, log, { kind: 'entries', log, query }),
      prove: (log, index) =>
        isOwn(log) ? own.prove(log, index) : askOnce(parts, log, { kind: 'proof', log, index }),
      readContent: (log, index) =>
        isOwn(log)
          ? own.readContent(log, index)
          : askOnce(parts, log, { kind: 'content', log, index }),
    },
  };
}

/** Logs of the others, of those that answer in time. */
async function listElsewhere({
  peers,
  log,
}: JointReadingParts): Promise<readonly LogDescription[]> {
  const answers = (peers?.names ?? []).map(async (name) => {
    try {
      const signal = AbortSignal.timeout(LOGS_WAIT_MS);
      const logs = await Array.fromAsync(peers?.ask(name, { kind: 'logs' }, signal) ?? []);
      // A gateway speaks for itself, not for others.
      return (logs as LogDescription[]).filter((one) => ownerOf(one.name) === name);
    } catch (error) {
      logUnexpectedError(log, 'gateway link', error);
      return [];
    }
  });
  return (await Promise.all(answers)).flat();
}

// oxlint-disable-next-line max-params -- of whom, what, of which session, until when
function askForEvents(
  parts: JointReadingParts,
  kind: 'playback' | 'follow',
  { id: session, gateway: log }: SessionRecord,
  signal: AbortSignal,
): AsyncGenerator<RecordedEvent, void> {
  return ask<RecordedEvent>(parts, log, { kind, session }, signal);
}

async function readRawTrack(
  parts: JointReadingParts,
  session: SessionRecord,
  isOwn: (log: string) => boolean,
): ReturnType<JointReading['rawTrack']> {
  if (isOwn(session.gateway)) return parts.reading.rawTrack(session);
  const question = { kind: 'raw-track', session: session.id } as const;
  const pieces = ask<Buffer>(parts, session.gateway, question);
  const first = await pieces.next();
  if (first.done === true) return undefined;
  return (async function* () {
    yield first.value;
    yield* pieces;
  })();
}

async function searchEverywhere(
  parts: JointReadingParts,
  text: string,
  logs: readonly string[],
  signal: AbortSignal,
): ReturnType<JointReading['searchStatements']> {
  const elsewhere = othersOf(parts, logs).map((other) =>
    Array.fromAsync(
      askGateway<readonly [string, readonly SessionMatch[]]>(
        parts,
        other,
        { kind: 'search', text },
        signal,
      ),
    ),
  );
  const [own, ...others] = await Promise.all([
    parts.reading.searchStatements(text, signal),
    ...elsewhere,
  ]);
  return own && new Map([...own, ...others.flat()]);
}

async function countEverywhere(
  parts: JointReadingParts,
  logs: readonly string[],
): ReturnType<JointReading['countToday']> {
  const elsewhere = othersOf(parts, logs).map((other) =>
    Array.fromAsync(askGateway<EntryCounts>(parts, other, { kind: 'today' })),
  );
  const [own, ...others] = await Promise.all([parts.reading.countToday(), ...elsewhere]);
  return others.flat().reduce<Omit<TodayCounts, 'coverage'>>(
    (sum, counts) => ({
      ...sum,
      sessions: sum.sessions + counts.sessions,
      operations: sum.operations + counts.operations,
      refusals: sum.refusals + counts.refusals,
      maskedValues: sum.maskedValues + counts.maskedValues,
    }),
    own,
  );
}

/** Merges what is in the order of time into one such row. */
async function* mergeByTime(
  rows: readonly AsyncIterable<Disclosure>[],
): AsyncGenerator<Disclosure, void> {
  const rests = rows.map((row) => row[Symbol.asyncIterator]());
  try {
    const heads = await Promise.all(
      rests.map(async (rest) => ({
        rest,
        next: (await rest.next()).value as Disclosure | undefined,
      })),
    );
    for (;;) {
      const waiting = heads.filter((head) => head.next !== undefined);
      const [first, ...more] = waiting;
      if (first === undefined) return;
      const earliest = more.reduce(
        (a, b) => ((b.next?.at ?? '') < (a.next?.at ?? '') ? b : a),
        first,
      );
      if (earliest.next !== undefined) yield earliest.next;
      earliest.next = (await earliest.rest.next()).value as Disclosure | undefined;
    }
  } finally {
    for (const rest of rests) await rest.return?.();
  }
}

/** The other gateways that some logs are of. */
function othersOf({ gateway }: JointReadingParts, logs: readonly string[]): readonly string[] {
  return [...new Set(logs.map(ownerOf))].filter((owner) => owner !== gateway);
}

/** Undefined where the gateway has no such thing, and where there is no such gateway. */
async function askOnce<Answer>(
  parts: JointReadingParts,
  log: string,
  question: PeerQuestion,
): Promise<Answer | undefined> {
  if (parts.peers?.names.includes(ownerOf(log)) !== true) return undefined;
  for await (const answer of ask<Answer | null>(parts, log, question)) return answer ?? undefined;
  return undefined;
}

function ask<Answer>(
  parts: JointReadingParts,
  log: string,
  question: PeerQuestion,
  signal?: AbortSignal,
): AsyncGenerator<Answer, void> {
  return askGateway(parts, ownerOf(log), question, signal);
}

// oxlint-disable-next-line max-params -- whom, what, and until when
async function* askGateway<Answer>(
  { peers }: JointReadingParts,
  gateway: string,
  question: PeerQuestion,
  signal?: AbortSignal,
): AsyncGenerator<Answer, void> {
  if (peers === undefined) return;
  // Gateways answer each question with what it says; a version that says otherwise knows no such question.
  for await (const value of peers.ask(gateway, question, signal)) yield value as Answer;
}
