import { isIPv6 } from 'node:net';
import type {
  HttpRequest,
  HttpUpstream,
  PendingExchange,
  ResponseListener,
} from '../../protocols/http/exchange.ts';
import { dial, type HttpApplication } from '../../protocols/http/upstream/dial.ts';
import { UpstreamPool } from '../../protocols/http/upstream/upstream-pool.ts';
import type { Session } from '../../protocols/protocol.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import type { ResolveSecret } from '../../targets/secret-resolver.ts';
import type { Target, WebTarget } from '../../targets/target.ts';
import { chooseApplications, readDialOptions } from './dial-options.ts';
import { createRequestCredential, type RequestCredential } from './request-credential.ts';
import { type SignIdentity, withCaller } from './with-caller.ts';

/** What targets are reached with. */
export interface HttpTargetsParts {
  readonly resolveSecret: ResolveSecret;
  readonly signIdentity: SignIdentity;
  /** Milliseconds until a target must have taken a connection. */
  readonly connectTimeoutMs: number;
  readonly onUnexpectedError: (error: unknown) => void;
  readonly nowMs: () => number;
}

/** As long as load balancers in front of targets wait, or longer: they should be the ones to give up. */
const HEAD_TIMEOUT_MS = 120_000;
/** Shorter than servers keep connections, which do not say how long: nginx 75 s, Apache 5 s and says so. */
const IDLE_TIMEOUT_MS = 50_000;
/** Connections to one target, and as many again that were upgraded. */
const CONNECTIONS_MAX = 256;
/** Requests that wait for one of them. */
const WAITING_MAX = 4_096;
const WAIT_TIMEOUT_MS = 30_000;
/** Among the owners of requests, which share the connections to a target. */
const GATEWAY_ITSELF = 'gateway';

/** The ways to all HTTP targets of a process, with credentials that never leave this folder. */
export class HttpTargets {
  readonly #parts: HttpTargetsParts;
  /** By what is configured: a target that changes is reached in its new way. */
  readonly #ways = new Map<string, WayToTarget>();

  constructor(parts: HttpTargetsParts) {
    this.#parts = parts;
  }

  /** The way to a target for one session. Its connections are shared with other sessions; see `UpstreamPool`. */
  open(target: WebTarget, session: Session): HttpUpstream {
    const way = this.#find(target);
    return { send: (request, listener) => way.send(session, request, listener) };
  }

  /** The same for the gateway itself: nobody is named to the target, and it is asked as its credential says. */
  openOwn(target: WebTarget): HttpUpstream {
    return { send: (request, listener) => this.#find(target).send(undefined, request, listener) };
  }

  #find(target: WebTarget): WayToTarget {
    const key = JSON.stringify(target);
    const way = this.#ways.get(key) ?? new WayToTarget(target, this.#parts);
    this.#ways.set(key, way);
    return way;
  }

  /** Forgets the ways to what is no target any more; sessions that run keep them, but no connection. */
  reconfigure(targets: readonly Target[]): void {
    const keys = new Set(targets.map((target) => JSON.stringify(target)));
    for (const [key, way] of this.#ways) {
      if (keys.has(key)) continue;
      this.#ways.delete(key);
      way.retire();
    }
  }

  /** Ends all connections. */
  close(): void {
    for (const way of this.#ways.values()) way.close();
  }
}

/** One target, as it is configured. */
class WayToTarget {
  readonly #target: WebTarget;
  readonly #parts: HttpTargetsParts;
  readonly #credential: RequestCredential;
  readonly #pool: UpstreamPool;
  readonly #scheme: 'http' | 'https';
  readonly #authority: string;
  readonly #basePath: string;

