import { createHash } from 'node:crypto';
import type { AuthenticationResult } from '../../identity/authenticator.ts';
import type { Admission, Door, Session } from '../protocol.ts';
import type { ClientCredential } from './client-credential.ts';
import type { HttpService } from './http-service.ts';
import { HttpSession } from './http-session.ts';

/** Milliseconds between looks at sessions in which something runs: those are not idle. */
const LOOK_INTERVAL_MS = 30_000;

/** Milliseconds for which something may go on after the right to it is gone. */
const RIGHTS_INTERVAL_MS = 5_000;

/** Who asks for what, from where. */
export interface SessionQuestion {
  readonly credential: ClientCredential;
  /** Of the request, without port. */
  readonly host: string;
  readonly service: HttpService;
  readonly clientAddress: string;
  readonly applicationName: string;
  readonly isEncrypted: boolean;
}

/** A session, or why there is none. */
export type OpenedSession =
  | { readonly kind: 'open'; readonly session: HttpSession }
  | { readonly kind: 'unauthenticated' }
  | Extract<Admission, { kind: 'refused' }>;

export interface HttpSessionsParts {
  readonly nowMs: () => number;
  readonly onActivity: (session: Session) => void;
}

/**
 * The sessions of a process that speak HTTP: one for each sign-in, target and address of the client, for as long
 * as it is used. How many there may be, the door says.
 */
export class HttpSessions implements Disposable {
  readonly #parts: HttpSessionsParts;
  readonly #open = new Map<string, HttpSession>();
  /** Requests that come while their session is opened wait for the same. */
  readonly #opening = new Map<string, Promise<OpenedSession>>();
  /** All that something may run in: those that are open, and those that are over but for what runs. */
  readonly #sessions = new Set<HttpSession>();
  readonly #timers: readonly NodeJS.Timeout[];

  constructor(parts: HttpSessionsParts) {
    this.#parts = parts;
    this.#timers = [
      setInterval(() => this.#look(), LOOK_INTERVAL_MS),
      setInterval(() => this.#checkRights(), RIGHTS_INTERVAL_MS),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  /**
   * Undefined where none runs, or its sign-in is over.
   *
   * @param memory Of the connection that the request came over.
   */
  find(question: SessionQuestion, memory: SessionMemory): HttpSession | undefined {
    const { credential, service, host } = question;
    const { last } = memory;
    if (last !== undefined && last.host === host && isSame(last.credential, credential)) {
      if (this.#isUsable(last.session, service)) return last.session;
      memory.last = undefined;
    }
    const session = this.#open.get(keyOf(question));
    if (session === undefined || !this.#isUsable(session, service)) return undefined;
    memory.last = { credential, host, session };
    return session;
  }

  /** Whether a request may begin in a session. One that lived on what is no more ends. */
  #isUsable(known: HttpSession, service: HttpService): boolean {
    if (known.isOver) return false;
    if (this.#parts.nowMs() >= known.session.principal.expiresAtMs) {
      known.retire('principal-expired');
      return false;
    }
    if (known.service === service) return true;
    // Another target, or its settings are others now: what runs goes on with the old ones.
    if (isSameSite(known.service, service)) known.retire('target-left');
    return false;
  }

  /** @param door Of the connection that the request came over. */
  open(question: SessionQuestion, door: Door, signal: AbortSignal): Promise<OpenedSession> {
    const key = keyOf(question);
    const underWay = this.#opening.get(key);
    if (underWay !== undefined) return underWay;
    const opening = this.#admit(key, question, door.within(question.service.name), signal).finally(
      () => this.#opening.delete(key),
    );
    this.#opening.set(key, opening);
    return opening;
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  async #admit(
    key: string,
    question: SessionQuestion,
    door: Door,
    signal: AbortSignal,
  ): Promise<OpenedSession> {
    const { service, applicationName, isEncrypted } = question;
    const signIn = await signInBy(question, door, signal);
    if (signIn.kind === 'rejected') return { kind: 'unauthenticated' };
    const admission = await door.admit({
      principal: signIn.principal,
      targetName: service.name,
      applicationName,
      isEncrypted,
    });
    if (admission.kind === 'refused') return admission;
    const { session } = admission;
    const opened = new HttpSession(session, service, service.openUpstream(session), {
      onOver: (over) => {
        if (this.#open.get(key) === over) this.#open.delete(key);
      },
      onClosed: (closed) => this.#sessions.delete(closed),
    });
    if (!opened.isOver) {
      this.#open.set(key, opened);
      this.#sessions.add(opened);
    }
    return { kind: 'open', session: opened };
  }

  #checkRights(): void {
    for (const session of [...this.#sessions]) session.checkRights();
  }

  #look(): void {
    for (const { runningCount, session } of this.#open.values()) {
      if (runningCount > 0) this.#parts.onActivity(session);
    }
  }
}

/** What a connection remembers: mostly, all its requests are of one client for one target. */
export interface SessionMemory {
  last:
    | {
        readonly credential: ClientCredential;
        readonly host: string;
        readonly session: HttpSession;
      }
    | undefined;
}

function isSame(one: ClientCredential, other: ClientCredential): boolean {
  switch (one.kind) {
    case 'token':
      return other.kind === 'token' && one.token === other.token;
    case 'cookie':
      return other.kind === 'cookie' && one.cookie === other.cookie;
    case 'certificate':
      return other.kind === 'certificate' && one.chain === other.chain;
  }
}

function isSameSite(one: HttpService, other: HttpService): boolean {
  return one.name === other.name && one.pathPrefix === other.pathPrefix;
}

/** Finds out at the door who asks. */
export function signInBy(
  { credential, host }: Pick<SessionQuestion, 'credential' | 'host'>,
  door: Door,
  signal: AbortSignal,
): Promise<AuthenticationResult> {
  switch (credential.kind) {
    case 'token':
      return door.authenticate(credential.token, signal);
    case 'cookie':
      return door.authenticateCookie(credential.cookie, host);
    case 'certificate':
      return door.authenticateClientCertificate(credential.chain);
  }
}

/** A token is kept in no list: its digest says as well whose request it is. A cookie is good at its host alone. */
function keyOf({ credential, service, clientAddress, host }: SessionQuestion): string {
  const where = credential.kind === 'cookie' ? host : '';
  const place = `${service.name}${service.pathPrefix}`;
  return `${credential.kind} ${digest(credential)} ${where} ${place} ${clientAddress}`;
}

function digest(credential: ClientCredential): string {
  const hash = createHash('sha256');
  switch (credential.kind) {
    case 'token':
      return hash.update(credential.token).digest('base64');
    case 'cookie':
      return hash.update(credential.cookie).digest('base64');
    case 'certificate':
      return hash.update(credential.chain[0] ?? '').digest('base64');
  }
}
