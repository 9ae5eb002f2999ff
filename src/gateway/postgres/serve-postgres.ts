import assert from 'node:assert/strict';
import type { LedgerPort } from '../../audit/ledger-port.ts';
import type { PostgresListener } from '../../configuration/listener-settings.ts';
import type { Configuration } from '../../configuration/load-configuration.ts';
import type { SignInLimits } from '../../identity/sign-in-places.ts';
import { RewriteCache } from '../../masking/postgres/rewrite-cache.ts';
import type { CancelKeys } from '../../protocols/postgres/cancel-keys.ts';
import {
  PostgresProtocol,
  type PostgresProtocolParts,
} from '../../protocols/postgres/postgres-protocol.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import { AnalysisCache } from '../../sql/postgres/analysis-cache.ts';
import type { SqlParser } from '../../sql/postgres/parser.ts';
import {
  logConnectionRefused,
  logUnexpectedError,
  logUpstreamUnreachable,
} from '../../telemetry/events.ts';
import type { Log } from '../../telemetry/log.ts';
import { carriedFor, type Ways } from '../../upstream/ways.ts';
import type { ListenerCertificate } from '../listener-certificate.ts';
import type { Masking } from '../masking.ts';
import type { ProtocolListener, ServeProtocol, ServingParts } from '../serve-protocol.ts';
import { chooseCarrier } from './choose-carrier.ts';
import { InventoryNotes } from './inventory-notes.ts';
import { PostgresTargets } from './postgres-targets.ts';

/** Of connections of one address that have not signed in, whatever the configuration: pools begin them by the hundred. */
const PER_ORIGIN_MIN = 256;

/** What PostgreSQL is served with. */
export interface ServePostgresParts {
  readonly configuration: Configuration;
  readonly parser: SqlParser;
  readonly masking: Masking;
  readonly cancelKeys: CancelKeys;
  /** Of each listener; asked for every connection, so a renewed one is used at once. */
  readonly certificates: () => readonly ListenerCertificate[];
  readonly ways: Ways;
  readonly ledger: LedgerPort;
  readonly log: Log;
}

/** Serves PostgreSQL clients. */
export function servePostgres(parts: ServePostgresParts): ServeProtocol {
  return (serving) => {
    const { configuration, ways, log, masking } = parts;
    let current = configuration;
    const inventories = new InventoryNotes(parts.ledger, (name) => masking.find(name));
    const targets = new PostgresTargets(ways, log, serving.signal, ({ name }, database, catalog) =>
      inventories.note(name, database, catalog),
    );
    const shared = describeShared(parts, targets, serving);
    return {
      listeners: configuration.listeners.postgres.map((settings, index) =>
        describeListener(parts, shared, {
          settings,
          index,
          carrier: () => chooseCarrier(settings, current),
        }),
      ),
      reconfigure(next) {
        current = next;
        targets.forgetCatalogs();
      },
    };
  };
}

type SharedParts = Omit<PostgresProtocolParts, 'downstream' | 'carrier'>;

/** What all PostgreSQL listeners of a process share. */
function describeShared(
  { configuration: { limits }, parser, masking, cancelKeys, log }: ServePostgresParts,
  targets: PostgresTargets,
  { onActivity }: ServingParts,
): SharedParts {
  return {
    handshakeTimeoutMs: limits.handshakeTimeoutMs,
    messageBytesMax: limits.messageBytesMax,
    parser,
    cache: new AnalysisCache(),
    rewrites: new RewriteCache(),
    findMasking: (targetName) => masking.find(targetName),
    cancelKeys,
    connect: (session, parameters, signal) => {
      const { target, database } = session;
      return targets.connectFor(carriedFor(session), target, { database, parameters }, signal);
    },
    cancelUpstream: (session, key) => targets.cancel(carriedFor(session), session.target, key),
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
    onActivity,
  };
}

/** A listener, where it stands in the configuration, and how its clients present their tokens at the moment. */
interface DescribedListener extends Pick<PostgresProtocolParts, 'carrier'> {
  readonly settings: PostgresListener;
  readonly index: number;
}

function describeListener(
  { certificates, configuration: { limits } }: ServePostgresParts,
  shared: SharedParts,
  { settings, index, carrier }: DescribedListener,
): ProtocolListener {
  const secureContext = (): ListenerCertificate['context'] => {
    const certificate = certificates()[index];
    assert(certificate, 'every listener has a certificate');
    return certificate.context;
  };
  const protocol = new PostgresProtocol({
    ...shared,
    downstream: { tlsMode: settings.tls.mode, secureContext },
    carrier,
  });
  return {
    address: settings.address,
    protocol,
    boundTo: settings.target,
    signIns: limitSignIns(limits.connectionsMax),
  };
}

/** Signing in takes a moment. Nobody at one address may keep all others out by connections that never do, or that cancel. */
function limitSignIns(connectionsMax: number): SignInLimits {
  const perOriginMax = Math.max(PER_ORIGIN_MIN, Math.floor(connectionsMax / 4));
  return { max: 4 * perOriginMax, perOriginMax };
}
