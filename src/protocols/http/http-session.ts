import { GuardedClearance } from '../guarded-clearance.ts';
import type { Session, SessionEnd } from '../protocol.ts';
import type { SessionUpstream } from './exchange.ts';
import type { HttpService } from './http-service.ts';
import { HTTP_WORDS } from './http-words.ts';
import type { Problem } from './problem.ts';

/** Milliseconds for what runs to come to its end once the gateway stops. */
const STOP_MS_MAX = 5_000;

/** Something that runs in a session: an exchange, or what it has become after an upgrade. */
export interface RunningExchange {
  /** The session is over. */
  end(reason: SessionEnd): void;
  /** Ends if it may not go on. @param rights Of the moment, see `Guard.rights`. */
  checkRights(rights: string): void;
}

/** Who is told what becomes of a session, once each. */
export interface HttpSessionListener {
  /** No request may begin in it any more. */
  onOver(session: HttpSession): void;
  /** Nothing runs in it any more. */
  onClosed(session: HttpSession): void;
}

/** A session with what its requests share, whichever connections they come over. */
export class HttpSession {
  readonly session: Session;
  readonly service: HttpService;
  readonly upstream: SessionUpstream;
  /** For requests that nobody has to look at. */
  readonly clearance: GuardedClearance<Problem>;
  /** No set: where much comes and goes, its old tables keep what was in them until all memory is looked through. */
  readonly #running: RunningExchange[] = [];
  readonly #listener: HttpSessionListener;
  #channels = 0;
  #end: SessionEnd | undefined;
  #isClosed = false;
  #deadline: NodeJS.Timeout | undefined;

  constructor(
    session: Session,
    service: HttpService,
    upstream: SessionUpstream,
    listener: HttpSessionListener,
  ) {
    this.session = session;
    this.service = service;
    this.upstream = upstream;
    this.#listener = listener;
    this.clearance = new GuardedClearance({
      session,
      protocol: session.target.kind,
      words: HTTP_WORDS,
      reason: undefined,
      // Each exchange guards what is told it.
      isolate: (act) => act(),
      detectors: () => service.detectors(),
    });
    session.onAbort((reason) => this.#abort(reason));
  }

  /** No request may begin in it any more. */
  get isOver(): boolean {
    return this.#end !== undefined;
  }

  get runningCount(): number {
    return this.#running.length;
  }

  /** Returns the number of the exchange in the recording. */
  begin(exchange: RunningExchange): number {
    this.#running.push(exchange);
    this.#channels += 1;
    return this.#channels;
  }

  /** The exchange is over. */
  leave(exchange: RunningExchange): void {
    const at = this.#running.indexOf(exchange);
    if (at !== -1) this.#running.splice(at, 1);
    if (this.#end !== undefined && this.#running.length === 0) this.#close();
  }

  /** Ends it when what runs in it is over. */
  retire(reason: SessionEnd): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#listener.onOver(this);
    if (this.#running.length === 0) this.#close();
  }

  /** Ends what may not go on: grants end and policies change while it runs. */
  checkRights(): void {
    if (this.#running.length === 0) return;
    const { rights } = this.session.guard;
    for (const exchange of [...this.#running]) exchange.checkRights(rights);
  }

  /** A stopping gateway lets requests that run come to their end, if that is soon. */
  #abort(reason: SessionEnd): void {
    this.retire(reason);
    if (reason !== 'gateway-stopping' || this.#isClosed) return this.#endRunning(reason);
    this.#deadline = setTimeout(() => this.#endRunning(reason), STOP_MS_MAX);
  }

  #endRunning(reason: SessionEnd): void {
    for (const exchange of [...this.#running]) exchange.end(reason);
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#deadline);
    this.session.finish(this.#end ?? 'internal-error');
    this.session.close();
    this.upstream.close();
    this.#listener.onClosed(this);
  }
}
