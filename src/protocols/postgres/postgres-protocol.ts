import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import { clientAddressOf } from '../../identity/client-address.ts';
import { untilAborted } from '../../identity/until-aborted.ts';
import type { RewriteCache } from '../../masking/postgres/rewrite-cache.ts';
import type { TargetMasking } from '../../masking/target-masking.ts';
import { combineDecisions } from '../../policy/combine-decisions.ts';
import type { AnalysisCache } from '../../sql/postgres/analysis-cache.ts';
import type { Catalog } from '../../sql/postgres/catalog.ts';
import type { SqlParser } from '../../sql/postgres/parser.ts';
import type { PostgresTarget } from '../../targets/target.ts';
import { encodeAuthenticationOk } from '../../wire/postgres/authentication.ts';
import { encodeBackendKeyData } from '../../wire/postgres/backend-key-data.ts';
import type { ErrorFields } from '../../wire/postgres/error-response.ts';
import { encodeNegotiateProtocolVersion } from '../../wire/postgres/negotiate-protocol-version.ts';
import { encodeParameterStatus } from '../../wire/postgres/parameter-status.ts';
import { encodeReadyForQuery } from '../../wire/postgres/ready-for-query.ts';
import type { StartupMessage } from '../../wire/postgres/startup-message.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { OperationEntry } from '../guard.ts';
import { type Door, isOn, type Protocol, type Session, type SessionEnd } from '../protocol.ts';
import { UpstreamError } from '../upstream-error.ts';
import type { CancelKey, CancelKeys, Cancellable } from './cancel-keys.ts';
import type { CatalogCache } from './catalog-cache.ts';
import { readRows, type TextRow } from './catalog-reader.ts';
import { acceptDownstream, type Downstream, type DownstreamOptions } from './downstream.ts';
import type { PostgresSession } from './postgres-session.ts';
import { phraseRefusal } from './refusal.ts';
import { type RelayEnds, type RelayParts, relay } from './relay.ts';
import { EstimateSlots } from './row-estimator.ts';
import { ServerRefusalError } from './server-refusal-error.ts';
import { SessionSettings } from './session-settings.ts';
import { describeSetting } from './setting-operation.ts';
import { signIn, type TokenCarrier } from './sign-in.ts';
import { formatSetting, listStartupSettings } from './startup-options.ts';
import { takeStartReason } from './stated-reason.ts';
import { StatementCanceller } from './statement-canceller.ts';
import type { UpstreamConnection } from './upstream.ts';

/** Newest protocol that the gateway speaks with clients: 3.2. */
const MINOR_VERSION_MAX = 2;

/** What the gateway calls itself when it asks something for reviewers. */
const OWN_SETTINGS: ReadonlyMap<string, string> = new Map([
  ['application_name', 'sallyport review'],
  ['client_encoding', 'UTF8'],
  // Whatever role and database have it set to: a text must be read there as it was analysed.
  ['standard_conforming_strings', 'on'],
]);

/** What sessions share, and what the protocol cannot do by itself. */
export interface PostgresProtocolParts {
  readonly downstream: DownstreamOptions;
  /** Of this moment. */
  readonly carrier: () => TokenCarrier;
  /** Milliseconds from the first byte to the end of the login. */
  readonly handshakeTimeoutMs: number;
  readonly messageBytesMax: number;
  readonly parser: SqlParser;
  readonly cache: AnalysisCache;
  readonly rewrites: RewriteCache;
  readonly cancelKeys: CancelKeys;
  /** Logs in to the target's database, not with the client's credential. */
  readonly connect: (
    session: PostgresSession,
    settings: ReadonlyMap<string, string>,
    signal: AbortSignal,
  ) => Promise<UpstreamConnection>;
  readonly cancelUpstream: (
    session: PostgresSession,
    key: UpstreamConnection['backendKey'],
  ) => Promise<void>;
  readonly findCatalogs: (target: PostgresTarget, database: string) => CatalogCache;
  readonly findMasking: (targetName: string) => TargetMasking | undefined;
  readonly onUpstreamError: (session: Session, error: Error) => void;
  readonly onProtocolError: (error: ProtocolError, session: Session | undefined) => void;
  readonly onActivity: (session: Session) => void;
}

/** PostgreSQL, on both sides. */
export class PostgresProtocol implements Protocol {
  readonly kind = 'postgres';
  readonly #parts: PostgresProtocolParts;
  readonly #estimates = new EstimateSlots();

  constructor(parts: PostgresProtocolParts) {
    this.#parts = parts;
  }

