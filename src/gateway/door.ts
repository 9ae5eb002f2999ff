import { randomUUID } from 'node:crypto';
import type { ReviewDesk } from '../access/review-desk.ts';
import type { SpoolGate } from '../archive/spool-gate.ts';
import type { EntryFields, LedgerPort } from '../audit/ledger-port.ts';
import type { SignInRefusals } from '../audit/sign-in-refusals.ts';
import type { AuthenticationResult, Authenticator } from '../identity/authenticator.ts';
import type { DeviceSignIn } from '../identity/device-sign-in.ts';
import type { DeviceSignIns } from '../identity/device-sign-ins.ts';
import type { Principal } from '../identity/principal.ts';
import { hashCertificate, hashToken, isSallyportToken } from '../identity/sallyport-token.ts';
import type { SiteSignIns } from '../identity/site-sign-ins.ts';
import type { Decision } from '../policy/decision.ts';
import type { Admission, Door, Greeting } from '../protocols/protocol.ts';
import type { RawTrackSession } from '../recording/raw-track.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { ClientProtocol, Target } from '../targets/target.ts';
import type { TargetCatalogue } from '../targets/target-catalogue.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { SessionTracer } from '../telemetry/traces.ts';
import type { SessionClient } from './ask-for-review.ts';
import type { ClientCertificates } from './client-certificates.ts';
import { describeTarget, GatewaySession } from './gateway-session.ts';
import type { GrantsInForce } from './grants-in-force.ts';
import type { Policies } from './policies.ts';
import type { PseudonymBudget } from './pseudonym-budget.ts';
import type { SessionListing } from './session-listing.ts';
import { needsRawTrack } from './session-raw-track.ts';
import type { SessionLimits, SessionRegistry } from './session-registry.ts';
import type { SignInNotes } from './sign-in-notes.ts';

/** What every connection of a gateway process is admitted with. */
export interface DoorServices {
  readonly nowMs: () => number;
  readonly log: Log;
  readonly ledger: LedgerPort;
  readonly refusals: Pick<SignInRefusals, 'note'>;
  readonly authenticator: Authenticator;
  readonly deviceSignIns: Pick<DeviceSignIns, 'begin'>;
  readonly siteSignIns: Pick<SiteSignIns, 'authenticate'>;
  readonly clientCertificates: Pick<ClientCertificates, 'authenticate'>;
  readonly isDisabled: (principalId: string) => boolean;
  /** Whether what somebody signed in by is neither revoked nor over, by its hash. Rejects if that cannot be told. */
  readonly stillCounts: (tokenHash: Buffer) => Promise<boolean>;
  readonly policies: Policies;
  readonly registry: SessionRegistry;
  readonly pseudonyms: PseudonymBudget;
  readonly listing: SessionListing;
  readonly desk: ReviewDesk;
  readonly grants: Pick<GrantsInForce, 'find'>;
  readonly signIns: Pick<SignInNotes, 'note'>;
  readonly limits: () => SessionLimits;
  /** Whether the ledger is witnessed as the target asks. */
  readonly isWitnessed: (target: string) => boolean;
  readonly targets: () => TargetCatalogue;
  /** What a full spool of the archive means for sessions. */
  readonly spool: Pick<SpoolGate, 'state'>;
  readonly openRecording: (sessionId: string, target: Target) => Promise<OpenedRecording>;
  /** Absent where no session is traced. */
  readonly tracer?: SessionTracer | undefined;
  /** Begins the sealed raw track of a session, and enters that in the ledger. */
  readonly openRawTrack: (session: RawTrackSession, target: Target) => Promise<OpenedRecording>;
}

/** A recording that began. */
export interface OpenedRecording {
  readonly recorder: Recorder;
  /** Relative to the recordings' directory. */
  readonly path: string;
  /** Has the listener called if the recording cannot go on. */
  readonly onFailure: (listener: () => void) => void;
}

/** Where a connection comes from, and what it speaks. */
export interface Origin {
  readonly protocol: ClientProtocol;
  readonly clientAddress: string;
  readonly clientPort: number;
  /** The listener's only target, if it has one. */
  readonly boundTo: string | undefined;
  /** The same, where it was the client that named it, for a connection within its own. */
  readonly jumpTo?: string;
  /** Called each time that somebody has. */
  readonly onSignedIn?: (() => void) | undefined;
}

