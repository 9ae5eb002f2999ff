import type { BodyMasking } from '../../masking/bodies/body-masking.ts';
import type { ShownClasses } from '../../masking/content/content-masks.ts';
import type { Guard } from '../guard.ts';
import type { HttpOperation } from './http-operation.ts';

export interface ExchangeRightsParts {
  readonly session: {
    readonly session: { readonly guard: Pick<Guard, 'decide' | 'reveal'> };
    readonly service: { masking(): Pick<BodyMasking, 'classNames'> | undefined };
  };
  /** What was allowed. */
  readonly operation: HttpOperation;
  /** The rights under which people approved it; undefined where nobody was asked. */
  readonly approvedUnder: string | undefined;
}

/** By what right an exchange goes on: grants end and policies change while it lasts. */
export class ExchangeRights {
  readonly #parts: ExchangeRightsParts;
  /** The rights under which it was last looked at; undefined before, which most exchanges do not live to see. */
  #checked: string | undefined;
  /** The classes that are not masked in it for as long as it lasts. */
  #shown: ShownClasses | undefined;

  constructor(parts: ExchangeRightsParts) {
    this.#parts = parts;
  }

  /** What it shows is masked by this from now on, whatever changes; undefined: by the rights of the moment. */
  takeShown(shown: ShownClasses | undefined): void {
    this.#shown = shown;
  }

  /** Whether it would be allowed now, and all that it shows would be shown. @param rights Of the moment. */
  areHeld(rights: string): boolean {
    if (rights === this.#checked) return true;
    this.#checked = rights;
    return this.#isAllowed(rights) && this.#isAllShown();
  }

  #isAllowed(rights: string): boolean {
    const { session, operation, approvedUnder } = this.#parts;
    if (approvedUnder !== undefined) return rights === approvedUnder;
    const { guard } = session.session;
    return guard.decide(operation.key ?? operation, () => operation.actions).kind === 'allow';
  }

  #isAllShown(): boolean {
    const { session, service } = this.#parts.session;
    const masking = service.masking();
    if (this.#shown === undefined || masking === undefined) return true;
    const { shown } = session.guard.reveal(masking.classNames);
    return [...this.#shown.keys()].every((className) => shown.has(className));
  }
}
