import type { PrincipalId } from '../identity/principal.ts';

/** A permission with an end: while it lasts, its holder is in `Grant::"<name>"` on that target. */
export interface Grant {
  /** `gr_` and 128 random bits. */
  readonly id: string;
  readonly name: string;
  readonly holder: GrantHolder;
  readonly target: string;
  readonly startsAtMs: number;
  /** From then on it is not in force, even if nobody looks. */
  readonly endsAtMs: number;
  /** The request that it came from; undefined if the policies needed no review. */
  readonly requestId: string | undefined;
  readonly breakGlass: boolean;
  /** In its holder's words. */
  readonly reason: string;
  /** Undefined while it lasts. */
  readonly end: GrantEnd | undefined;
}

export interface GrantHolder {
  readonly id: PrincipalId;
  readonly name: string;
}

export interface GrantEnd {
  readonly atMs: number;
  readonly cause: 'expired' | 'revoked';
  /** Who revoked it. */
  readonly by: GrantHolder | undefined;
  readonly comment: string;
}

/** When a grant will end that was prolonged: never later than a new one would at most. */
export function prolong(
  { endsAtMs }: Pick<Grant, 'endsAtMs'>,
  durationMs: number,
  { nowMs, durationMaxMs }: { readonly nowMs: number; readonly durationMaxMs: number },
): number {
  return Math.max(endsAtMs, Math.min(endsAtMs + durationMs, nowMs + durationMaxMs));
}

/** Whether a grant permits anything at an instant. */
export function isInForce(
  { startsAtMs, endsAtMs, end }: Pick<Grant, 'startsAtMs' | 'endsAtMs' | 'end'>,
  nowMs: number,
): boolean {
  return end === undefined && startsAtMs <= nowMs && nowMs < endsAtMs;
}
