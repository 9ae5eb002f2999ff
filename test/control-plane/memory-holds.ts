import type { Hold } from '../../src/audit/retention/retention-history.ts';
import type { HoldActor, RetentionKeeper } from '../../src/audit/retention/retention-keeper.ts';

/** Holds that are entered nowhere. */
export class MemoryHolds
  implements Pick<RetentionKeeper, 'listHolds' | 'startHold' | 'endHold' | 'findLastExpiredDay'>
{
  lastExpiredDay: string | undefined;
  /** Why holds cannot be read. */
  failure: Error | undefined;

  readonly actors: HoldActor[] = [];
  #holds: readonly Hold[] = [];

  async findLastExpiredDay(): Promise<string | undefined> {
    return this.lastExpiredDay;
  }

  async listHolds(): Promise<readonly Hold[]> {
    if (this.failure !== undefined) throw this.failure;
    return this.#holds;
  }

  async startHold(days: Pick<Hold, 'from' | 'until'>, actor: HoldActor): Promise<Hold> {
    this.actors.push(actor);
    const id = `hold_${String(this.actors.length).padStart(12, '0')}`;
    const hold = { id, since: '2026-11-21T12:00:00.000Z', ...days };
    this.#holds = [...this.#holds, hold];
    return hold;
  }

  async endHold(id: string, actor: HoldActor): Promise<boolean> {
    if (this.failure !== undefined) throw this.failure;
    this.actors.push(actor);
    const left = this.#holds.filter((hold) => hold.id !== id);
    const isEnded = left.length < this.#holds.length;
    this.#holds = left;
    return isEnded;
  }
}
