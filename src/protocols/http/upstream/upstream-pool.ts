import { UpstreamError } from '../../upstream-error.ts';
import type { HttpRequest, PendingExchange, ResponseListener } from '../exchange.ts';
import { ConnectionShares } from './connection-shares.ts';
import type { Dialed, HttpApplication } from './dial.ts';
import { FairQueue } from './fair-queue.ts';
import { Http1UpstreamConnection } from './http1-upstream-connection.ts';
import { Http2UpstreamConnection } from './http2-upstream-connection.ts';
import type { Unanswered } from './unanswered.ts';
import type {
  UpstreamConnection,
  UpstreamConnectionOwner,
  UpstreamTimeouts,
} from './upstream-connection.ts';

/** How a target is reached, and how much it is asked at a time. */
export interface UpstreamPoolOptions {
  /** Opens a connection that speaks one of these, the best first. Rejects with UpstreamError. */
  readonly connect: (applications: readonly HttpApplication[]) => Promise<Dialed>;
  /** Of all pools to the target. */
  readonly unanswered: Unanswered;
  /** What is spoken, best first. */
  readonly applications: readonly HttpApplication[];
  readonly scheme: 'http' | 'https';
  readonly timeouts: UpstreamTimeouts;
  /** Connections at a time; as many again that were upgraded. */
  readonly connectionsMax: number;
  /** Requests that wait for one. */
  readonly waitingMax: number;
  /** Milliseconds that a request waits for one. */
  readonly waitTimeoutMs: number;
  readonly onUnexpectedError: (error: unknown) => void;
}

/** Requests that may be sent again, if nobody can tell whether the target saw them: a look changes nothing. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** How often a request is sent at most. */
const ATTEMPTS_MAX = 3;

/** A request that has no connection, or has one. */
interface Job {
  readonly owner: string;
  readonly request: HttpRequest;
  readonly listener: ResponseListener;
  attempts: number;
  isOver: boolean;
  timer: NodeJS.Timeout | undefined;
  connection: UpstreamConnection | undefined;
  pending: PendingExchange | undefined;
}

/**
 * The connections to one target. A connection is used again only after a response that was read whole, and as it
 * should be; requests wait in turns by owner while all are in use.
 */
export class UpstreamPool {
  readonly #options: UpstreamPoolOptions;
  readonly #connections = new Set<UpstreamConnection>();
  /** With free slots; the one used last is at the end. */
  readonly #free: UpstreamConnection[] = [];
  readonly #waiting = new FairQueue<Job>();
  readonly #unanswered: Unanswered;
  /** Of connections of HTTP/1.1, which one request has for itself. */
  readonly #shares: ConnectionShares<UpstreamConnection>;
  readonly #owner: UpstreamConnectionOwner;
  #dialing = 0;
  /** Connections that are something else than HTTP now, or are to be. */
  #upgraded = 0;
  /** What the target spoke last. */
  #spoken: HttpApplication | undefined;
  #isRetired = false;
  #isClosed = false;