  constructor(target: WebTarget, parts: HttpTargetsParts) {
    this.#target = target;
    this.#parts = parts;
    this.#credential = createRequestCredential(target.credential, parts);
    this.#scheme = target.tls.mode === 'disable' ? 'http' : 'https';
    this.#authority = nameTarget(target, this.#scheme);
    this.#basePath = target.kind === 'http' ? target.basePath : '';
    this.#pool = new UpstreamPool({
      connect: (applications) => this.#connect(applications),
      applications: chooseApplications(target),
      scheme: this.#scheme,
      timeouts: { headTimeoutMs: HEAD_TIMEOUT_MS, idleTimeoutMs: IDLE_TIMEOUT_MS },
      connectionsMax: CONNECTIONS_MAX,
      waitingMax: WAITING_MAX,
      waitTimeoutMs: WAIT_TIMEOUT_MS,
      onUnexpectedError: parts.onUnexpectedError,
    });
  }

  /** @param session Undefined for the gateway itself. */
  send(
    session: Session | undefined,
    request: HttpRequest,
    listener: ResponseListener,
  ): PendingExchange {
    const owner = session?.id ?? GATEWAY_ITSELF;
    const sending = new Sending(this.#pool, owner, this.#watch(listener));
    try {
      const prepared = this.#prepare(session, request);
      if (prepared instanceof Promise) {
        prepared.then(
          (ready) => sending.send(ready),
          (error: unknown) => sending.fail(this.#describe(error), request),
        );
      } else {
        sending.send(prepared);
      }
    } catch (error) {
      sending.fail(this.#describe(error), request);
    }
    return sending;
  }

  retire(): void {
    this.#pool.retire();
  }

  close(): void {
    this.#pool.close();
  }

  /** At once where the credential is known. Nobody else sees what it returns. */
  #prepare(session: Session | undefined, request: HttpRequest): HttpRequest | Promise<HttpRequest> {
    const path = request.path === '*' ? '*' : `${this.#basePath}${request.path}`;
    const place = { scheme: this.#scheme, authority: this.#authority, path };
    const named =
      session === undefined
        ? request.fields
        : withCaller(this.#target, session, request.fields, this.#parts.signIdentity);
    if (!(named instanceof Promise)) {
      return this.#credential.add({ ...request, ...place, fields: named });
    }
    return named.then((fields) => this.#credential.add({ ...request, ...place, fields }));
  }

  /** A credential that the target does not take may have been replaced meanwhile. */
  #watch(listener: ResponseListener): ResponseListener {
    return {
      onResponse: (response) => {
        if (response.status === 401) this.#credential.forget();
        listener.onResponse(response);
      },
      onUpgrade: (response, stream) => listener.onUpgrade(response, stream),
      onError: (error) => listener.onError(error),
    };
  }

  /** What failed is told by its code; what it was may be part of a secret. */
  #describe(cause: unknown): UpstreamError {
    if (cause instanceof UpstreamError) return cause;
    return new UpstreamError('ERR_UPSTREAM_LOGIN', 'its credential cannot be had', { cause });
  }

  async #connect(applications: readonly HttpApplication[]): ReturnType<typeof dial> {
    const { resolveSecret, connectTimeoutMs } = this.#parts;
    try {
      const where = await readDialOptions(this.#target, resolveSecret);
      return await dial({ ...where, connectTimeoutMs }, applications);
    } catch (error) {
      throw this.#describe(error);
    }
  }
}

/** A request whose credential may have to be had first. */
class Sending implements PendingExchange {
  readonly #pool: UpstreamPool;
  readonly #sessionId: string;
  readonly #listener: ResponseListener;
  #pending: PendingExchange | undefined;
  #isAborted = false;

  constructor(pool: UpstreamPool, sessionId: string, listener: ResponseListener) {
    this.#pool = pool;
    this.#sessionId = sessionId;
    this.#listener = listener;
  }

  send(request: HttpRequest): void {
    if (this.#isAborted) request.body.destroy();
    else this.#pending = this.#pool.send(this.#sessionId, request, this.#listener);
  }

  fail(error: UpstreamError, request: HttpRequest): void {
    request.body.destroy();
    if (!this.#isAborted) this.#listener.onError(error);
  }

  abort(): void {
    this.#isAborted = true;
    this.#pending?.abort();
  }
}

/** How a target is to know itself: by the name of its certificate, and its port where that is not the scheme's. */
function nameTarget({ host, port, tls }: WebTarget, scheme: 'http' | 'https'): string {
  const name = tls.serverName ?? host;
  const written = isIPv6(name) ? `[${name}]` : name.toLowerCase();
  return port === (scheme === 'https' ? 443 : 80) ? written : `${written}:${port}`;
}
