import assert from 'node:assert/strict';
import type { SecureContext } from 'node:tls';
import type { ReviewDesk } from '../access/review-desk.ts';
import type { LedgerPort } from '../audit/ledger-port.ts';
import type { SignInRefusals } from '../audit/sign-in-refusals.ts';
import type { PostgresListener } from '../configuration/gateway-file.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import type { Authenticator } from '../identity/authenticator.ts';
import type { TokenStore } from '../identity/token-store.ts';
import { RewriteCache } from '../masking/postgres/rewrite-cache.ts';
import type { TokenStorage } from '../masking/vault/token-vault.ts';
import { CancelKeys } from '../protocols/postgres/cancel-keys.ts';
import {
  PostgresProtocol,
  type PostgresProtocolParts,
} from '../protocols/postgres/postgres-protocol.ts';
import type { TokenCarrier } from '../protocols/postgres/sign-in.ts';
import { UpstreamError } from '../protocols/postgres/upstream-error.ts';
import type { SessionIndex } from '../recording/session-index.ts';
import { AnalysisCache } from '../sql/postgres/analysis-cache.ts';
import { loadParser, type SqlParser } from '../sql/postgres/parser.ts';
import type { ResolveSecret } from '../targets/secret-resolver.ts';
import type { Target } from '../targets/target.ts';
import { TargetCatalogue } from '../targets/target-catalogue.ts';
import {
  logConnectionRefused,
  logListening,
  logUnexpectedError,
  logUpstreamUnreachable,
} from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { CancelRequest } from '../wire/postgres/cancel-request.ts';
import type { DoorServices, OpenedRecording } from './door.ts';
import { GatewaySession } from './gateway-session.ts';
import type { GrantsInForce } from './grants-in-force.ts';
import { InventoryNotes } from './inventory-notes.ts';
import { type Listener, listen } from './listen.ts';
import type { ListenerCertificate } from './listener-certificate.ts';
import { Masking } from './masking.ts';
import type { Policies } from './policies.ts';
import { PostgresTargets } from './postgres-targets.ts';
import { PseudonymBudget } from './pseudonym-budget.ts';
import { RevocationWatch } from './revocation-watch.ts';
import { SessionListing } from './session-listing.ts';
import { SessionRegistry } from './session-registry.ts';
import type { SignInNotes } from './sign-in-notes.ts';
import { StopWatch } from './stop-watch.ts';
import { StoredTokenVault } from './token-vault.ts';

/** Sockets beyond the sessions allowed: those that are signing in, and those that are told why not. */
const SPARE_SOCKETS = 512;

/** What one process that serves sessions works with. */
export interface DataPlaneParts {
  readonly configuration: Configuration;
  readonly policies: Policies;
  readonly ledger: LedgerPort;
  readonly refusals: Pick<SignInRefusals, 'note'>;
  readonly log: Log;
  readonly authenticator: Authenticator;
  readonly deviceSignIns: DoorServices['deviceSignIns'];
  readonly sessions: SessionIndex;
  readonly tokens: TokenStore;
  /** This process's ledger log; names it in the list of sessions, too. */
  readonly logName: string;
  readonly resolveSecret: ResolveSecret;
  readonly desk: ReviewDesk;
  readonly grants: GrantsInForce;
  readonly signIns: SignInNotes;
  /** 32 bytes, of which the keys of pseudonyms derive. */
  readonly maskingKey: Buffer;
  /** Where the tokens of the mask `vault` lie. */
  readonly vaultTokens: TokenStorage;
  readonly openRecording: (sessionId: string, target: Target) => Promise<OpenedRecording>;
  readonly openRawTrack: DoorServices['openRawTrack'];
  readonly spool: DoorServices['spool'];
  /** Of each PostgreSQL listener; asked for every connection, so a renewed one is used at once. */
  readonly certificates: () => readonly ListenerCertificate[];
  readonly isDisabled: (principalId: string) => boolean;
  /** Whether the ledger is witnessed as the target asks. */
  readonly isWitnessed: (target: string) => boolean;
  /** Absent where no session is traced. */
  readonly tracer?: DoorServices['tracer'];
  readonly nowMs: () => number;
  /** Passes a cancel request on to the other processes of this gateway. */
  readonly passCancelOn: ((request: CancelRequest) => void) | undefined;
}

/** The part of the gateway that carries bytes. */
export interface DataPlane {
  readonly listeners: readonly Listener[];
  readonly registry: SessionRegistry;
  /**
   * Does all of `reconfigure` that can fail.
   *
   * @throws {ConfigurationError} If a data map's detectors cannot be compiled.
   */
  prepare(configuration: Configuration): void;
  /** Takes effect at the next connection; policies are replaced by their owner. */
  reconfigure(configuration: Configuration): void;
  /** A cancel request that came to another process. */
  cancel(request: CancelRequest): void;
  /** Takes no more connections, ends the sessions and resolves when all are closed. */
  stop(): Promise<void>;
}