  constructor(options: UpstreamPoolOptions) {
    this.#options = options;
    this.#shares = new ConnectionShares(Math.ceil(options.connectionsMax / 2));
    this.#unanswered = options.unanswered;
    this.#owner = {
      onFree: (connection) => this.#freed(connection),
      onClosed: (connection) => this.#closed(connection),
      onUnexpectedError: options.onUnexpectedError,
    };
  }

  /** @param owner Among whom connections are shared out: a session. */
  send(owner: string, request: HttpRequest, listener: ResponseListener): PendingExchange {
    const job: Job = {
      owner,
      request,
      listener,
      attempts: 0,
      isOver: false,
      timer: undefined,
      connection: undefined,
      pending: undefined,
    };
    if (request.upgrade === undefined) this.#submit(job);
    else void this.#sendUpgrade(job);
    return { abort: () => this.#abort(job) };
  }

  /** Keeps no connection any longer than something is under way on it. */
  retire(): void {
    this.#isRetired = true;
    this.#closeIdle();
  }

  /** Ends all connections, and what is under way on them. */
  close(): void {
    this.#isClosed = true;
    this.#failAll(new UpstreamError('ERR_UPSTREAM_UNREACHABLE', 'the gateway is stopping'));
    for (const connection of this.#connections) connection.close();
  }

  // Requests.

  #submit(job: Job): void {
    const connection = this.#findFree();
    const isNext = this.#waiting.size === 0 && this.#mayHold(job.owner);
    if (connection !== undefined && isNext) return this.#assign(connection, job);
    const { waitingMax, waitTimeoutMs } = this.#options;
    // As of the connections, nobody has more than half of the places.
    const isFull = this.#waiting.size >= waitingMax;
    if (isFull || this.#waiting.sizeOf(job.owner) >= waitingMax / 2) {
      return this.#fail(job, tooMany('too many requests wait for it'));
    }
    this.#waiting.add(job.owner, job);
    job.timer = setTimeout(() => {
      if (!this.#waiting.remove(job.owner, job)) return;
      this.#fail(job, tooMany('no connection became free in time'));
    }, waitTimeoutMs);
    this.#dialIfNeeded();
  }

  #assign(connection: UpstreamConnection, job: Job): void {
    clearTimeout(job.timer);
    if (connection.freeSlots === 1) this.#removeFree(connection);
    if (connection instanceof Http1UpstreamConnection) this.#shares.hold(connection, job.owner);
    this.#sendOn(connection, job);
  }

  #sendOn(connection: UpstreamConnection, job: Job): void {
    job.attempts += 1;
    job.connection = connection;
    this.#unanswered.add(job, () => this.#cutOff(job));
    try {
      job.pending = connection.send(job.request, {
        onResponse: (response) => {
          this.#unanswered.answer(job);
          if (!job.isOver) job.listener.onResponse(response);
        },
        onUpgrade: (response, stream) => {
          this.#unanswered.answer(job);
          if (!job.isOver) job.listener.onUpgrade(response, stream);
        },
        onError: (error) => this.#fail(job, error),
        onStale: (error) => this.#retry(job, error),
      });
    } catch (error) {
      this.#options.onUnexpectedError(error);
      const reason = 'the request cannot be sent';
      this.#fail(job, new UpstreamError('ERR_UPSTREAM_PROTOCOL', reason, { cause: error }));
    }
    // It may have been given up by what it was told meanwhile.
    if (job.isOver) job.pending?.abort();
  }

  /** Nothing more comes on the connection either, nor on those that are kept: they are as old. */
  #cutOff(job: Job): void {
    this.#fail(job, new UpstreamError('ERR_UPSTREAM_TIMEOUT', 'it cannot be reached any more'));
    job.connection?.close();
    this.#closeIdle();
  }

  #closeIdle(): void {
    for (const connection of this.#connections) if (connection.isIdle) connection.close();
  }

  #retry(job: Job, error: UpstreamError): void {
    this.#unanswered.delete(job);
    if (job.isOver) return;
    const { method, body } = job.request;
    const mayRepeat = SAFE_METHODS.has(method) && body.length === 0 && job.attempts < ATTEMPTS_MAX;
    if (mayRepeat) this.#submit(job);
    else this.#fail(job, error);
  }

  #fail(job: Job, error: UpstreamError): void {
    clearTimeout(job.timer);
    this.#unanswered.delete(job);
    if (job.isOver) return;
    job.isOver = true;
    try {
      job.listener.onError(error);
    } catch (unexpected) {
      // It must not keep others who wait from being told.
      this.#options.onUnexpectedError(unexpected);
    }
  }

  #abort(job: Job): void {
    if (job.isOver) return;
    job.isOver = true;
    clearTimeout(job.timer);
    this.#waiting.remove(job.owner, job);
    this.#unanswered.delete(job);
    job.pending?.abort();
  }

  /** On a connection of its own, made for it: it could not be sent again if that was over already. */
  async #sendUpgrade(job: Job): Promise<void> {
    const { connect, connectionsMax, timeouts } = this.#options;
    if (this.#upgraded >= connectionsMax) {
      return this.#fail(job, tooMany('too many of its connections were upgraded'));
    }
    this.#upgraded += 1;
    let dialed: Dialed;
    try {
      dialed = await connect(['http/1.1']);
    } catch (error) {
      this.#upgraded -= 1;
      return this.#fail(job, this.#describe(error));
    }
    const owner: UpstreamConnectionOwner = {
      ...this.#owner,
      onFree: (connection) => connection.close(),
      onClosed: () => {
        this.#upgraded -= 1;
      },
    };
    const connection = new Http1UpstreamConnection(dialed.socket, owner, timeouts);
    if (job.isOver || this.#isClosed) connection.close();
    else this.#sendOn(connection, job);
  }

  // Connections.

  #freed(connection: UpstreamConnection): void {
    this.#shares.release(connection);
    if (!this.#connections.has(connection)) return;
    if (!this.#free.includes(connection)) this.#free.push(connection);
    this.#serve();
    if (this.#isRetired && connection.isIdle) connection.close();
  }

  #closed(connection: UpstreamConnection): void {
    this.#shares.release(connection);
    this.#removeFree(connection);
    this.#connections.delete(connection);
    this.#dialIfNeeded();
  }

  /** Gives those who wait what is free. */
  #serve(): void {
    for (;;) {
      const connection = this.#findFree();
      if (connection === undefined) break;
      const job = this.#waiting.take((owner) => this.#mayHold(owner));
      if (job === undefined) break;
      this.#assign(connection, job);
    }
    this.#dialIfNeeded();
  }

  #dialIfNeeded(): void {
    while (this.#mayDial()) void this.#dial();
  }

  #mayDial(): boolean {
    const { applications, connectionsMax } = this.#options;
    if (this.#isClosed || this.#connections.size + this.#dialing >= connectionsMax) return false;
    if (!this.#waiting.hasTurn((owner) => this.#mayHold(owner))) return false;
    // One connection of HTTP/2 may do for all that wait.
    const isShared = applications.includes('h2') && this.#spoken !== 'http/1.1';
    return isShared ? this.#dialing === 0 : this.#dialing < this.#waiting.size;
  }

  async #dial(): Promise<void> {
    this.#dialing += 1;
    let dialed: Dialed;
    try {
      dialed = await this.#options.connect(this.#options.applications);
    } catch (error) {
      this.#dialing -= 1;
      return this.#dialFailed(error);
    }
    this.#dialing -= 1;
    if (this.#isClosed) {
      dialed.socket.destroy();
      return;
    }
    this.#spoken = dialed.application;
    const connection = this.#open(dialed);
    this.#connections.add(connection);
    this.#freed(connection);
  }

  #open({ socket, application }: Dialed): UpstreamConnection {
    const { scheme, timeouts } = this.#options;
    return application === 'h2'
      ? new Http2UpstreamConnection(socket, scheme, this.#owner, timeouts)
      : new Http1UpstreamConnection(socket, this.#owner, timeouts);
  }

  /** Whoever waits may still get a connection from others; if there are none, nobody will. */
  #dialFailed(error: unknown): void {
    const failure = this.#describe(error);
    if (this.#connections.size + this.#dialing === 0) return this.#failAll(failure);
    const job = this.#waiting.take(() => true);
    if (job !== undefined) this.#fail(job, failure);
    this.#dialIfNeeded();
  }

  #failAll(error: UpstreamError): void {
    for (;;) {
      const job = this.#waiting.take(() => true);
      if (job === undefined) return;
      this.#fail(job, error);
    }
  }

  #describe(error: unknown): UpstreamError {
    if (error instanceof UpstreamError) return error;
    this.#options.onUnexpectedError(error);
    return new UpstreamError('ERR_UPSTREAM_UNREACHABLE', 'no connection', { cause: error });
  }

  /** What has ended is not free any more, although it has not said so yet. */
  #findFree(): UpstreamConnection | undefined {
    while (this.#free.at(-1)?.freeSlots === 0) this.#free.pop();
    return this.#free.at(-1);
  }

  #removeFree(connection: UpstreamConnection): void {
    const at = this.#free.lastIndexOf(connection);
    if (at !== -1) this.#free.splice(at, 1);
  }

  #mayHold(owner: string): boolean {
    return this.#spoken === 'h2' || this.#shares.mayHold(owner);
  }
}

function tooMany(reason: string): UpstreamError {
  return new UpstreamError('ERR_UPSTREAM_TIMEOUT', reason);
}