/** Where an admitted client goes. */
interface Destination {
  readonly target: Target;
  readonly database: string;
  readonly account: string;
  readonly decision: Decision & { readonly kind: 'allow' };
  /** Names of the grants under which it was decided. */
  readonly grants: readonly string[];
}

/** How somebody signed in on a connection. */
interface SignedIn {
  /** Of what they signed in by, where it can be revoked. */
  readonly tokenHash: Buffer | undefined;
  readonly atMs: number;
}

/** Milliseconds for which a sign-in is not asked about again. */
const SIGN_IN_FRESH_MS = 5_000;
/** Characters of names that a client made up, in the ledger. */
const NAME_LENGTH_MAX = 256;

const SIGN_IN_OVER = 'the sign-in of this connection is over; connect again';
const SIGN_IN_UNKNOWN = 'sign-ins cannot be checked at present; connect again in a moment';

/** Lets the client of one connection in: who is it, what does it want, may it. */
export class GatewayDoor implements Door {
  readonly #services: DoorServices;
  readonly #origin: Origin;
  /** By who it was: on one connection, another may confirm a code after somebody has signed in by something else. */
  readonly #signedIn = new WeakMap<Principal, SignedIn>();

  constructor(services: DoorServices, origin: Origin) {
    this.#services = services;
    this.#origin = origin;
  }

  async authenticate(token: string, signal: AbortSignal): Promise<AuthenticationResult> {
    const result = await this.#services.authenticator.authenticate(token, signal);
    return this.#entered(result, isSallyportToken(token) ? hashToken(token) : undefined);
  }

  async authenticateCertificate(
    certificate: Buffer,
    signal: AbortSignal,
  ): Promise<AuthenticationResult> {
    const { clientAddress } = this.#origin;
    const { authenticator } = this.#services;
    const result = await authenticator.authenticateCertificate(
      certificate,
      { clientAddress },
      signal,
    );
    return this.#entered(result, hashCertificate(certificate));
  }

  async authenticateClientCertificate(chain: readonly Buffer[]): Promise<AuthenticationResult> {
    const { clientCertificates, isDisabled } = this.#services;
    const result = clientCertificates.authenticate(chain);
    const isBarred = result.kind === 'authenticated' && isDisabled(result.principal.id);
    return this.#entered(isBarred ? { kind: 'rejected', reason: 'disabled' } : result, undefined);
  }

  async authenticateCookie(cookie: string, host: string): Promise<AuthenticationResult> {
    const result = await this.#services.siteSignIns.authenticate(cookie, host);
    return result.kind === 'authenticated'
      ? this.#entered(result.answer, result.secretHash)
      : this.#entered(result, undefined);
  }

