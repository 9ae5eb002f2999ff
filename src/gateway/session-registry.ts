import type { Principal, PrincipalId } from '../identity/principal.ts';
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
  /** Places taken, by principal. */
  readonly #counts = new Map<string, number>();
  #reserved = 0;
  readonly #nowMs: () => number;
  readonly #isDisabled: (principalId: string) => boolean;
  readonly #timer: NodeJS.Timeout;
  readonly #emptied: (() => void)[] = [];
  /** Why all sessions end; set once. */
  #ending: SessionEnd | undefined;

  constructor(nowMs: () => number, isDisabled: (principalId: string) => boolean) {
    this.#nowMs = nowMs;
    this.#isDisabled = isDisabled;
    this.#timer = setInterval(() => this.sweep(), SWEEP_INTERVAL_MS);
    this.#timer.unref();
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** No session may begin any more. */
  get isEnding(): boolean {
    return this.#ending !== undefined;
  }

  /**
   * Takes a place for a session of the principal that is about to begin. False if there is none.
   * Whoever took it adds the session, or releases the place.
   */
  reserve({ id }: Principal, limits: SessionLimits): boolean {
    const count = this.#counts.get(id) ?? 0;
    if (this.#reserved >= limits.connectionsMax || count >= limits.connectionsPerPrincipalMax) {
      return false;
    }
    this.#reserved += 1;
    this.#counts.set(id, count + 1);
    return true;
  }

  /** Gives a place back. */
  release({ id }: Principal): void {
    this.#reserved -= 1;
    const count = (this.#counts.get(id) ?? 1) - 1;
    if (count === 0) this.#counts.delete(id);
    else this.#counts.set(id, count);
    if (this.#reserved === 0) for (const resolve of this.#emptied.splice(0)) resolve();
  }

  /** Adds a session whose place was reserved. One that comes when all have to end, ends at once. */
  add(session: GatewaySession): void {
    this.#sessions.set(session.id, session);
    if (this.#ending !== undefined) session.abort(this.#ending);
  }

  /** Removes a session and gives its place back. */
  delete(session: GatewaySession): void {
    if (this.#sessions.delete(session.id)) this.release(session.principal);
  }

  /** Undefined for a session that another process serves. */
  find(id: string): GatewaySession | undefined {
    return this.#sessions.get(id);
  }

  /** Whether no session runs. */
  get isEmpty(): boolean {
    return this.#sessions.size === 0;
  }

  /** Sessions that live on Sallyport tokens, by the hexadecimal hash of the token. */
  byTokenHash(): ReadonlyMap<string, readonly GatewaySession[]> {
    const sessions = [...this.#sessions.values()].filter(
      ({ tokenHash }) => tokenHash !== undefined,
    );
    return Map.groupBy(sessions, ({ tokenHash }) => tokenHash ?? '');
  }

  /** Ends all sessions, those that are about to begin too, and resolves when none is left. */
  async endAll(reason: SessionEnd): Promise<void> {
    this.#ending ??= reason;
    if (this.#reserved === 0) return;
    const emptied = new Promise<void>((resolve) => {
      this.#emptied.push(resolve);
    });
    for (const session of this.#sessions.values()) session.abort(reason);
    await emptied;
  }

  /** Has the sessions of a principal whose grants changed look whether they are still permitted. */
  checkGrants(holder: PrincipalId): void {
    for (const session of this.#sessions.values()) {
      if (session.principal.id === holder) session.checkGrants();
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Looks once for sessions that have to end. */
  sweep(): void {
    const nowMs = this.#nowMs();
    for (const session of this.#sessions.values()) {
      const { principal, target, lastActivityAtMs, isHeld } = session;
      const idleMs = isHeld ? 0 : nowMs - lastActivityAtMs;
      if (nowMs >= principal.expiresAtMs) session.abort('principal-expired');
      else if (this.#isDisabled(principal.id)) session.abort('principal-disabled');
      else if (target.idleTimeoutMs > 0 && idleMs >= target.idleTimeoutMs) {
        session.abort('idle-timeout');
      } else {
        session.checkGrants();
      }
    }
  }
}
