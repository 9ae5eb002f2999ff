import type { Principal } from '../identity/principal.ts';
import type { SessionEnd } from '../protocols/protocol.ts';
import type { GatewaySession } from './gateway-session.ts';

/** Milliseconds between looks for sessions that have to end. */
const SWEEP_INTERVAL_MS = 5_000;

/** How many sessions there may be. */
export interface SessionLimits {
  readonly connectionsMax: number;
  readonly connectionsPerPrincipalMax: number;
}

/** The running sessions of one process: found, counted, and ended when their time has come. */
export class SessionRegistry implements Disposable {
  readonly #sessions = new Map<string, GatewaySession>();
  readonly #counts = new Map<string, number>();
  readonly #nowMs: () => number;
  readonly #isDisabled: (principalId: string) => boolean;
  readonly #timer: NodeJS.Timeout;
  readonly #emptied: (() => void)[] = [];

  constructor(nowMs: () => number, isDisabled: (principalId: string) => boolean) {
    this.#nowMs = nowMs;
    this.#isDisabled = isDisabled;
    this.#timer = setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS);
    this.#timer.unref();
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Whether one more session of the principal is within the limits. */
  hasRoom({ id }: Principal, limits: SessionLimits): boolean {
    return (
      this.#sessions.size < limits.connectionsMax &&
      (this.#counts.get(id) ?? 0) < limits.connectionsPerPrincipalMax
    );
  }

  add(session: GatewaySession): void {
    const { id } = session.principal;
    this.#sessions.set(session.id, session);
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
  }

  delete(session: GatewaySession): void {
    if (!this.#sessions.delete(session.id)) return;
    const { id } = session.principal;
    const count = (this.#counts.get(id) ?? 1) - 1;
    if (count === 0) this.#counts.delete(id);
    else this.#counts.set(id, count);
    if (this.#sessions.size === 0) for (const resolve of this.#emptied.splice(0)) resolve();
  }

  /** Ends all sessions, and resolves when none is left. */
  async endAll(reason: SessionEnd): Promise<void> {
    if (this.#sessions.size === 0) return;
    const emptied = new Promise<void>((resolve) => {
      this.#emptied.push(resolve);
    });
    for (const session of this.#sessions.values()) session.abort(reason);
    await emptied;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #sweep(): void {
    const nowMs = this.#nowMs();
    for (const session of this.#sessions.values()) {
      const { principal, target, lastActivityAtMs } = session;
      if (nowMs >= principal.expiresAtMs) session.abort('principal-expired');
      else if (this.#isDisabled(principal.id)) session.abort('principal-disabled');
      else if (target.idleTimeoutMs > 0 && nowMs - lastActivityAtMs >= target.idleTimeoutMs) {
        session.abort('idle-timeout');
      }
    }
  }
}