  async beginDeviceSignIn(signal: AbortSignal): Promise<DeviceSignIn> {
    const begun = await this.#services.deviceSignIns.begin(this.#origin.clientAddress, signal);
    if (begun.kind === 'unavailable') return begun;
    return { ...begun, outcome: begun.outcome.then((result) => this.#entered(result, undefined)) };
  }

  noteSignedIn(): void {
    this.#origin.onSignedIn?.();
  }

  within(targetName: string): GatewayDoor {
    const origin = { ...this.#origin, boundTo: targetName, jumpTo: targetName };
    return new GatewayDoor(this.#services, origin);
  }

  /** @param tokenHash See {@link SignedIn}. */
  #entered(result: AuthenticationResult, tokenHash: Buffer | undefined): AuthenticationResult {
    const { refusals, signIns, nowMs } = this.#services;
    const { clientAddress } = this.#origin;
    if (result.kind === 'authenticated') {
      this.#signedIn.set(result.principal, { tokenHash, atMs: nowMs() });
      this.noteSignedIn();
      void signIns.note(result.principal);
      const principal = describePrincipal(result.principal);
      this.#note({ kind: 'sign-in', clientAddress, principal });
    } else {
      refusals.note({ clientAddress, reason: result.reason, via: 'session' });
    }
    return result;
  }

  async admit(greeting: Greeting): Promise<Admission> {
    const problem = await this.#findSignInProblem(greeting.principal);
    if (problem !== undefined) {
      if (problem === SIGN_IN_OVER) this.#noteRefusal(greeting, 'sign-in-over');
      return { kind: 'refused', reason: 'unavailable', message: problem };
    }
    const { registry, limits, isWitnessed, spool } = this.#services;
    const destination = this.#findDestination(greeting);
    if (destination === undefined) {
      // The same for targets that do not exist and for those that are forbidden.
      const message = `target ${this.#describeWanted(greeting)} does not exist, or you may not connect to it`;
      return { kind: 'refused', reason: 'hidden', message };
    }
    if (registry.isEnding) {
      this.#noteRefusal(greeting, 'gateway-stopping');
      const message = 'the gateway is stopping; connect again';
      return { kind: 'refused', reason: 'unavailable', message };
    }
    if (!isWitnessed(destination.target.name)) {
      this.#noteRefusal(greeting, 'not-witnessed');
      const message =
        'the witnesses of the ledger have not answered lately, and this target needs them';
      return { kind: 'refused', reason: 'unavailable', message };
    }
    if (spool.state === 'refuse') {
      this.#noteRefusal(greeting, 'storage-full');
      const message = 'the gateway has no room for its recordings at present; it goes on by itself';
      return { kind: 'refused', reason: 'unavailable', message };
    }
    if (!registry.reserve(greeting.principal, limits())) {
      this.#noteRefusal(greeting, 'too-many');
      const message = 'too many connections: close some, or wait until others have';
      return { kind: 'refused', reason: 'too-many', message };
    }
    let isAdmitted = false;
    try {
      const admission = await this.#open(greeting, destination);
      isAdmitted = admission.kind === 'admitted';
      return admission;
    } finally {
      if (!isAdmitted) registry.release(greeting.principal);
    }
  }

  /** Why somebody cannot go on as who they were when they signed in: a client of SSH begins its session when it likes. */
  async #findSignInProblem(principal: Principal): Promise<string | undefined> {
    const { nowMs, isDisabled, stillCounts, log } = this.#services;
    if (nowMs() >= principal.expiresAtMs || isDisabled(principal.id)) return SIGN_IN_OVER;
    const { tokenHash, atMs = 0 } = this.#signedIn.get(principal) ?? {};
    // Clocks may be set back.
    if (tokenHash === undefined || Math.abs(nowMs() - atMs) < SIGN_IN_FRESH_MS) return undefined;
    try {
      return (await stillCounts(tokenHash)) ? undefined : SIGN_IN_OVER;
    } catch (error) {
      logUnexpectedError(log, 'token store', error);
      return SIGN_IN_UNKNOWN;
    }
  }

  /** In the client's own words: within another connection, it has named the target before, and now the account. */
  #describeWanted({ targetName }: Greeting): string {
    const { jumpTo } = this.#origin;
    return jumpTo === undefined
      ? `"${targetName}"`
      : `"${jumpTo}" with the account "${targetName}"`;
  }

  #findDestination(greeting: Greeting): Destination | undefined {
    const { protocol, boundTo } = this.#origin;
    const lookup = this.#services.targets().find(protocol, greeting.targetName, boundTo);
    if (lookup.kind === 'unknown') {
      this.#noteRefusal(greeting, 'unknown-target');
      return undefined;
    }
    const { policies } = this.#services;
    const { principal } = greeting;
    const { target } = lookup;
    const database = 'database' in lookup ? lookup.database : '';
    const account = 'account' in lookup ? lookup.account : '';
    const grants = this.#services.grants.find(principal.id, target.name);
    const scope = policies.scope(principal, describeTarget(target), { database, account }, grants);
    const decision = policies.decideConnect(scope, this.#describeClient(greeting));
    if (decision.kind === 'allow') return { target, database, account, decision, grants };
    this.#noteRefusal(greeting, 'not-permitted');
    return undefined;
  }

  #describeClient({ applicationName, isEncrypted }: Greeting): SessionClient {
    return {
      address: this.#origin.clientAddress,
      applicationName: applicationName.slice(0, NAME_LENGTH_MAX),
      isEncrypted,
    };
  }

