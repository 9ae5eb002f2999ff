import { setImmediate } from 'node:timers/promises';
import type { SessionAction } from '../api/route.ts';
import type { Principal } from '../identity/principal.ts';
import type { SessionRecord } from '../recording/session-index.ts';
import type { ControlPlaneServices } from './services.ts';

/** Decisions in a row before other work of the process has its turn: about 100 µs each. */
const DECISIONS_PER_TURN = 20;

/**
 * Tells which sessions a principal may list or watch. Policy looks at target and owner only, so it is asked once for
 * each pair of them; an instance is for one request.
 */
export class VisibleSessions {
  readonly #services: Pick<ControlPlaneServices, 'authorize'>;
  readonly #question: { readonly action: SessionAction; readonly principal: Principal };
  readonly #known = new Map<string, boolean>();

  constructor(
    services: Pick<ControlPlaneServices, 'authorize'>,
    action: SessionAction,
    principal: Principal,
  ) {
    this.#services = services;
    this.#question = { action, principal };
  }

  /** Those of `sessions` that may be seen, in the same order. */
  async filter(sessions: readonly SessionRecord[]): Promise<readonly SessionRecord[]> {
    const visible: SessionRecord[] = [];
    for (const session of sessions) {
      if (await this.#isVisible(session)) visible.push(session);
    }
    return visible;
  }

  async #isVisible({ target, principalId: owner }: SessionRecord): Promise<boolean> {
    const key = JSON.stringify([target, owner]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size % DECISIONS_PER_TURN === DECISIONS_PER_TURN - 1) await setImmediate();
    const decision = this.#services.authorize({ ...this.#question, target, owner });
    const isVisible = decision.kind === 'allow';
    this.#known.set(key, isVisible);
    return isVisible;
  }
}
