import { isIPv6 } from 'node:net';
import type {
  HttpRequest,
  HttpUpstream,
  PendingExchange,
  ResponseListener,
  SessionUpstream,
} from '../../protocols/http/exchange.ts';
import { Unanswered } from '../../protocols/http/upstream/unanswered.ts';
import { UpstreamPool } from '../../protocols/http/upstream/upstream-pool.ts';
import { mapPaths, type PathMapping } from '../../protocols/http/url-fields.ts';
import type { Session } from '../../protocols/protocol.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import type { ResolveSecret } from '../../targets/secret-resolver.ts';
import type { Target, WebTarget } from '../../targets/target.ts';
import type { FieldList } from '../../wire/http/field-list.ts';
import { type CarriedFor, carriedFor, FOR_GATEWAY, type Ways } from '../ways.ts';
import { chooseApplications } from './dial-options.ts';
import { cutBasePath } from './own-paths.ts';
import { createRequestCredential, type RequestCredential } from './request-credential.ts';
import { type SignIdentity, withCaller } from './with-caller.ts';

/** What targets are reached with. */
export interface HttpTargetsParts {
  readonly ways: Pick<Ways, 'dialHttp' | 'reachHttp'>;
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

/** The ways to all HTTP targets of a process, with credentials that never leave this folder. */
export class HttpTargets {
  readonly #parts: HttpTargetsParts;
  /** By what is configured: a target that changes is reached in its new way. */
  readonly #ways = new Map<string, WayToTarget>();

  constructor(parts: HttpTargetsParts) {
    this.#parts = parts;
  }

  /**
   * The way to a target for one session. Connections that the gateway makes itself are shared with other sessions,
   * see `UpstreamPool`; streams of a connector are each for one.
   */
  open(target: WebTarget, session: Session): SessionUpstream {
    return this.#find(target).open(session);
  }

  /**
   * The way to a target on which nobody is named to it: it is asked as its credential says.
   *
   * @param behalf Among whom connections are shared out, and whose own the credential is where it is anybody's.
   */
  openOwn(target: WebTarget, behalf: CarriedFor = FOR_GATEWAY): HttpUpstream {
    const way = this.#find(target);
    return { send: (request, listener) => way.sendOwn(behalf, request, listener) };
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

/** Who sends a request. */
interface Asker {
  /** Undefined where nobody is named to the target. */
  readonly session: Session | undefined;
  readonly behalf: CarriedFor;
}

/** One target, as it is configured. */
class WayToTarget {
  readonly #target: WebTarget;
  readonly #parts: HttpTargetsParts;
  readonly #credential: RequestCredential;
  /** For the gateway itself, and for all sessions where a connection may be anybody's. */
  readonly #shared: UpstreamPool;
  /** Those of sessions through a connector. */
  readonly #pools = new Set<UpstreamPool>();
  readonly #unanswered = new Unanswered(() => this.#isReachable());
  readonly #scheme: 'http' | 'https';
  readonly #authority: string;
  readonly #basePath: string;
  readonly #ownPaths: PathMapping;

  constructor(target: WebTarget, parts: HttpTargetsParts) {
    this.#target = target;
    this.#parts = parts;
    this.#credential = createRequestCredential(target.credential, parts);
    const { credential, tls } = target;
    // The connector says what the target is called.
    const isHandedOver = credential.kind === 'elsewhere';
    this.#scheme = tls.mode === 'disable' ? 'http' : 'https';
    this.#authority = isHandedOver ? target.name : nameTarget(target, this.#scheme);
    this.#basePath = target.kind === 'http' ? target.basePath : '';
    this.#ownPaths = cutBasePath(this.#authority, this.#basePath);
    this.#shared = this.#openPool(FOR_GATEWAY);
  }

  #openPool(behalf: CarriedFor): UpstreamPool {
    const { ways, connectTimeoutMs, onUnexpectedError } = this.#parts;
    return new UpstreamPool({
      connect: (applications) =>
        ways.dialHttp(this.#target, applications, behalf, connectTimeoutMs),
      unanswered: this.#unanswered,
      applications: chooseApplications(this.#target),
      scheme: this.#scheme,
      timeouts: { headTimeoutMs: HEAD_TIMEOUT_MS, idleTimeoutMs: IDLE_TIMEOUT_MS },
      connectionsMax: CONNECTIONS_MAX,
      waitingMax: WAITING_MAX,
      waitTimeoutMs: WAIT_TIMEOUT_MS,
      onUnexpectedError,
    });
  }

  open(session: Session): SessionUpstream {
    const behalf = carriedFor(session);
    const sendOver =
      (pool: UpstreamPool): HttpUpstream['send'] =>
      (request, listener) =>
        this.#send(new Sending(pool, session.id, this.#watch(listener)), request, {
          session,
          behalf,
        });
    if (this.#target.connectors.length === 0) {
      return { send: sendOver(this.#shared), close: () => undefined };
    }
    const pool = this.#openPool(behalf);
    this.#pools.add(pool);
    return {
      send: sendOver(pool),
      close: () => {
        this.#pools.delete(pool);
        pool.close();
      },
    };
  }

  /** A target that refuses connections may still end what it has begun; one that is silent is cut off. */
  async #isReachable(): Promise<boolean> {
    try {
      await this.#parts.ways.reachHttp(this.#target, this.#parts.connectTimeoutMs);
      return true;
    } catch (error) {
      return !(error instanceof UpstreamError && error.code === 'ERR_UPSTREAM_TIMEOUT');
    }
  }

  sendOwn(behalf: CarriedFor, request: HttpRequest, listener: ResponseListener): PendingExchange {
    const sending = new Sending(this.#shared, behalf.sessionId, this.#watch(listener));
    return this.#send(sending, request, { session: undefined, behalf });
  }

  #send(sending: Sending, request: HttpRequest, asker: Asker): PendingExchange {
    try {
      const prepared = this.#prepare(asker, request);
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
    this.#credential.end();
    for (const pool of [this.#shared, ...this.#pools]) pool.retire();
  }

  close(): void {
    this.#credential.end();
    for (const pool of [this.#shared, ...this.#pools]) pool.close();
  }

  /** At once where the credential is known. Nobody else sees what it returns. */
  #prepare({ session, behalf }: Asker, request: HttpRequest): HttpRequest | Promise<HttpRequest> {
    const path = request.path === '*' ? '*' : `${this.#basePath}${request.path}`;
    const holder = { principalId: behalf.principalId, target: this.#target.name };
    const name = (fields: FieldList): HttpRequest => ({
      ...request,
      scheme: this.#scheme,
      authority: this.#authority,
      path,
      fields,
    });
    const named =
      session === undefined
        ? request.fields
        : withCaller(this.#target, session, request.fields, this.#parts.signIdentity);
    if (!(named instanceof Promise)) return this.#credential.add(name(named), holder);
    return named.then((fields) => this.#credential.add(name(fields), holder));
  }

  /** A credential that the target does not take may have been replaced meanwhile. */
  #watch(listener: ResponseListener): ResponseListener {
    return {
      onResponse: (response) => {
        if (response.status === 401) this.#credential.forget();
        listener.onResponse({ ...response, fields: mapPaths(response.fields, this.#ownPaths) });
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