  /** Begins the session: recorded and entered in the ledger before the target sees a byte. */
  async #open(greeting: Greeting, destination: Destination): Promise<Admission> {
    const { listing, log, openRecording, registry } = this.#services;
    const { target } = destination;
    const id = randomUUID();
    let recording: OpenedRecording | undefined;
    try {
      if (target.recording.enabled) recording = await openRecording(id, target);
    } catch (error) {
      logUnexpectedError(log, 'recording', error);
      return unavailable('recordings');
    }
    try {
      await this.#sealStart(id, greeting, destination, recording);
    } catch {
      await recording?.recorder.finish();
      return unavailable('ledger');
    }
    const session = this.#createSession(id, greeting, destination, recording);
    try {
      if (needsRawTrack(destination.decision)) await session.beginRawTrack();
    } catch (error) {
      logUnexpectedError(log, 'recording', error);
      session.finish('recording-failed');
      session.close();
      return unavailable('recordings');
    }
    try {
      listing.start(session, {
        clientAddress: `${this.#origin.clientAddress}:${this.#origin.clientPort}`,
        applicationName: session.client.applicationName,
        recordingPath: recording?.path,
      });
    } catch (error) {
      session.close();
      throw error;
    }
    registry.add(session);
    // What cannot be recorded does not happen.
    recording?.onFailure(() => session.abort('recording-failed'));
    return { kind: 'admitted', session };
  }

  #createSession(
    id: string,
    greeting: Greeting,
    { target, database, account, grants: grantsAtAdmission }: Destination,
    recording: OpenedRecording | undefined,
  ): GatewaySession {
    const { policies, ledger, pseudonyms, desk, grants, openRawTrack, spool } = this.#services;
    const { nowMs, registry, listing, tracer } = this.#services;
    return new GatewaySession({
      id,
      principal: greeting.principal,
      target,
      database,
      account,
      client: this.#describeClient(greeting),
      tokenHash: this.#signedIn.get(greeting.principal)?.tokenHash?.toString('hex'),
      recorder: recording?.recorder,
      openRawTrack,
      spool,
      policies,
      ledger,
      pseudonyms,
      desk,
      grants,
      grantsAtAdmission,
      startedAtMs: nowMs(),
      nowMs,
      trace: tracer?.start({ id, target: target.name, protocol: target.kind }),
      onClosed: (closed, summary) => {
        // The place first: it does not wait for the list, whose store may hang.
        registry.delete(closed);
        listing.end(closed, summary);
      },
    });
  }

  #sealStart(
    session: string,
    greeting: Greeting,
    { target, database, account, decision }: Destination,
    recording: OpenedRecording | undefined,
  ): Promise<void> {
    const { address: clientAddress, applicationName, isEncrypted } = this.#describeClient(greeting);
    const entry: EntryFields = {
      kind: 'session.start',
      session,
      principal: describePrincipal(greeting.principal),
      target: target.name,
      protocol: target.kind,
      ...(database !== '' && { database }),
      ...(account !== '' && { account }),
      clientAddress,
      tls: isEncrypted,
      applicationName,
      policies: decision.policyIds,
      ...(recording !== undefined && { recording: recording.path }),
    };
    return new Promise((resolve, reject) => {
      this.#services.ledger.append(entry, 'sealed', (error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  }

  #noteRefusal(
    { principal, targetName, applicationName }: Greeting,
    reason:
      | 'unknown-target'
      | 'not-permitted'
      | 'too-many'
      | 'gateway-stopping'
      | 'not-witnessed'
      | 'storage-full'
      | 'sign-in-over',
  ): void {
    this.#note({
      kind: 'session.refuse',
      principal: describePrincipal(principal),
      target: targetName.slice(0, NAME_LENGTH_MAX),
      clientAddress: this.#origin.clientAddress,
      applicationName: applicationName.slice(0, NAME_LENGTH_MAX),
      reason,
    });
  }

  /** Nothing waits for these entries: what depends on them is entered behind them. */
  #note(entry: EntryFields): void {
    this.#services.ledger.append(entry, 'sealed', () => undefined);
  }
}

function unavailable(what: 'recordings' | 'ledger'): Admission {
  const message = `the gateway cannot write its ${what} at present; it goes on by itself`;
  return { kind: 'refused', reason: 'unavailable', message };
}

/** What the ledger keeps of a principal. */
function describePrincipal(principal: Principal): Readonly<Record<string, unknown>> {
  const { id, kind, displayName, groups, signIn, expiresAtMs } = principal;
  return { id, kind, name: displayName, groups, signIn, expiresAtMs };
}
