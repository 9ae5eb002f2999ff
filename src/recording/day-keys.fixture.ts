import { createSecretKey, randomBytes } from 'node:crypto';
import { type Day, type DayKey, type DayKeys, dayOf } from '../encryption/day-keys.ts';
import { unwrapKey, wrapKey } from '../encryption/wrap-key.ts';

/** Keys in memory, made when they are first asked for. */
export class FakeDayKeys implements Pick<DayKeys, 'open' | 'of'> {
  readonly destroyed: Set<Day> = new Set<Day>();
  readonly #keys = new Map<Day, DayKey>();

  async open(nowMs: number): Promise<DayKey> {
    const day = dayOf(nowMs);
    let key = this.#keys.get(day);
    if (key === undefined) {
      const secret = createSecretKey(randomBytes(32));
      key = {
        day,
        wrap: (wrapped, purpose) => wrapKey(secret, wrapped, purpose),
        unwrap: (wrapped, purpose) => unwrapKey(secret, wrapped, purpose),
      };
      this.#keys.set(day, key);
    }
    return key;
  }

  async of(day: Day): ReturnType<DayKeys['of']> {
    if (this.destroyed.has(day)) return { state: 'destroyed' };
    const key = this.#keys.get(day);
    return key === undefined ? { state: 'missing' } : { state: 'open', key };
  }
}
