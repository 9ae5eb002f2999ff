import type { PrincipalId } from '../identity/principal.ts';

/** Somebody who has signed in, as of the last time. */
export interface KnownPerson {
  readonly id: PrincipalId;
  /** Whether all that gives rights is as a gateway kept it. If not, there are no groups. */
  readonly isVouched: boolean;
  /** Of who is not vouched for, anybody could have written it: it may keep them from something, and gives nothing. */
  readonly person: string | undefined;
  readonly kind: 'person' | 'workload';
  readonly name: string;
  readonly groups: readonly string[];
  readonly firstSeenAtMs: number;
  readonly lastSeenAtMs: number;
}

/** An identity, as far as it matters whose it is. */
export interface Identified {
  readonly id: PrincipalId;
  readonly person: string | undefined;
}

/** Whether two identities are, or are known to be, of one human. */
export function isSamePerson(one: Identified, other: Identified): boolean {
  return one.id === other.id || (one.person !== undefined && one.person === other.person);
}