  /**
   * Serves one client connection; the data path, read top to bottom.
   *
   * Not async on purpose: what signing in needs (the socket below TLS, the deadline, the startup
   * message) is gone while the session runs, which for idle ones is most of what they would cost.
   */
  serve(socket: Socket, door: Door, signal: AbortSignal): Promise<SessionEnd | undefined> {
    return this.#open(socket, door, signal).then((run) => run?.());
  }

  async #open(socket: Socket, door: Door, signal: AbortSignal): Promise<RunSession | undefined> {
    // Between two owners nobody listens, and an error without a listener would end the process.
    socket.on('error', ignoreError);
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(this.#parts.handshakeTimeoutMs)]);
    setMaxListeners(0, deadline);
    let active = socket;
    let run: RunSession | undefined;
    try {
      const opening = await acceptDownstream(socket, this.#parts.downstream, deadline);
      if (opening.kind === 'startup') {
        active = opening.downstream.socket;
        run = await this.#openClient(opening.downstream, opening.startup, door, deadline);
      } else if (opening.kind === 'cancel') {
        const attempt = { ...opening.request, clientAddress: clientAddressOf(socket) };
        await untilAborted(this.#parts.cancelKeys.cancel(attempt), deadline);
        socket.end();
      }
    } catch (error) {
      // Whatever was waited for when the deadline came: this connection was too slow.
      const isLate = deadline.aborted && error === deadline.reason;
      const refusal = isLate ? new ProtocolError('sign-in', 'not completed in time') : error;
      if (!(refusal instanceof ProtocolError)) throw error;
      this.#parts.onProtocolError(refusal, undefined);
    } finally {
      // Destroying the socket below TLS would cut off what was said last.
      if (run === undefined && !active.destroyed) active.destroySoon();
    }
    return run;
  }

  async #openClient(
    downstream: Downstream,
    startup: StartupMessage,
    door: Door,
    signal: AbortSignal,
  ): Promise<RunSession | undefined> {
    downstream.socket.on('error', ignoreError);
    negotiate(downstream, startup);
    const { parameters } = startup;
    if (!/^(false|off|no|0)?$/iu.test(parameters.get('replication') ?? '')) {
      downstream.refuse(fatal('0A000', 'replication connections are not supported'));
      return undefined;
    }
    const principal = await signIn(downstream, this.#parts.carrier(), door, signal);
    if (principal === undefined) return undefined;

    const targetName = parameters.get('database') ?? parameters.get('user') ?? '';
    const admission = await door.admit({
      principal,
      targetName,
      applicationName: parameters.get('application_name') ?? '',
      isEncrypted: downstream.isEncrypted,
    });
    if (admission.kind === 'refused') {
      const sqlState = { hidden: '3D000', 'too-many': '53300', unavailable: '57P03' };
      const error = fatal(sqlState[admission.reason], admission.message);
      const isHidden = admission.reason === 'hidden';
      downstream.refuse(isHidden ? { ...error, hint: DATABASE_HINT } : error);
      return undefined;
    }
    const { session } = admission;
    assert(isOn(session, 'postgres'), 'a door leads to targets of its protocol');
    let run: RunSession | undefined;
    try {
      run = await this.#openSession(session, downstream, startup, signal);
      return run;
    } finally {
      if (run === undefined) session.close();
    }
  }

  async #openSession(
    session: PostgresSession,
    downstream: Downstream,
    startup: StartupMessage,
    signal: AbortSignal,
  ): Promise<RunSession | undefined> {
    const requested = listStartupSettings(startup.parameters);
    const { stated, settings } = takeStartReason(requested);
    const refusal =
      stated.kind === 'refused'
        ? { ...stated.error, severity: 'FATAL' as const }
        : await sealSettings(session, requested);
    if (refusal !== undefined) {
      downstream.refuse(refusal);
      session.finish('refused');
      return undefined;
    }
    const upstream = await this.#connect(session, downstream, settings, signal);
    if (upstream === undefined) {
      session.finish('target-unreachable');
      return undefined;
    }
    const { target } = session;
    const catalogs = this.#parts.findCatalogs(target, session.database);
    const catalog = catalogs.current ?? (await this.#readCatalog(catalogs, session, signal));
    if (catalog === undefined) {
      upstream.socket.destroy();
      downstream.refuse(fatal('58000', `the catalog of target "${target.name}" cannot be read`));
      session.finish('target-unreachable');
      return undefined;
    }
    const parts = this.#relayParts(session, { catalogs, catalog }, upstream.backendKey);
    parts.settings.noteStart(settings, stated.kind === 'stated' ? stated.reason : undefined);
    const key = this.#addCancelKey(session, parts.canceller, {
      processId: upstream.backendKey.processId,
      minorVersion: startup.minorVersion,
      clientAddress: clientAddressOf(downstream.socket),
    });
    greet(downstream, upstream, parts.settings, key);
    const ends = { downstream: downstream.socket, upstream: upstream.socket };
    return prepareRun(ends, session, parts, endOf(session, this.#parts.cancelKeys, key));
  }

  /** What a session's relay works with. Its callbacks hold nothing but the session. */
  #relayParts(
    session: PostgresSession,
    { catalogs, catalog }: Pick<RelayParts, 'catalogs' | 'catalog'>,
    backendKey: UpstreamConnection['backendKey'],
  ): RelayParts {
    const { parser, cache, rewrites, messageBytesMax, cancelUpstream } = this.#parts;
    const { findMasking, onUpstreamError, onActivity, onProtocolError } = this.#parts;
    const { target, database, id } = session;
    const functionsAllowed = setOf(target.functionsAllowed);
    return {
      settings: new SessionSettings(`${target.name}/${database}`, id, functionsAllowed),
      catalogs,
      catalog,
      parser,
      cache,
      rewrites,
      findMasking: () => findMasking(target.name),
      messageBytesMax,
      estimates: this.#estimates,
      askApart: (sql) => this.#ask(session, sql),
      canceller: new StatementCanceller(() =>
        cancelUpstream(session, backendKey).catch((error: Error) =>
          onUpstreamError(session, error),
        ),
      ),
      onActivity: () => onActivity(session),
      onProtocolError: (error) => onProtocolError(error, session),
    };
  }

  /** Runs a text of the gateway's own over a connection of its own. */
  async #ask(session: PostgresSession, sql: string): Promise<readonly TextRow[]> {
    const signal = AbortSignal.timeout(this.#parts.handshakeTimeoutMs);
    const upstream = await this.#parts.connect(session, OWN_SETTINGS, signal);
    try {
      return await readRows(upstream, sql);
    } finally {
      upstream.socket.destroy();
    }
  }

  #addCancelKey(
    session: Session,
    canceller: StatementCanceller,
    cancellable: Cancellable,
  ): CancelKey {
    return this.#parts.cancelKeys.add(cancellable, () => {
      session.guard.note('cancel', {});
      return canceller.cancel();
    });
  }

  /** Stops waiting at the deadline; the reading goes on for others. */
  async #readCatalog(
    catalogs: CatalogCache,
    session: Session,
    signal: AbortSignal,
  ): Promise<Catalog | undefined> {
    const late = Promise.withResolvers<never>();
    const giveUp = (): void => late.reject(tookTooLong(signal));
    signal.addEventListener('abort', giveUp);
    try {
      return await Promise.race([catalogs.refresh(), late.promise]);
    } catch (error) {
      this.#parts.onUpstreamError(session, error as Error);
      return undefined;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  async #connect(
    session: PostgresSession,
    downstream: Downstream,
    requested: readonly (readonly [string, string])[],
    signal: AbortSignal,
  ): Promise<UpstreamConnection | undefined> {
    const { target } = session;
    try {
      return await this.#parts.connect(session, new Map(requested), signal);
    } catch (cause) {
      const error = signal.aborted ? tookTooLong(signal) : cause;
      if (!(error instanceof UpstreamError)) throw error;
      this.#parts.onUpstreamError(session, error);
      downstream.refuse(phraseUpstreamError(error, target.name));
      return undefined;
    }
  }
}

