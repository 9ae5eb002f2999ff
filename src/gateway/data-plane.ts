import type { ReviewDesk } from '../access/review-desk.ts';
import type { LedgerPort } from '../audit/ledger-port.ts';
import type { SignInRefusals } from '../audit/sign-in-refusals.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import type { Authenticator } from '../identity/authenticator.ts';
import type { TokenStore } from '../identity/token-store.ts';
import type { SessionIndex } from '../recording/session-index.ts';
import type { Target } from '../targets/target.ts';
import { TargetCatalogue } from '../targets/target-catalogue.ts';
import { logListening } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { DoorServices, OpenedRecording } from './door.ts';
import { GatewaySession } from './gateway-session.ts';
import type { GrantsInForce } from './grants-in-force.ts';
import { type Listener, listen } from './listen.ts';
import type { Masking } from './masking.ts';
import type { PassedSockets } from './passed-sockets.ts';
import type { Policies } from './policies.ts';
import { PseudonymBudget, type PseudonymSpending } from './pseudonym-budget.ts';
import { type RevocationSources, RevocationWatch, stillCounts } from './revocation-watch.ts';
import type { ServedProtocol, ServeProtocol } from './serve-protocol.ts';
import { SessionGuests } from './session-guests.ts';
import { SessionListing } from './session-listing.ts';
import { SessionRegistry } from './session-registry.ts';
import type { SignInNotes } from './sign-in-notes.ts';
import { StopWatch } from './stop-watch.ts';

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
  readonly siteSignIns: DoorServices['siteSignIns'];
  readonly clientCertificates: DoorServices['clientCertificates'];
  readonly browserSignIns: RevocationSources['signIns'];
  readonly sessions: SessionIndex;
  readonly tokens: TokenStore;
  readonly pseudonymSpending: PseudonymSpending;
  /** This process's ledger log; names it in the list of sessions, too. */
  readonly logName: string;
  readonly desk: ReviewDesk;
  readonly grants: GrantsInForce;
  readonly signIns: SignInNotes;
  readonly masking: Masking;
  readonly protocols: readonly ServeProtocol[];
  /** Sockets that listen already, for listeners of each protocol in their order. */
  readonly passedSockets: PassedSockets;
  readonly openRecording: (sessionId: string, target: Target) => Promise<OpenedRecording>;
  readonly openRawTrack: DoorServices['openRawTrack'];
  readonly spool: DoorServices['spool'];
  readonly isDisabled: (principalId: string) => boolean;
  /** Whether the ledger is witnessed as the target asks. */
  readonly isWitnessed: (target: string) => boolean;
  /** Absent where no session is traced. */
  readonly tracer?: DoorServices['tracer'];
  readonly nowMs: () => number;
}

/** The part of the gateway that carries bytes. */
export interface DataPlane {
  readonly listeners: readonly Listener[];
  readonly registry: SessionRegistry;
  /** Who takes part in sessions of others. */
  readonly guests: SessionGuests;
  /**
   * Does all of `reconfigure` that can fail.
   *
   * @throws {ConfigurationError} If a data map's detectors cannot be compiled.
   */
  prepare(configuration: Configuration): void;
  /** Ends at once what lives on sign-ins that do not count any more. */
  checkSignIns(): void;
  /** Takes effect at the next connection; policies are replaced by their owner. */
  reconfigure(configuration: Configuration): void;
  /** Takes no more connections but those that wait already; resolves when none is left. */
  drain(): Promise<void>;
  /** Takes no more connections, ends the sessions and resolves when all are closed. */
  stop(): Promise<void>;
}

/** Opens the listeners and serves sessions until stopped. */
export async function startDataPlane(parts: DataPlaneParts): Promise<DataPlane> {
  const { log, masking, nowMs } = parts;
  let { configuration } = parts;
  let targets = new TargetCatalogue(configuration.targets);
  const draining = new AbortController();
  const stopping = new AbortController();
  const registry = new SessionRegistry(nowMs, parts.isDisabled);
  parts.grants.onChange((holder) => registry.checkGrants(holder));
  const sources = { ...parts, signIns: parts.browserSignIns };
  const revocations = new RevocationWatch(registry, sources, log);
  const stops = new StopWatch(registry, parts.sessions, parts.logName, log);
  const listing = new SessionListing(parts.sessions, parts.logName, log, nowMs);
  const pseudonyms = new PseudonymBudget(nowMs, () => configuration.limits.pseudonymsPerHourMax, {
    spending: parts.pseudonymSpending,
    log,
  });
  const services: DoorServices = {
    ...parts,
    registry,
    pseudonyms,
    listing,
    stillCounts: (hash) => stillCounts(sources, hash, true),
    limits: () => configuration.limits,
    targets: () => targets,
  };

  const protocols = parts.protocols.map((serve) =>
    serve({
      signal: stopping.signal,
      draining: draining.signal,
      onActivity(session) {
        if (session instanceof GatewaySession) session.lastActivityAtMs = nowMs();
      },
    }),
  );
  const listeners = await openListeners(parts, protocols, services, stopping.signal);
  return {
    listeners,
    registry,
    guests: new SessionGuests({ ...parts, registry }),
    prepare: (next) => masking.prepare(next.targets),
    checkSignIns: () => void revocations.look(),
    reconfigure(next) {
      configuration = next;
      masking.configure(next.targets);
      targets = new TargetCatalogue(next.targets);
      for (const protocol of protocols) protocol.reconfigure(next);
      // Whoever was disabled with it goes now.
      registry.sweep();
    },
    async drain() {
      draining.abort();
      await Promise.all(listeners.map((listener) => listener.close()));
    },
    async stop() {
      for (const listener of listeners) void listener.close();
      await registry.endAll('gateway-stopping');
      await listing.settle();
      stopping.abort();
      revocations[Symbol.dispose]();
      pseudonyms[Symbol.dispose]();
      stops[Symbol.dispose]();
      registry[Symbol.dispose]();
    },
  };
}

async function openListeners(
  { configuration: { limits }, passedSockets, log }: DataPlaneParts,
  protocols: readonly ServedProtocol[],
  services: DoorServices,
  signal: AbortSignal,
): Promise<readonly Listener[]> {
  const listeners: Listener[] = [];
  for (const { listeners: places } of protocols) {
    for (const [index, settings] of places.entries()) {
      const socketsMax = limits.connectionsMax + SPARE_SOCKETS;
      const descriptor = passedSockets[settings.protocol.kind]?.[index];
      const shared = { services, descriptor, log, socketsMax, signal };
      const listener = await listen({ ...settings, ...shared });
      listeners.push(listener);
      const { protocol, host, port } = listener;
      logListening(log, { listener: protocol, host, port });
    }
  }
  return listeners;
}
