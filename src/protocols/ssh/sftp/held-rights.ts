import type { GuardedOperation } from '../../operation-clearance.ts';
import type { ChannelContext } from '../channel-handler.ts';

/** By what right something is open: grants end and policies change while it is. */
export class HeldRights {
  readonly #context: ChannelContext;
  readonly #operation: GuardedOperation;
  /** The classes that were not masked when it was opened. */
  readonly #shown: readonly string[];
  #rights: string;
  #areHeld = true;

  /** @param operation What was allowed. */
  constructor(context: ChannelContext, operation: GuardedOperation) {
    this.#context = context;
    this.#operation = operation;
    this.#rights = context.session.guard.rights;
    this.#shown = findShown(context);
  }

  /** Whether what was allowed would be now, and all that was shown is. Once false, always. */
  get areHeld(): boolean {
    const { guard } = this.#context.session;
    if (!this.#areHeld || guard.rights === this.#rights) return this.#areHeld;
    this.#rights = guard.rights;
    const { key = this.#operation, actions } = this.#operation;
    // What people agreed to stays agreed.
    const isAllowed = guard.decide(key, () => actions).kind !== 'deny';
    const shown = findShown(this.#context);
    this.#areHeld = isAllowed && this.#shown.every((className) => shown.includes(className));
    return this.#areHeld;
  }
}

function findShown(context: ChannelContext): readonly string[] {
  const files = context.masking()?.files;
  return files === undefined
    ? []
    : [...context.session.guard.reveal(files.classNames).shown.keys()];
}
