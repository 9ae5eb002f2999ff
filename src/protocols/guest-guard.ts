import type { OpenedReview, ReviewOutcome } from '../access/review-desk.ts';
import { combineDecisions } from '../policy/combine-decisions.ts';
import type { Decision, ReviewedDecision } from '../policy/decision.ts';
import type { Revelation } from '../policy/reveal.ts';
import type {
  Guard,
  GuardedAction,
  NotedKind,
  OperationEntry,
  OperationToReview,
} from './guard.ts';
import type { Guest } from './guests.ts';

/** The guard for what a guest types: what the guard before it allows, and the guest may do as well. Entries name the guest. */
export class GuestGuard implements Guard {
  readonly #guard: Guard;
  readonly #guest: Guest;

  constructor(guard: Guard, guest: Guest) {
    this.#guard = guard;
    this.#guest = guest;
  }

  get rights(): string {
    return `${this.#guard.rights}\n${this.#guest.id}\n${this.#guest.rights.key}`;
  }

  decide(key: object, actions: () => readonly GuardedAction[]): Decision {
    const decision = this.#guard.decide(key, actions);
    // A guest is told no more of what others may not do than they are.
    if (decision.kind === 'deny') return decision;
    return combineDecisions([decision, this.#guest.rights.decide(key, actions)]);
  }

  reveal(classNames: ReadonlySet<string>): Revelation {
    return this.#guard.reveal(classNames);
  }

  spendPseudonyms(count: number): boolean {
    return this.#guard.spendPseudonyms(count);
  }

  seal(decision: Decision, entry: OperationEntry, done: (error: Error | undefined) => void): void {
    this.#guard.seal(decision, this.#named(entry), done);
  }

  hold(
    decision: ReviewedDecision,
    held: OperationToReview,
    listener: (outcome: ReviewOutcome) => void,
  ): OpenedReview {
    const { guests = [], meaning } = held;
    const { id, person } = this.#guest;
    const all = [...guests, { id, person }];
    // An approval of it is none of what the session's principal types, nor what another guest does.
    const typedBy = JSON.stringify(all.map((guest) => guest.id).toSorted());
    return this.#guard.hold(
      decision,
      { ...held, guests: all, meaning: { ...meaning, typedBy } },
      listener,
    );
  }

  sealRefusal(decision: Decision, entry: OperationEntry): void {
    this.#guard.sealRefusal(decision, this.#named(entry));
  }

  note(kind: NotedKind, detail: Readonly<Record<string, unknown>>): void {
    this.#guard.note(kind, detail);
  }

  #named(entry: OperationEntry): OperationEntry {
    const { detail = {} } = entry;
    const { typedBy: others } = detail;
    const typedBy = [...(Array.isArray(others) ? others.map(String) : []), this.#guest.id];
    return { ...entry, detail: { ...detail, typedBy } };
  }
}