/** Opens the listeners and serves sessions until stopped. */
export async function startDataPlane(parts: DataPlaneParts): Promise<DataPlane> {
  const { log, nowMs } = parts;
  let { configuration } = parts;
  let targets = new TargetCatalogue(configuration.targets);
  const stopping = new AbortController();
  const registry = new SessionRegistry(nowMs, parts.isDisabled);
  parts.grants.onChange((holder) => registry.checkGrants(holder));
  const revocations = new RevocationWatch(registry, parts.tokens, log);
  const stops = new StopWatch(registry, parts.sessions, parts.logName, log);
  const cancelKeys = new CancelKeys(parts.passCancelOn);
  const parser = await loadParser({ textBytesMax: configuration.limits.statementBytesMax });
  const masking = openMasking(parts, parser);
  const inventories = new InventoryNotes(parts.ledger, (name) => masking.find(name));
  const postgresTargets = new PostgresTargets(
    parts.resolveSecret,
    log,
    stopping.signal,
    ({ name }, database, catalog) => inventories.note(name, database, catalog),
  );
  const shared = openPostgres(parts, { cancelKeys, targets: postgresTargets, parser, masking });
  const listing = new SessionListing(parts.sessions, parts.logName, log, nowMs);
  const services: DoorServices = {
    ...parts,
    registry,
    pseudonyms: new PseudonymBudget(nowMs, () => configuration.limits.pseudonymsPerHourMax),
    listing,
    limits: () => configuration.limits,
    targets: () => targets,
  };

  const listeners = await openListeners(parts, shared, services, stopping.signal);
  return {
    listeners,
    registry,
    prepare: (next) => masking.prepare(next.targets),
    reconfigure(next) {
      configuration = next;
      masking.configure(next.targets);
      targets = new TargetCatalogue(next.targets);
      postgresTargets.forgetCatalogs();
    },
    cancel: (request) => cancelKeys.cancelHere(request),
    async stop() {
      for (const listener of listeners) listener.close();
      await registry.endAll('gateway-stopping');
      await listing.settle();
      stopping.abort();
      revocations[Symbol.dispose]();
      stops[Symbol.dispose]();
      registry[Symbol.dispose]();
    },
  };
}

async function openListeners(
  { configuration, certificates, log }: DataPlaneParts,
  shared: ReturnType<typeof openPostgres>,
  services: DoorServices,
  signal: AbortSignal,
): Promise<readonly Listener[]> {
  const listeners: Listener[] = [];
  for (const [index, settings] of configuration.listeners.postgres.entries()) {
    const secureContext = (): SecureContext => {
      const certificate = certificates()[index];
      assert(certificate, 'every listener has a certificate');
      return certificate.context;
    };
    const protocol = new PostgresProtocol({
      ...shared,
      downstream: { tlsMode: settings.tls.mode, secureContext },
      carrier: chooseCarrier(settings, configuration),
    });
    const listener = await listen({
      address: settings.address,
      protocol,
      boundTo: settings.target,
      services,
      log,
      socketsMax: configuration.limits.connectionsMax + SPARE_SOCKETS,
      signal,
    });
    listeners.push(listener);
    logListening(log, { listener: 'postgres', host: listener.host, port: listener.port });
  }
  return listeners;
}

function openMasking(
  { configuration, maskingKey, vaultTokens, nowMs }: DataPlaneParts,
  parser: SqlParser,
): Masking {
  const { keyVersion } = configuration.masking;
  const masterKey = maskingKey;
  const tokenVault = new StoredTokenVault({ masterKey, keyVersion, storage: vaultTokens });
  const masking = { masterKey, keyVersion, parser, tokenVault, nowMs };
  return new Masking(masking, configuration.targets);
}

interface PostgresServices {
  readonly cancelKeys: CancelKeys;
  readonly targets: PostgresTargets;
  readonly parser: SqlParser;
  readonly masking: Masking;
}

/** What all PostgreSQL listeners of a process share. */
function openPostgres(
  { configuration, log, nowMs }: DataPlaneParts,
  { cancelKeys, targets, parser, masking }: PostgresServices,
): Omit<PostgresProtocolParts, 'downstream' | 'carrier'> {
  const { limits } = configuration;
  return {
    handshakeTimeoutMs: limits.handshakeTimeoutMs,
    messageBytesMax: limits.messageBytesMax,
    parser,
    cache: new AnalysisCache(),
    rewrites: new RewriteCache(),
    findMasking: (targetName) => masking.find(targetName),
    cancelKeys,
    connect: (...where) => targets.connect(...where),
    cancelUpstream: (target, key) => targets.cancel(target, key),
    findCatalogs: (target, database) => targets.findCatalogs(target, database),
    onUpstreamError(session, error) {
      const code = error instanceof UpstreamError ? error.code : undefined;
      if (code === undefined) logUnexpectedError(log, 'upstream', error);
      else logUpstreamUnreachable(log, { target: session.target.name, code });
    },
    onProtocolError(error, session) {
      const clientAddress = session?.id ?? 'before sign-in';
      logConnectionRefused(log, { clientAddress, reason: error.message });
    },
    onActivity(session) {
      if (session instanceof GatewaySession) session.lastActivityAtMs = nowMs();
    },
  };
}

function chooseCarrier(
  { authentication }: PostgresListener,
  { identity }: Configuration,
): TokenCarrier {
  const people = identity.providers.find(({ kind }) => kind === 'person');
  return authentication === 'oauthbearer' && people !== undefined
    ? { kind: 'oauthbearer', issuer: people.issuer }
    : { kind: 'password' };
}
