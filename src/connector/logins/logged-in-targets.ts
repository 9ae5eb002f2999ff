import { UpstreamError, type UpstreamErrorCode } from '../../protocols/upstream-error.ts';
import {
  isPostgres,
  isSsh,
  isWeb,
  type PostgresTarget,
  type SshTarget,
  type Target,
  type WebTarget,
} from '../../targets/target.ts';
import { hasAccount, hasDatabase } from '../../targets/target-catalogue.ts';
import { decodeHttpLogin } from '../../upstream/http/http-handover.ts';
import { HttpTargets, type HttpTargetsParts } from '../../upstream/http/http-targets.ts';
import {
  decodeKey,
  decodeStart,
  encodeLoginFacts,
} from '../../upstream/postgres/postgres-handover.ts';
import { decodeHostLogin, encodeHostFacts } from '../../upstream/ssh/ssh-handover.ts';
import { type CarriedFor, FOR_GATEWAY, type Ways } from '../../upstream/ways.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { DisconnectReason } from '../../wire/ssh/disconnect.ts';
import type { StreamRefusal } from '../../wire/tunnel/stream-answer.ts';
import type { StreamRequest } from '../../wire/tunnel/stream-request.ts';
import { StreamRefusedError } from '../stream-refused-error.ts';
import type { TargetOpener, TargetStream } from '../target-stream.ts';
import { joinDatabase } from './join-database.ts';
import { joinHost } from './join-host.ts';
import { joinSite } from './join-site.ts';

/** What the connector logs in with. */
export interface LoggedInTargetsParts extends Omit<HttpTargetsParts, 'signIdentity'> {
  readonly ways: Ways;
}

/**
 * Targets that the connector logs in to itself, each as its own file says: a gateway chooses what that permits, and
 * nothing else.
 */
export class LoggedInTargets implements TargetOpener, Disposable {
  readonly #targets: ReadonlyMap<string, Target>;
  readonly #parts: LoggedInTargetsParts;
  readonly #sites: HttpTargets;

  constructor(targets: readonly Target[], parts: LoggedInTargetsParts) {
    this.#targets = new Map(targets.map((target) => [target.name, target]));
    this.#parts = parts;
    this.#sites = new HttpTargets({
      ...parts,
      // Requests come with what the gateway has signed.
      signIdentity: () => Promise.reject(new Error('Cannot sign: only gateways say who asks')),
    });
  }

  async open(request: StreamRequest, signal: AbortSignal): Promise<TargetStream> {
    try {
      return await this.#open(request, signal);
    } catch (error) {
      if (error instanceof ProtocolError) {
        throw new StreamRefusedError('login-not-accepted', error.message, { cause: error });
      }
      if (error instanceof UpstreamError) {
        throw new StreamRefusedError(REFUSALS[error.code], error.message, { cause: error });
      }
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#sites.close();
  }

  async #open(request: StreamRequest, signal: AbortSignal): Promise<TargetStream> {
    const target = this.#targets.get(request.target);
    switch (request.kind) {
      case 'postgres':
        if (target && isPostgres(target)) return this.#openDatabase(target, request, signal);
        break;
      case 'postgres-cancel':
        if (target && isPostgres(target)) return this.#cancel(target, request, signal);
        break;
      case 'ssh':
        if (target && isSsh(target)) return this.#openHost(target, request, signal);
        break;
      case 'http':
        if (target && isWeb(target)) return this.#openSite(target, request);
        break;
      case 'bytes':
        break;
    }
    throw new StreamRefusedError('kind-not-served', 'the connector serves it otherwise');
  }

  async #openDatabase(
    target: PostgresTarget,
    request: StreamRequest,
    signal: AbortSignal,
  ): Promise<TargetStream> {
    const start = decodeStart(request.login);
    if (!hasDatabase(target, start.database)) {
      throw notAccepted('the connector does not log in to this database');
    }
    const refused = [...start.parameters.keys()].find((name) => NOT_SETTINGS.test(name));
    if (refused !== undefined) throw notAccepted('a parameter is no setting');
    const upstream = await this.#parts.ways.connectPostgres(
      target,
      start,
      behalfOf(request),
      signal,
    );
    return {
      facts: encodeLoginFacts(upstream),
      join: (stream, onOperation) => joinDatabase(stream, upstream.socket, onOperation),
      close: () => void upstream.socket.destroy(),
    };
  }

  async #cancel(
    target: PostgresTarget,
    request: StreamRequest,
    signal: AbortSignal,
  ): Promise<TargetStream> {
    const key = decodeKey(request.login);
    await this.#parts.ways.cancelPostgres(target, key, behalfOf(request), signal);
    return { join: (stream) => void stream.end(), close: () => undefined };
  }

  /** Connections to it are made when there are requests. */
  #openSite(target: WebTarget, request: StreamRequest): TargetStream {
    const { application } = decodeHttpLogin(request.login);
    const site = {
      target,
      upstream: this.#sites.openOwn(target, behalfOf(request)),
      isOfGateway: request.sessionId === FOR_GATEWAY.sessionId,
    };
    const { onUnexpectedError } = this.#parts;
    return {
      join: (stream, onOperation) =>
        joinSite(stream, application, { site, onOperation, onUnexpectedError }),
      close: () => undefined,
    };
  }

  async #openHost(
    target: SshTarget,
    request: StreamRequest,
    signal: AbortSignal,
  ): Promise<TargetStream> {
    const login = decodeHostLogin(request.login);
    if (!hasAccount(target, login.account)) {
      throw notAccepted('the connector does not log in to this account');
    }
    const { ways } = this.#parts;
    const { port, earlier } = await ways.connectSsh(target, login, behalfOf(request), signal);
    return {
      facts: encodeHostFacts({ identification: port.peerIdentification }),
      join: (stream, onOperation) => joinHost(stream, { port, earlier }, onOperation),
      close: () => port.disconnect(DisconnectReason.ByApplication, 'the gateway has left'),
    };
  }
}

/**
 * What in a startup message says who logs in, where or in which mode, and not how the session behaves: whatever a
 * gateway asks for, that is the file's to say.
 */
const NOT_SETTINGS = /^(?:user|database|replication|options|_pq_\..*)$/i;

const REFUSALS: Readonly<Record<UpstreamErrorCode, StreamRefusal>> = {
  ERR_UPSTREAM_UNREACHABLE: 'target-unreachable',
  ERR_UPSTREAM_TLS: 'target-unreachable',
  ERR_UPSTREAM_HOST_KEY: 'target-unreachable',
  ERR_UPSTREAM_LOGIN: 'login-failed',
  ERR_UPSTREAM_PROTOCOL: 'target-unreachable',
  ERR_UPSTREAM_TIMEOUT: 'target-unreachable',
};

function notAccepted(message: string): StreamRefusedError {
  return new StreamRefusedError('login-not-accepted', message);
}

function behalfOf({ sessionId, principalId }: StreamRequest): CarriedFor {
  return { sessionId, principalId };
}
