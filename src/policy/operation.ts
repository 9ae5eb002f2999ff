import type { Principal } from '../identity/principal.ts';

/** What an operation is tried on, as policies see it. */
export interface OperationTarget {
  readonly name: string;
  /** Protocol family: `postgres`, `ssh`. */
  readonly kind: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A value in Cedar's context record. Arrays become Cedar sets. */
export type Fact = boolean | number | string | readonly string[];

/** What is known of an operation, protocol-neutral. The keys are those of the Cedar schema. */
export type Facts = Readonly<Record<string, Fact>>;

/** One thing tried on a target. */
export interface Operation {
  readonly principal: Principal;
  /** Names of the principal's grants in force on the target. Default: none. */
  readonly grants?: readonly string[];
  readonly target: OperationTarget;
  /** `connect`, `sql.select`, … as in the Cedar schema. */
  readonly action: string;
  /** For `reveal`: the data class of the target that would be seen raw. */
  readonly dataClass?: string;
  /** Different patients that the principal was shown today, about. Default: 0. */
  readonly patientsToday?: number;
  readonly facts: Facts;
}
