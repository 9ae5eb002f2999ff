import type { RecordingSummary } from '../recording/recorder.ts';
import type { SessionEnd, SessionIndex } from '../recording/session-index.ts';
import { logSessionEnded, logSessionStarted, logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { GatewaySession } from './gateway-session.ts';

/** Milliseconds that a stopping gateway waits for the ends of its sessions to be listed. */
const SETTLE_MAX_MS = 5_000;

/** What the list of sessions has of a client. */
export interface ListedClient {
  /** `address:port` */
  readonly clientAddress: string;
  readonly applicationName: string;
  readonly recordingPath: string | undefined;
}

/**
 * Enters sessions in the list that people look through. The list is a table of contents of the
 * ledger: that it cannot be written ends no session.
 */
export class SessionListing {
  readonly #index: SessionIndex;
  readonly #gateway: string;
  readonly #log: Log;
  readonly #nowMs: () => number;
  /** An end must not overtake its start. */
  readonly #starts = new WeakMap<GatewaySession, Promise<void>>();
  /** Ends that are being listed. */
  readonly #ends = new Set<Promise<void>>();

  constructor(index: SessionIndex, gateway: string, log: Log, nowMs: () => number) {
    this.#index = index;
    this.#gateway = gateway;
    this.#log = log;
    this.#nowMs = nowMs;
  }

  start(session: GatewaySession, { recordingPath, ...client }: ListedClient): void {
    const { id, principal, target, database, account, startedAtMs } = session;
    logSessionStarted(this.#log, { session: id, principal: principal.id, target: target.name });
    const listed = this.#index.start({
      id,
      gateway: this.#gateway,
      principalId: principal.id,
      principalName: principal.displayName,
      target: target.name,
      database,
      account,
      startedAtMs,
      ...client,
      ...(recordingPath !== undefined && { recordingPath }),
    });
    this.#starts.set(session, this.#tolerate(listed));
  }

  /** Lists the end, in the background. */
  end(session: GatewaySession, summary: RecordingSummary | undefined): void {
    const endedAtMs = this.#nowMs();
    const reason = session.end ?? 'internal-error';
    const durationMs = endedAtMs - session.startedAtMs;
    logSessionEnded(this.#log, { session: session.id, reason, durationMs });
    const listed = this.#listEnd(session, {
      endedAtMs,
      reason,
      ...session.counts,
      ...(summary !== undefined && { recordingSha256: summary.sha256 }),
    });
    this.#ends.add(listed);
    void listed.then(() => this.#ends.delete(listed));
  }

  /**
   * Resolves once all ends so far are listed, or could not be. A store that hangs is not waited for:
   * at the next start it is told that the sessions are over.
   *
   * @param waitMaxMs Milliseconds; default 5 s.
   */
  async settle(waitMaxMs: number = SETTLE_MAX_MS): Promise<void> {
    const { promise: late, resolve: giveUp } = Promise.withResolvers<void>();
    const timer = setTimeout(giveUp, waitMaxMs);
    await Promise.race([Promise.all(this.#ends), late]);
    clearTimeout(timer);
  }

  async #listEnd(session: GatewaySession, end: SessionEnd): Promise<void> {
    await this.#starts.get(session);
    await this.#tolerate(this.#index.end(session.id, end));
  }

  async #tolerate(listed: Promise<void>): Promise<void> {
    try {
      await listed;
    } catch (error) {
      logUnexpectedError(this.#log, 'session list', error);
    }
  }
}