/** A session that is open on both sides: runs it to its end. To be called once. */
type RunSession = () => Promise<SessionEnd>;

/**
 * In a function of its own, like what runs at the end: closures of one function hold on to all that
 * any of them needs, and the sockets as they were during the sign-in are not needed any more.
 */
function prepareRun(
  ends: RelayEnds,
  session: PostgresSession,
  parts: RelayParts,
  over: (end: SessionEnd) => SessionEnd,
): RunSession {
  const failed = failOver(over);
  return () => relay(ends, session, parts).then(over, failed);
}

/** The same set for the same list: sessions on a target share it. */
function setOf(list: readonly string[]): ReadonlySet<string> {
  let set = sets.get(list);
  if (set === undefined) {
    set = new Set(list);
    sets.set(list, set);
  }
  return set;
}

const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

function failOver(over: (end: SessionEnd) => SessionEnd): (error: unknown) => never {
  return (error) => {
    over('internal-error');
    throw error;
  };
}

function endOf(
  session: Session,
  cancelKeys: CancelKeys,
  key: CancelKey,
): (end: SessionEnd) => SessionEnd {
  return (end) => {
    cancelKeys.delete(key);
    const ended = session.finish(end);
    session.close();
    return ended;
  };
}

/** An error without a listener would end the process; `close` follows and is what counts. */
function ignoreError(): void {}

