import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SILENT_LOG } from '../telemetry/log.ts';
import { CURRENT_FOR_MS, followConfiguration } from './joined-configuration.ts';

/** A gateway that follows a store, looked at as often as the test has it look. */
class Follower {
  nowMs = 0;
  /** Whether the store has another version. */
  hasNew = false;
  isUsable = true;
  breaks = false;
  /** How often a version was tried to be put in force. */
  tries = 0;
  readonly #stopping = new AbortController();
  #wake: (() => void) | undefined;
  #told = Promise.withResolvers<boolean>();

  constructor() {
    const take = async (): Promise<boolean> => {
      const isNew = this.hasNew;
      this.hasNew = false;
      return isNew;
    };
    void followConfiguration(
      { take },
      {
        onChange: async () => {
          this.tries += 1;
          if (this.breaks) throw new Error('it broke');
          return this.isUsable;
        },
        onCurrent: (isCurrent) => this.#told.resolve(isCurrent),
        subscribe: (listener) => {
          this.#wake = listener;
          return () => undefined;
        },
        signal: this.#stopping.signal,
        log: SILENT_LOG,
        nowMs: () => this.nowMs,
      },
    );
  }

  /** Whether the newest version is in force, as the gateway finds so much later. */
  look(laterMs: number): Promise<boolean> {
    this.nowMs += laterMs;
    this.#told = Promise.withResolvers<boolean>();
    this.#wake?.();
    return this.#told.promise;
  }

  [Symbol.dispose](): void {
    this.#stopping.abort();
    this.#wake?.();
  }
}

describe('followConfiguration', () => {
  it('does not go on for long by policies that are not the newest, where those cannot be used', async () => {
    using follower = new Follower();
    assert.equal(await follower.look(CURRENT_FOR_MS), true);
    follower.hasNew = true;
    follower.isUsable = false;
    assert.equal(await follower.look(1_000), true, 'it may be about to be mended');
    assert.equal(await follower.look(CURRENT_FOR_MS), false);
    assert.equal(await follower.look(CURRENT_FOR_MS), false);
    follower.isUsable = true;
    assert.equal(await follower.look(CURRENT_FOR_MS), true);
  });

  it('takes nothing for in force whose use broke off', async () => {
    using follower = new Follower();
    follower.hasNew = true;
    follower.breaks = true;
    assert.equal(await follower.look(1_000), true);
    assert.equal(await follower.look(CURRENT_FOR_MS), false);
    follower.breaks = false;
    assert.equal(await follower.look(CURRENT_FOR_MS), true);
  });

  it('tries a version that it could not use again, but not with every look', async () => {
    using follower = new Follower();
    follower.hasNew = true;
    follower.isUsable = false;
    for (let looks = 0; looks < 60; looks++) await follower.look(1_000);
    assert.equal(follower.tries, 2);
    follower.isUsable = true;
    for (let looks = 0; looks < 60; looks++) await follower.look(1_000);
    assert.equal(follower.tries, 3);
  });
});
