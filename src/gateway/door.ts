import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import type { EntryFields, LedgerPort } from '../audit/ledger-port.ts';
import type { AuthenticationResult, Authenticator } from '../identity/authenticator.ts';
import type { Principal } from '../identity/principal.ts';
import type { Admission, Door, Greeting } from '../protocols/protocol.ts';
import type { Recorder, RecordingSummary } from '../recording/recorder.ts';
import type { SessionIndex } from '../recording/session-index.ts';
import type { Target } from '../targets/target.ts';
import type { TargetCatalogue } from '../targets/target-catalogue.ts';
import {
  logSessionEnded,
  logSessionStarted,
  logSignInRefused,
  logUnexpectedError,
} from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import { describeTarget, GatewaySession } from './gateway-session.ts';
import type { Policies } from './policies.ts';
import type { SessionLimits, SessionRegistry } from './session-registry.ts';

/** What every connection of a gateway process is admitted with. */
export interface DoorServices {
  readonly gatewayName: string;
  readonly nowMs: () => number;
  readonly log: Log;
  readonly ledger: LedgerPort;
  readonly authenticator: Authenticator;
  readonly policies: Policies;
  readonly registry: SessionRegistry;
  readonly sessions: SessionIndex;
  readonly limits: () => SessionLimits;
  readonly targets: () => TargetCatalogue;
  readonly openRecording: (sessionId: string, target: Target) => Promise<OpenedRecording>;
}

/** A recording that began. */
export interface OpenedRecording {
  readonly recorder: Recorder;
  /** Relative to the recordings' directory. */
  readonly path: string;
  /** Resolves with why it cannot go on, if that happens. */
  readonly failed: Promise<Error>;
}

/** Where a connection comes from. */
export interface Origin {
  readonly clientAddress: string;
  readonly clientPort: number;
  /** The listener's only target, if it has one. */
  readonly boundTo: string | undefined;
}

/** The same for targets that do not exist and those that are forbidden. */
const NO_SUCH_TARGET = 'does not exist, or you may not connect to it';

/** Lets the clients of one connection in: who is it, what do they want, may they. */
export function openDoor(services: DoorServices, origin: Origin): Door {
  const { ledger, authenticator, log } = services;
  return {
    async authenticate(token: string, signal: AbortSignal): Promise<AuthenticationResult> {
      const result = await authenticator.authenticate(token, signal);
      if (result.kind === 'rejected') {
        const { clientAddress } = origin;
        logSignInRefused(log, { clientAddress, reason: result.reason });
        const entry = { kind: 'sign-in.refuse', clientAddress, reason: result.reason } as const;
        ledger.append(entry, 'sealed', () => undefined);
      } else {
        const entry = {
          kind: 'sign-in',
          clientAddress: origin.clientAddress,
          principal: describePrincipal(result.principal),
        } as const;
        ledger.append(entry, 'sealed', () => undefined);
      }
      return result;
    },
    admit: (greeting) => admit(services, origin, greeting),
  };
}

async function admit(
  services: DoorServices,
  origin: Origin,
  greeting: Greeting,
): Promise<Admission> {
  const { ledger, registry, policies } = services;
  const { principal } = greeting;
  const lookup = services.targets().find(greeting.targetName, origin.boundTo);
  const hidden = {
    kind: 'refused',
    reason: 'hidden',
    message: `target "${greeting.targetName}" ${NO_SUCH_TARGET}`,
  } as const;
  if (lookup.kind === 'unknown') {
    return refuse(services, origin, greeting, 'unknown-target', hidden);
  }
  const { target, database } = lookup;
  const operationTarget = describeTarget(target);
  const scope = policies.scope(principal, operationTarget, database);
  const decision = policies.decide({}, scope, principal, operationTarget, () => [
    {
      action: 'connect',
      facts: {
        database,
        applicationName: greeting.applicationName,
        clientAddress: origin.clientAddress,
        tls: greeting.isEncrypted,
      },
    },
  ]);
  if (decision.kind !== 'allow') {
    return refuse(services, origin, greeting, 'not-permitted', hidden);
  }
  if (!registry.hasRoom(principal, services.limits())) {
    const message = 'too many connections: close some, or wait until others have';
    const full = { kind: 'refused', reason: 'too-many', message } as const;
    return refuse(services, origin, greeting, 'too-many', full);
  }

  const id = randomUUID();
  const unavailable = (what: string): Admission => ({
    kind: 'refused',
    reason: 'unavailable',
    message: `the gateway cannot write its ${what} at present; it goes on by itself`,
  });
  let recording: OpenedRecording | undefined;
  try {
    if (target.recording.enabled) recording = await services.openRecording(id, target);
  } catch (error) {
    logUnexpectedError(services.log, 'recording', error);
    return unavailable('recordings');
  }
  const session = createSession(services, { id, principal, target, database, recording });
  registry.add(session);
  const started: EntryFields = {
    kind: 'session.start',
    session: id,
    principal: describePrincipal(principal),
    target: target.name,
    database,
    clientAddress: origin.clientAddress,
    applicationName: greeting.applicationName,
    policies: decision.policyIds,
    ...(recording !== undefined && { recording: recording.path }),
  };
  try {
    await seal(ledger, started);
  } catch {
    registry.delete(session);
    await recording?.recorder.finish().catch(() => undefined);
    return unavailable('ledger');
  }
  indexStart(services, origin, greeting, session, recording?.path);
  return { kind: 'admitted', session };
}