/** The deadline of the handshake holds for the target's part of it, too. */
function tookTooLong({ reason }: AbortSignal): UpstreamError {
  return new UpstreamError('ERR_UPSTREAM_TIMEOUT', 'no session within the time for the handshake', {
    cause: reason,
  });
}

/** Answers what the client asks of the protocol beyond 3.0. */
function negotiate(
  downstream: Downstream,
  { minorVersion, protocolOptions }: StartupMessage,
): void {
  if (minorVersion <= MINOR_VERSION_MAX && protocolOptions.size === 0) return;
  const unknown = [...protocolOptions.keys()];
  downstream.send(
    encodeNegotiateProtocolVersion(Math.min(minorVersion, MINOR_VERSION_MAX), unknown),
  );
}

/**
 * Settings at the start are operations like any SET: decided, and sealed before the target hears of
 * them. Returns what to tell the client if they may not be.
 */
async function sealSettings(
  { guard, database, counts }: Session,
  requested: readonly (readonly [string, string])[],
): Promise<ErrorFields | undefined> {
  if (requested.length === 0) return undefined;
  const settings = requested.map(([name, value]) => describeSetting(name, value));
  const decisions = settings.map(({ key, actions }) => guard.decide(key, () => actions(database)));
  const decision = combineDecisions(decisions);
  const text = requested.map(([name, value]) => formatSetting(name, value)).join('; ');
  const entry: OperationEntry = {
    text,
    actions: [...new Set(settings.map(({ action }) => action))].toSorted(),
    relations: [],
    detail: { atStart: true },
  };
  if (decision.kind !== 'allow') {
    counts.refused += 1;
    guard.sealRefusal(decision, entry);
    const refused = requested.flatMap(([name], index) =>
      decisions[index]?.kind === 'allow' ? [] : [`${name} (${settings[index]?.action})`],
    );
    // Nobody typed them: without their names it is not clear what was refused.
    const detail = `The client sets this as it connects: ${refused.join(', ')}.`;
    return { ...phraseRefusal(decision), severity: 'FATAL', detail };
  }
  const error = await new Promise<Error | undefined>((resolve) => {
    guard.seal(decision, entry, resolve);
  });
  if (error === undefined) return undefined;
  counts.refused += 1;
  guard.sealRefusal(decision, { ...entry, detail: { ...entry.detail, outcome: 'unsealed' } });
  return fatal('57P03', 'the gateway cannot write its ledger at present; it goes on by itself');
}

/** What a server says between a successful login and the first statement. */
function greet(
  downstream: Downstream,
  upstream: UpstreamConnection,
  settings: SessionSettings,
  key: CancelKey,
): void {
  const statuses: Buffer[] = [];
  for (const [name, value] of upstream.parameters) {
    settings.report(name, value);
    statuses.push(encodeParameterStatus(name, value));
  }
  settings.committed();
  downstream.send(
    encodeAuthenticationOk(),
    ...statuses,
    encodeBackendKeyData(key.processId, key.secretKey),
    ...upstream.notices,
    encodeReadyForQuery('idle'),
  );
}

/** Says what failed without telling where the target is or how the gateway logs in. */
function phraseUpstreamError(error: UpstreamError, target: string): ErrorFields {
  switch (error.code) {
    case 'ERR_UPSTREAM_LOGIN': {
      // Errors about the database or the settings are the client's business; those about the login are not.
      const said = error instanceof ServerRefusalError ? error.fields : undefined;
      const sqlState = said?.get('C');
      const message = said?.get('M');
      const isClients = sqlState !== undefined && !sqlState.startsWith('28');
      return isClients && message !== undefined && sqlState.length === 5
        ? fatal(sqlState, message)
        : fatal('08001', `the gateway could not log in to target "${target}"`);
    }
    case 'ERR_UPSTREAM_TLS':
    case 'ERR_UPSTREAM_HOST_KEY':
      return fatal('08001', `the certificate of target "${target}" was not accepted`);
    case 'ERR_UPSTREAM_UNREACHABLE':
    case 'ERR_UPSTREAM_TIMEOUT':
      return fatal('08001', `target "${target}" does not answer`);
    case 'ERR_UPSTREAM_PROTOCOL':
      return fatal('08P01', `target "${target}" does not speak PostgreSQL's protocol`);
  }
}

/** `psql -l`, `createdb` and pgAdmin connect to a database of this name, which is rarely a target's. */
const DATABASE_HINT =
  'The database of a connection is the name of a target. What connects to "postgres" by itself is told another with -d or --maintenance-db.';

function fatal(sqlState: string, message: string): ErrorFields {
  return { severity: 'FATAL', sqlState, message };
}
