import type { Principal } from '../../identity/principal.ts';
import { DisconnectReason } from '../../wire/ssh/disconnect.ts';
import { type Admission, type Door, isOn, type SessionOn } from '../protocol.ts';
import { UpstreamError } from '../upstream-error.ts';
import { Connection, type ConnectionListener } from './connection/connection.ts';
import { HostKeyError } from './host-key-error.ts';
import { phrase, phraseAdmission } from './refusal.ts';
import type { SshUpstream } from './upstream.ts';

/** What a client asked for when it signed in. */
export interface SshGreeting {
  readonly principal: Principal;
  /** Account and target, as the client spelled them. */
  readonly userName: string;
  /** What the client calls itself. */
  readonly software: string;
}

export interface TargetAccessParts {
  readonly door: Pick<Door, 'admit'>;
  readonly greeting: SshGreeting;
  readonly connect: (session: SessionOn<'ssh'>, signal: AbortSignal) => Promise<SshUpstream>;
  readonly onUpstreamError: (session: SessionOn<'ssh'>, error: Error) => void;
  /** Aborts when the connection is over. */
  readonly signal: AbortSignal;
  readonly connectTimeoutMs: number;
  /** Told once. */
  readonly onSession: (session: SessionOn<'ssh'>) => void;
  /** For what the target itself asks for. */
  readonly upstreamListener: ConnectionListener;
}

/** The way to the target, or why there is none. */
export type Access = OpenAccess | { readonly kind: 'closed'; readonly message: string };

export interface OpenAccess {
  readonly kind: 'open';
  readonly session: SessionOn<'ssh'>;
  readonly upstream: Connection;
}

/**
 * Leads one connection to its target, when something needs it: the first channel. A connection that only
 * leads to others by ProxyJump never asks, and its user name need not be a target.
 */
export class TargetAccess {
  readonly #parts: TargetAccessParts;
  #session: SessionOn<'ssh'> | undefined;
  #upstream: Connection | undefined;
  #opening: Promise<Access> | undefined;
  #isUnreachable = false;

  constructor(parts: TargetAccessParts) {
    this.#parts = parts;
  }

  /** Undefined until the client was admitted. */
  get session(): SessionOn<'ssh'> | undefined {
    return this.#session;
  }

  /** Undefined until the target was reached. */
  get upstream(): Connection | undefined {
    return this.#upstream;
  }

  /** The last try to reach the target failed. */
  get isUnreachable(): boolean {
    return this.#isUnreachable;
  }

  /** Those who ask at once wait for the same; who asks after a failure has it tried again. */
  open(): Promise<Access> {
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #open(): Promise<Access> {
    if (this.#session === undefined) {
      const refusal = await this.#admit();
      if (refusal !== undefined) return { kind: 'closed', message: phraseAdmission(refusal) };
    }
    const session = this.#session;
    if (session === undefined) return GONE;
    const upstream = this.#upstream;
    return upstream === undefined ? this.#connect(session) : { kind: 'open', session, upstream };
  }

  async #admit(): Promise<Extract<Admission, { kind: 'refused' }> | undefined> {
    const { door, greeting, signal, onSession } = this.#parts;
    const { principal, userName, software } = greeting;
    const admission = await door.admit({
      principal,
      targetName: userName,
      applicationName: software,
      isEncrypted: true,
    });
    if (admission.kind === 'refused') return admission;
    const { session } = admission;
    if (!isOn(session, 'ssh')) {
      session.close();
      throw new TypeError('Cannot serve session: its target is no SSH target');
    }
    if (signal.aborted) {
      session.finish('client-left');
      session.close();
      return undefined;
    }
    this.#session = session;
    onSession(session);
    return undefined;
  }

  async #connect(session: SessionOn<'ssh'>): Promise<Access> {
    const { connect, onUpstreamError, signal, connectTimeoutMs, upstreamListener } = this.#parts;
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)]);
    try {
      const { port, earlier } = await connect(session, deadline);
      if (signal.aborted) {
        port.disconnect(DisconnectReason.ByApplication, 'the client has left');
        return GONE;
      }
      const upstream = new Connection(port, upstreamListener);
      this.#upstream = upstream;
      this.#isUnreachable = false;
      upstream.start(earlier);
      return { kind: 'open', session, upstream };
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      if (signal.aborted) return GONE;
      this.#isUnreachable = true;
      onUpstreamError(session, error);
      if (error instanceof HostKeyError) {
        session.guard.note('target-key', { fingerprint: error.fingerprint });
      }
      return { kind: 'closed', message: describeFailure(error, session.target.name) };
    }
  }
}

const GONE: Access = { kind: 'closed', message: phrase('the connection is over') };

/** Says what failed without telling where the target is or how the gateway logs in. */
function describeFailure({ code }: UpstreamError, target: string): string {
  switch (code) {
    case 'ERR_UPSTREAM_UNREACHABLE':
    case 'ERR_UPSTREAM_TIMEOUT':
      return phrase(`target "${target}" does not answer`);
    case 'ERR_UPSTREAM_HOST_KEY':
      return phrase(
        `the key of target "${target}" is not the one it is known by`,
        'It may have been replaced, or somebody is in between. Nothing was sent to it. Tell those who keep the targets of this gateway.',
      );
    case 'ERR_UPSTREAM_LOGIN':
      return phrase(`the gateway could not log in to target "${target}"`);
    case 'ERR_UPSTREAM_PROTOCOL':
    case 'ERR_UPSTREAM_TLS':
      return phrase(`target "${target}" does not speak SSH as the gateway does`);
  }
}
