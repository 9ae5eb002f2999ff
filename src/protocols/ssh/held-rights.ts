import type { Guard } from '../guard.ts';
import type { GuardedOperation } from '../operation-clearance.ts';
import type { ChannelContext } from './channel-handler.ts';

/** Why what is open may not be used any more. */
export const RIGHTS_CHANGED = 'what you may do changed while it was open';

/** By what right something is open: grants end and policies change while it is. */
export class HeldRights {
  readonly #guard: Pick<Guard, 'rights' | 'decide'>;
  readonly #operation: GuardedOperation;
  readonly #isAllShown: () => boolean;
  /** Under which it was last looked at; undefined before: they may have changed since it was allowed. */
  #rights: string | undefined;
  #areHeld = true;

  /**
   * @param operation What was allowed.
   * @param isAllShown Whether what it shows would still be shown. Default: what it shows is masked by the rights of the moment.
   */
  constructor(
    guard: Pick<Guard, 'rights' | 'decide'>,
    operation: GuardedOperation,
    isAllShown: () => boolean = () => true,
  ) {
    this.#guard = guard;
    this.#operation = operation;
    this.#isAllShown = isAllShown;
  }

  /** Whether what was allowed would be now, and all that was shown is. Once false, always. */
  get areHeld(): boolean {
    const guard = this.#guard;
    if (!this.#areHeld || guard.rights === this.#rights) return this.#areHeld;
    this.#rights = guard.rights;
    const { key = this.#operation, actions } = this.#operation;
    // What people agreed to stays agreed.
    const isAllowed = guard.decide(key, () => actions).kind !== 'deny';
    this.#areHeld = isAllowed && this.#isAllShown();
    return this.#areHeld;
  }
}

/** Says whether all classes of files are still shown that are now. */
export function holdShownClasses(
  context: Pick<ChannelContext, 'session' | 'masking'>,
): () => boolean {
  const before = findShown(context);
  return () => {
    const shown = findShown(context);
    return before.every((className) => shown.includes(className));
  };
}

function findShown({
  session,
  masking,
}: Pick<ChannelContext, 'session' | 'masking'>): readonly string[] {
  const files = masking()?.files;
  return files === undefined ? [] : [...session.guard.reveal(files.classNames).shown.keys()];
}
