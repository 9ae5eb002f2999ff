import type { Dialed, HttpApplication } from '../protocols/http/upstream/dial.ts';
import type { UpstreamConnection } from '../protocols/postgres/upstream.ts';
import type { BackendKey } from '../protocols/postgres/upstream-login.ts';
import type { Session } from '../protocols/protocol.ts';
import type { SshUpstream } from '../protocols/ssh/upstream.ts';
import type { PostgresTarget, SshTarget, WebTarget } from '../targets/target.ts';

/** On whose behalf a target is connected to: what connectors count by. */
export interface CarriedFor {
  readonly sessionId: string;
  readonly principalId: string;
}

/** The gateway asks for itself: catalogs, schemas, health. */
export const FOR_GATEWAY: CarriedFor = { sessionId: 'gateway', principalId: 'gateway' };

/** On behalf of a session. */
export function carriedFor({ id, principal }: Pick<Session, 'id' | 'principal'>): CarriedFor {
  return { sessionId: id, principalId: principal.id };
}

/** What a session of PostgreSQL begins with. */
export interface PostgresStart {
  readonly database: string;
  /** Settings, beside user and database. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Who is to be on a host. */
export interface HostLogin {
  readonly account: string;
  /** For the host's own log, where a certificate is signed for the login. */
  readonly keyId: string;
}

/**
 * The ways to targets: directly or through their connectors, with credentials that are here or there. All throw
 * {@link UpstreamError}.
 */
export interface Ways {
  connectPostgres(
    target: PostgresTarget,
    start: PostgresStart,
    carriedFor: CarriedFor,
    signal: AbortSignal,
  ): Promise<UpstreamConnection>;
  /** Cancels what runs on a connection; over a way of its own, as PostgreSQL has it. */
  cancelPostgres(
    target: PostgresTarget,
    key: BackendKey,
    carriedFor: CarriedFor,
    signal: AbortSignal,
  ): Promise<void>;
  connectSsh(
    target: SshTarget,
    login: HostLogin,
    carriedFor: CarriedFor,
    signal: AbortSignal,
  ): Promise<SshUpstream>;
  /**
   * @param applications What may be spoken, best first.
   * @param timeoutMs Milliseconds until the target can be spoken to.
   */
  dialHttp(
    target: WebTarget,
    applications: readonly HttpApplication[],
    carriedFor: CarriedFor,
    timeoutMs: number,
  ): Promise<Dialed>;
  /**
   * Connects to an HTTP target, for the gateway, and says nothing. Where the connector logs in, it is left to that.
   *
   * @param timeoutMs Milliseconds until the target has to have taken the connection.
   */
  reachHttp(target: WebTarget, timeoutMs: number): Promise<void>;
}
