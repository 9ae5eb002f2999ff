import type { RecordingSummary } from '../recording/recorder.ts';
import type { SessionIndex } from '../recording/session-index.ts';
import { logSessionEnded, logSessionStarted, logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { GatewaySession } from './gateway-session.ts';

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

  constructor(index: SessionIndex, gateway: string, log: Log, nowMs: () => number) {
    this.#index = index;
    this.#gateway = gateway;
    this.#log = log;
    this.#nowMs = nowMs;
  }

  start(session: GatewaySession, { recordingPath, ...client }: ListedClient): void {
    const { id, principal, target, database, startedAtMs } = session;
    logSessionStarted(this.#log, { session: id, principal: principal.id, target: target.name });
    const listed = this.#index.start({
      id,
      gateway: this.#gateway,
      principalId: principal.id,
      principalName: principal.displayName,
      target: target.name,
      database,
      startedAtMs,
      ...client,
      ...(recordingPath !== undefined && { recordingPath }),
    });
    this.#starts.set(session, this.#tolerate(listed));
  }

  /** Resolves once the end is listed, or could not be. */
  async end(session: GatewaySession, summary: RecordingSummary | undefined): Promise<void> {
    const endedAtMs = this.#nowMs();
    const reason = session.end ?? 'internal-error';
    const durationMs = endedAtMs - session.startedAtMs;
    logSessionEnded(this.#log, { session: session.id, reason, durationMs });
    await this.#starts.get(session);
    const end = {
      endedAtMs,
      reason,
      ...session.counts,
      ...(summary !== undefined && { recordingSha256: summary.sha256 }),
    };
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