interface SessionPlan {
  readonly id: string;
  readonly principal: Principal;
  readonly target: Target;
  readonly database: string;
  readonly recording: OpenedRecording | undefined;
}

function createSession(services: DoorServices, plan: SessionPlan): GatewaySession {
  const { policies, ledger, nowMs } = services;
  const session = new GatewaySession({
    id: plan.id,
    principal: plan.principal,
    target: plan.target,
    database: plan.database,
    recorder: plan.recording?.recorder,
    policies,
    ledger,
    startedAtMs: nowMs(),
    nowMs,
    onClosed: (closed, summary) => indexEnd(services, closed, summary),
  });
  // What cannot be recorded does not happen.
  void plan.recording?.failed.then(() => session.abort('recording-failed'));
  return session;
}

function refuse(
  { ledger }: DoorServices,
  { clientAddress }: Origin,
  { principal, targetName, applicationName }: Greeting,
  reason: 'unknown-target' | 'not-permitted' | 'too-many',
  admission: Admission,
): Admission {
  ledger.append(
    {
      kind: 'session.refuse',
      principal: describePrincipal(principal),
      target: targetName.slice(0, 256),
      clientAddress,
      applicationName: applicationName.slice(0, 256),
      reason,
    },
    'sealed',
    () => undefined,
  );
  return admission;
}

/** The index is a table of contents: that it cannot be written ends no session. */
function indexStart(
  { sessions, log, gatewayName }: DoorServices,
  origin: Origin,
  { applicationName }: Greeting,
  session: GatewaySession,
  recordingPath: string | undefined,
): void {
  const { id, principal, target, database, startedAtMs } = session;
  logSessionStarted(log, { session: id, principal: principal.id, target: target.name });
  const start = {
    id,
    gateway: gatewayName,
    principalId: principal.id,
    principalName: principal.displayName,
    target: target.name,
    database,
    clientAddress: `${origin.clientAddress}:${origin.clientPort}`,
    applicationName: applicationName.slice(0, 256),
    startedAtMs,
    ...(recordingPath !== undefined && { recordingPath }),
  };
  indexing.set(
    session,
    sessions.start(start).catch((error: unknown) => indexFailed(log, error)),
  );
}

const indexing = new WeakMap<GatewaySession, Promise<unknown>>();

function indexEnd(
  { sessions, log, registry, nowMs }: DoorServices,
  session: GatewaySession,
  summary: RecordingSummary | undefined,
): void {
  const endedAtMs = nowMs();
  const reason = session.end ?? 'internal-error';
  const durationMs = endedAtMs - session.startedAtMs;
  logSessionEnded(log, { session: session.id, reason, durationMs });
  const end = {
    endedAtMs,
    reason,
    ...session.counts,
    ...(summary !== undefined && { recordingSha256: summary.sha256 }),
  };
  const indexed = indexing.get(session) ?? Promise.resolve();
  void indexed
    .then(() => sessions.end(session.id, end))
    .catch((error: unknown) => indexFailed(log, error))
    .finally(() => registry.delete(session));
}

function indexFailed(log: Log, error: unknown): void {
  logUnexpectedError(log, 'session index', error);
}

/** What the ledger keeps of a principal. */
export function describePrincipal(principal: Principal): Readonly<Record<string, unknown>> {
  const { id, kind, displayName, groups, signIn, expiresAtMs } = principal;
  return { id, kind, name: displayName, groups, signIn, expiresAtMs };
}

/** Appends an entry and waits until it is on stable storage. */
const seal = promisify(
  (ledger: LedgerPort, entry: EntryFields, done: (error: Error | null) => void) =>
    ledger.append(entry, 'sealed', (error) => done(error ?? null)),
);
