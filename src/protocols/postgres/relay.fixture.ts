import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { OpenedReview, ReviewOutcome } from '../../access/review-desk.ts';
import { RewriteCache } from '../../masking/postgres/rewrite-cache.ts';
import type { TargetMasking } from '../../masking/target-masking.ts';
import type { Decision, ReviewedDecision } from '../../policy/decision.ts';
import type { Recorder } from '../../recording/recorder.ts';
import { AnalysisCache } from '../../sql/postgres/analysis-cache.ts';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import type { Catalog, CatalogRelation, CatalogRows } from '../../sql/postgres/catalog.ts';
import { loadParser, type SqlParser } from '../../sql/postgres/parser.ts';
import type { PostgresTarget } from '../../targets/target.ts';
import { encodeBind } from '../../wire/postgres/bind.ts';
import { decodeErrorResponse } from '../../wire/postgres/error-response.ts';
import { encodeExecute } from '../../wire/postgres/execute.ts';
import { FrontendType, finishMessage, startMessage } from '../../wire/postgres/message-framing.ts';
import { encodeParse } from '../../wire/postgres/parse.ts';
import type { GuardedAction, OperationEntry, OperationToReview } from '../guard.ts';
import type { Session, SessionEnd } from '../protocol.ts';
import { CatalogCache } from './catalog-cache.ts';
import { FakeBackend } from './fake-backend.ts';
import type { PostgresSession } from './postgres-session.ts';
import { relay } from './relay.ts';
import { EstimateSlots } from './row-estimator.ts';
import { SessionSettings } from './session-settings.ts';
import { StatementCanceller } from './statement-canceller.ts';

/** Tables of `public` in the fake target's catalog. */
const RELATIONS = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 't', 'denied', 'held'];

/** A session that runs between two sockets of the test. */
export interface RelaySession {
  readonly client: Socket;
  readonly backend: FakeBackend;
  readonly entries: readonly (OperationEntry & { readonly isOpaque: boolean })[];
  readonly refusals: readonly OperationEntry[];
  /** What people were asked, in order. */
  readonly asked: readonly FakeReview[];
  readonly ended: Promise<SessionEnd>;
  /** Sends, and resolves with the answers once the server has had its say. */
  readonly send: (...messages: readonly Buffer[]) => Promise<Answers>;
  /** Runs something that lets the session go on, and resolves with what came of it. */
  readonly after: (act: () => void) => Promise<Answers>;
  readonly canceller: StatementCanceller;
  readonly abort: (reason: SessionEnd) => void;
  /** May be changed while it runs. */
  readonly behaviour: Behaviour;
}

/** A question that was put to people. */
export interface FakeReview {
  readonly held: OperationToReview;
  readonly decision: ReviewedDecision;
  withdrawn: string | undefined;
  /** Says what people said; later withdrawals change nothing. */
  answer(outcome: ReviewOutcome): void;
}

export interface Answers {
  /** Type bytes of what came. */
  readonly types: string;
  readonly errors: readonly ReadonlyMap<string, string>[];
  readonly notices: readonly ReadonlyMap<string, string>[];
}

/** How guard and desk of a session behave. By default `denied` is denied, `held` is reviewed and the rest allowed. */
export interface Behaviour {
  isLedgerWritable?: (number: number) => boolean;
  decide?: (actions: readonly GuardedAction[]) => Decision['kind'];
  /** Answers at once, by the number of the question; undefined leaves it to the test. */
  answer?: (number: number) => ReviewOutcome | undefined;
  onReview?: 'wait' | 'fail';
  rights?: string;
  at?: 'statement' | 'commit';
  /** `schema.name` of what the target has beside `public`. */
  relations?: readonly string[];
  /** Types of the target and code that makes values ones of them. */
  types?: Pick<CatalogRows, 'types' | 'conversions'>;
  /** Default: the target has no data map. */
  masking?: TargetMasking;
  /** Default: no time goes by. */
  nowMs?: () => number;
  /** Default: nothing is recorded. */
  recorder?: Recorder;
  /** Default: no raw track is kept. */
  rawTrack?: Recorder;
}

/** People agree to the request with that number. */
export function approved(number: number): ReviewOutcome {
  return {
    kind: 'approved',
    requestId: `req_${number}`,
    reviewers: ['idp:petra'],
    policyVersion: '1',
  };
}

/** Somebody says no to the request with that number. */
export function rejected(number: number): ReviewOutcome {
  return {
    kind: 'rejected',
    requestId: `req_${number}`,
    reviewer: { id: 'idp:petra', name: 'Petra' },
    comment: 'not on a Friday',
  };
}

/** Starts sessions for one test file, and closes what they leave open. */
export class RelayFixture {
  readonly #parser: SqlParser;
  readonly #listener: Server;
  readonly #running: RelaySession[] = [];

