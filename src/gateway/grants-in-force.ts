import type { AccessAnnouncements, GrantStore } from '../access/access-store.ts';
import { type Grant, isInForce } from '../access/grant.ts';
import type { PrincipalId } from '../identity/principal.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';

/** Where grants are read from, and what says that they changed. */
export interface GrantsInForceParts {
  readonly grants: Pick<GrantStore, 'find' | 'listInForce'>;
  readonly announcements: AccessAnnouncements;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** Milliseconds between looks for what was not announced. */
const POLL_INTERVAL_MS = 5_000;
/** Milliseconds that is believed what the store said last: a grant may have been revoked since. */
const BELIEVED_MS = 30_000;

const NO_GRANTS: readonly string[] = Object.freeze([]);

/** The grants of one holder on one target. */
interface Holding {
  readonly grants: readonly Grant[];
  /** Names of those in force; the same list as long as they are the same. */
  readonly names: readonly string[];
  /** Milliseconds since the Unix epoch, when the names have to be looked at again. */
  readonly untilMs: number;
}

/**
 * Which grants are in force, for all sessions of a process: as the store has them, and never longer
 * than they last, whether anybody says so or not.
 */
export class GrantsInForce implements Disposable {
  readonly #parts: GrantsInForceParts;
  readonly #grants = new Map<string, Grant>();
  readonly #byHolder = new Map<PrincipalId, Map<string, Holding>>();
  readonly #listeners = new Set<(holder: PrincipalId) => void>();
  readonly #timer: NodeJS.Timeout;
  readonly #unsubscribe: () => void;
  #heardAtMs = Number.NEGATIVE_INFINITY;
  /** Readings of the store, one after the other. */
  #reading: Promise<void> = Promise.resolve();

  constructor(parts: GrantsInForceParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.read(), POLL_INTERVAL_MS);
    this.#timer.unref();
    this.#unsubscribe = parts.announcements.subscribe((event) => {
      if (event.kind === 'grant.changed') void this.#readOne(event.grantId);
      else if (event.kind === 'resync') void this.read();
    });
  }

  /** The same list as long as it says the same. Synchronous; costs two look-ups. */
  find(holder: PrincipalId, target: string): readonly string[] {
    if (this.#byHolder.size === 0) return NO_GRANTS;
    const targets = this.#byHolder.get(holder);
    const holding = targets?.get(target);
    if (targets === undefined || holding === undefined) return NO_GRANTS;
    const nowMs = this.#parts.nowMs();
    if (nowMs >= this.#heardAtMs + BELIEVED_MS) return NO_GRANTS;
    if (nowMs < holding.untilMs) return holding.names;
    const renewed = hold(holding.grants, nowMs, holding.names);
    targets.set(target, renewed);
    return renewed.names;
  }

  /** Tells whose grants changed. */
  onChange(listener: (holder: PrincipalId) => void): void {
    this.#listeners.add(listener);
  }

  /** Reads all grants anew. What cannot be read now is read with the next look. */
  read(): Promise<void> {
    return this.#inTurn(async () => {
      const { grants, nowMs } = this.#parts;
      const startedAtMs = nowMs();
      const inForce = await grants.listInForce(startedAtMs);
      this.#heardAtMs = startedAtMs;
      const known = new Map(inForce.map((grant) => [grant.id, grant]));
      const changed = new Set<PrincipalId>();
      for (const [id, { holder }] of this.#grants) {
        if (known.has(id)) continue;
        this.#grants.delete(id);
        changed.add(holder.id);
      }
      for (const grant of inForce) {
        const before = this.#grants.get(grant.id);
        if (before?.endsAtMs === grant.endsAtMs) continue;
        this.#grants.set(grant.id, grant);
        changed.add(grant.holder.id);
      }
      this.#arrange(changed);
    });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#unsubscribe();
  }

  #readOne(id: string): Promise<void> {
    return this.#inTurn(async () => {
      const grant = await this.#parts.grants.find(id);
      if (grant === undefined) return;
      if (grant.end === undefined) this.#grants.set(id, grant);
      else this.#grants.delete(id);
      this.#arrange(new Set([grant.holder.id]));
    });
  }

  #inTurn(read: () => Promise<void>): Promise<void> {
    this.#reading = this.#reading.then(read).catch((error: unknown) => {
      logUnexpectedError(this.#parts.log, 'grants', error);
    });
    return this.#reading;
  }

  #arrange(holders: ReadonlySet<PrincipalId>): void {
    if (holders.size === 0) return;
    const nowMs = this.#parts.nowMs();
    const grants = [...this.#grants.values()].filter(({ holder }) => holders.has(holder.id));
    const byHolder = Map.groupBy(grants, ({ holder }) => holder.id);
    for (const holder of holders) {
      const before = this.#byHolder.get(holder);
      const targets = new Map<string, Holding>();
      for (const [target, own] of Map.groupBy(byHolder.get(holder) ?? [], (one) => one.target)) {
        targets.set(target, hold(own, nowMs, before?.get(target)?.names ?? NO_GRANTS));
      }
      if (targets.size === 0) this.#byHolder.delete(holder);
      else this.#byHolder.set(holder, targets);
    }
    for (const holder of holders) for (const listener of this.#listeners) listener(holder);
  }
}

function hold(grants: readonly Grant[], nowMs: number, before: readonly string[]): Holding {
  const inForce = grants.filter((grant) => isInForce(grant, nowMs));
  const names = [...new Set(inForce.map(({ name }) => name))].toSorted();
  const isSame = names.length === before.length && names.every((name, i) => name === before[i]);
  const edges = grants.flatMap(({ startsAtMs, endsAtMs }) => [startsAtMs, endsAtMs]);
  const next = edges.filter((edgeMs) => edgeMs > nowMs);
  return {
    grants,
    names: isSame ? before : names.length === 0 ? NO_GRANTS : Object.freeze(names),
    untilMs: Math.min(...next, Number.POSITIVE_INFINITY),
  };
}
