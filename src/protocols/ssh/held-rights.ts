import type { Decision } from '../../policy/decision.ts';
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
  /** Whether people agreed to it: then it goes on where they would be asked. */
  readonly #wasReviewed: boolean;

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
    this.#wasReviewed = this.#decide().kind === 'review';
  }

  /** Whether what was allowed would be now, and all that was shown is. Once false, always. */
  get areHeld(): boolean {
    const { rights } = this.#guard;
    if (!this.#areHeld || rights === this.#rights) return this.#areHeld;
    const decision = this.#decide();
    // That the gateway permits nothing for a while says nothing of rights: it is looked at again.
    if (decision.kind === 'deny' && decision.isPassing === true) return true;
    this.#rights = rights;
    const isAllowed =
      decision.kind === 'allow' || (decision.kind === 'review' && this.#wasReviewed);
    this.#areHeld = isAllowed && this.#isAllShown();
    return this.#areHeld;
  }

  #decide(): Decision {
    const { key = this.#operation, actions } = this.#operation;
    return this.#guard.decide(key, () => actions);
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