  static async open(): Promise<RelayFixture> {
    const parser = await loadParser({ textBytesMax: 65_536 });
    const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new RelayFixture(parser, listener);
  }

  constructor(parser: SqlParser, listener: Server) {
    this.#parser = parser;
    this.#listener = listener;
  }

  async start(behaviour: Behaviour = {}): Promise<RelaySession> {
    const [client, downstream] = await this.#pair();
    const [upstream, far] = await this.#pair();
    const session = new FakeSession(behaviour);
    const canceller = new StatementCanceller(async () => undefined);
    const backend = new FakeBackend(far, behaviour.relations);
    const ended = relay({ downstream, upstream }, session, {
      ...this.#target(() => catalogOf(backend, behaviour)),
      findMasking: () => behaviour.masking,
      nowMs: behaviour.nowMs ?? (() => 0),
      canceller,
      settings: new SessionSettings('t/d', 'session', new Set()),
    });
    ended.catch(() => undefined);
    const { entries, refusals, asked } = session;
    const after = async (act: () => void): Promise<Answers> => {
      const answers = collect(client);
      act();
      await Promise.race([
        settle(backend, [entries, refusals, asked]),
        ended.catch(() => undefined),
      ]);
      client.emit('settled');
      return answers;
    };
    const running: RelaySession = {
      ...{ client, backend, entries, refusals, asked, ended, after, canceller, behaviour },
      abort: (reason) => session.abort(reason),
      send: (...messages) => after(() => void client.write(Buffer.concat(messages))),
    };
    this.#running.push(running);
    return running;
  }

  /** Closes the sessions of a test. */
  closeSessions(): void {
    for (const { client, backend } of this.#running.splice(0)) {
      client.destroy();
      backend.socket.destroy();
    }
  }

  close(): void {
    this.#listener.close();
  }

  #target(
    read: () => Catalog,
  ): Omit<Parameters<typeof relay>[2], 'canceller' | 'settings' | 'findMasking'> {
    return {
      catalogs: new CatalogCache({
        read: async () => read(),
        onError() {},
        nowMs: () => 0,
        ageMaxMs: 1_000_000,
      }),
      catalog: read(),
      parser: this.#parser,
      cache: new AnalysisCache(),
      rewrites: new RewriteCache(),
      estimates: new EstimateSlots(),
      askApart: undefined,
      messageBytesMax: 1024 * 1024,
      onActivity() {},
      onProtocolError() {},
    };
  }

  async #pair(): Promise<readonly [Socket, Socket]> {
    const { port } = this.#listener.address() as { port: number };
    const accepted = once(this.#listener, 'connection') as Promise<[Socket]>;
    const near = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    near.on('error', () => undefined);
    const [[far]] = await Promise.all([accepted, once(near, 'connect')]);
    far.on('error', () => undefined);
    near.setNoDelay(true);
    far.setNoDelay(true);
    return [near, far];
  }
}

/** A session with its guard and its review desk. */
class FakeSession implements PostgresSession {
  readonly id = 'session';
  readonly principal = {} as Session['principal'];
  readonly target = { sealParameters: false } as PostgresTarget;
  readonly database = 'd';
  readonly account = '';
  readonly recorder: Recorder | undefined;
  readonly rawTrack: Recorder | undefined;
  readonly counts = { operations: 0, refused: 0, rows: 0, bytesSent: 0, bytesShown: 0 };
  readonly entries: (OperationEntry & { readonly isOpaque: boolean })[] = [];
  readonly refusals: OperationEntry[] = [];
  readonly asked: FakeReview[] = [];
  readonly guard: Session['guard'];
  #aborted: (reason: SessionEnd) => void = () => undefined;

  constructor(behaviour: Behaviour) {
    this.recorder = behaviour.recorder;
    this.rawTrack = behaviour.rawTrack;
    let sealed = 0;
    const { entries, refusals } = this;
    this.guard = {
      get rights() {
        return behaviour.rights ?? '';
      },
      decide: (_, actions) => decideAs(behaviour, actions()),
      seal(decision, entry, done) {
        const isWritable = behaviour.isLedgerWritable?.(sealed++) ?? true;
        const isOpaque = decision.kind === 'allow' && decision.policyIds.includes('opaque');
        if (isWritable) entries.push({ ...entry, isOpaque });
        setImmediate(() => done(isWritable ? undefined : new Error('disk full')));
      },
      reveal: () => ({ shown: new Map() }),
      spendPseudonyms: () => true,
      hold: (decision, held, listener) => this.#hold(behaviour, { decision, held }, listener),
      sealRefusal: (_, entry) => void refusals.push(entry),
      note() {},
    };
  }

  share(): () => void {
    throw new Error('Cannot share a terminal: there is none');
  }

  onAbort(listener: (reason: SessionEnd) => void): void {
    this.#aborted = listener;
  }

  abort(reason: SessionEnd): void {
    this.#aborted(reason);
  }

