import type { PrincipalId } from '../identity/principal.ts';

/** While it lasts, its holder may review in place of who gave it. */
export interface Delegation {
  /** `del_` and 128 random bits. */
  readonly id: string;
  readonly from: DelegationParty;
  readonly to: DelegationParty;
  /** Groups of the giver that the holder stands in for. */
  readonly groups: readonly string[];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly reason: string;
  /** When it was ended before its time. */
  readonly endedAtMs: number | undefined;
}

export interface DelegationParty {
  readonly id: PrincipalId;
  /** What all identities of one human have in common, where the identity provider shows it. */
  readonly person: string | undefined;
  readonly name: string;
}

/** Whether a delegation counts at an instant. */
export function isRunning(
  { startsAtMs, endsAtMs, endedAtMs }: Pick<Delegation, 'startsAtMs' | 'endsAtMs' | 'endedAtMs'>,
  nowMs: number,
): boolean {
  return endedAtMs === undefined && startsAtMs <= nowMs && nowMs < endsAtMs;
}