  finish(end: SessionEnd): SessionEnd {
    return end;
  }

  close(): void {}

  #hold(
    { answer, onReview = 'wait' }: Behaviour,
    question: Pick<FakeReview, 'decision' | 'held'>,
    listener: (outcome: ReviewOutcome) => void,
  ): OpenedReview {
    const number = this.asked.length;
    let isOver = false;
    const review: FakeReview = {
      ...question,
      withdrawn: undefined,
      answer(outcome) {
        if (isOver) return;
        isOver = true;
        listener(outcome);
      },
    };
    this.asked.push(review);
    const known = answer?.(number);
    if (known !== undefined) setImmediate(() => review.answer(known));
    const id = onReview === 'wait' ? `req_${number}` : undefined;
    return {
      ...{ id, onReview, url: undefined, expiresAtMs: 1_000 },
      withdraw(reason) {
        if (isOver) return;
        review.withdrawn = reason;
        setImmediate(() =>
          review.answer({ kind: 'withdrawn', requestId: `req_${number}`, reason }),
        );
      },
    };
  }
}

function decideAs(
  { decide, at = 'statement' }: Behaviour,
  actions: readonly GuardedAction[],
): Decision {
  const kind = (decide ?? decideByName)(actions);
  switch (kind) {
    case 'deny':
      return { kind, policyId: 'no', reason: 'it is denied' };
    case 'review':
      return {
        ...{ kind, policyIds: ['look'], rules: [{ groups: ['officers'], quorum: 1 }] },
        ...{ groups: ['officers'], quorum: 1, at, reason: 'look first' },
      };
    case 'allow': {
      const isOpaque = actions.some(({ facts }) => facts['opaque'] === true);
      return { kind, policyIds: isOpaque ? ['opaque'] : [], obligations: [] };
    }
  }
}

function decideByName(actions: readonly GuardedAction[]): Decision['kind'] {
  const touches = (name: string): boolean =>
    actions.some(({ facts }) => (facts['relations'] as string[]).includes(`public.${name}`));
  if (touches('denied')) return 'deny';
  return touches('held') ? 'review' : 'allow';
}

/** Parse, Bind and Execute without names. */
export function run(text: string): readonly Buffer[] {
  return [encodeParse('', text), encodeBind(bindOf('', '')), encodeExecute('')];
}

/** A Bind without parameters. */
export function bindOf(
  portalName: string,
  statementName: string,
): Parameters<typeof encodeBind>[0] {
  return { portalName, statementName, parameterFormats: [], parameters: [], resultFormats: [] };
}

export function copyData(): Buffer {
  return finishMessage(startMessage(FrontendType.CopyData).byte(0x31));
}

/** Resolves once nothing has moved for some turns of the loop. */
export async function settle(
  backend: FakeBackend,
  lists: readonly (readonly unknown[])[],
): Promise<undefined> {
  let quietTurns = 0;
  let before = -1;
  while (quietTurns < 20) {
    await new Promise(setImmediate);
    const listed = lists.reduce((sum, list) => sum + list.length, 0);
    const now = backend.messageCount + listed + backend.socket.bytesWritten;
    quietTurns = now === before ? quietTurns + 1 : 0;
    before = now;
  }
  return undefined;
}

export async function collect(client: Socket): Promise<Answers> {
  const chunks: Buffer[] = [];
  const take = (chunk: Buffer): void => void chunks.push(chunk);
  client.on('data', take);
  const over = new AbortController();
  const { signal } = over;
  await Promise.race([once(client, 'settled', { signal }), once(client, 'end', { signal })]);
  over.abort();
  client.off('data', take);
  const bytes = Buffer.concat(chunks);
  let types = '';
  const errors: ReadonlyMap<string, string>[] = [];
  const notices: ReadonlyMap<string, string>[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const end = offset + 1 + bytes.readInt32BE(offset + 1);
    const type = bytes.toString('latin1', offset, offset + 1);
    types += type;
    const body = bytes.subarray(offset + 5, end);
    if (type === 'E') errors.push(decodeErrorResponse(body).fields);
    if (type === 'N') notices.push(decodeErrorResponse(body).fields);
    offset = end;
  }
  return { types, errors, notices };
}

function catalogOf({ names }: FakeBackend, { types }: Behaviour): Catalog {
  const relations = [...RELATIONS.map((name) => `public.${name}`), ...names.committedRelations];
  return buildCatalog({
    serverVersion: 150000,
    relations: relations.map(relationNamed),
    userFunctions: [],
    ...types,
  });
}

const oids = new Map<string, number>();

/** The same OID for the same name. */
function relationNamed(qualified: string): CatalogRelation {
  const [schema = '', name = ''] = qualified.split('.');
  const oid = oids.get(qualified) ?? 16_384 + oids.size;
  oids.set(qualified, oid);
  return describeTable({ oid, schema, name }, ['n']);
}
