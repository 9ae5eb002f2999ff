import type { TokenKind } from './patterns.ts';

/** Where a token is, and the text around it. */
export interface TokenPlace {
  readonly start: number;
  readonly end: number;
  readonly textStart: number;
  readonly textEnd: number;
}

/** Bits for what must be near a token, or its readers find nothing; 0 for what they look at wherever it stands. */
export type TokenNeeds = number;

/** A label says nothing without digits behind it. */
export const DIGIT_BEHIND: TokenNeeds = 1;
/** A name starts with a capital, or stands behind a colon or an equals sign. */
export const CAPITAL_BEHIND: TokenNeeds = 2;
export const CAPITAL_BEFORE: TokenNeeds = 4;

/** Bytes from a label within which its value stands. */
export const LABEL_REACH = 64;
export const NAME_REACH = 16;
export const BEFORE_REACH = 24;

/** What the readers of some kinds need; the others always look. */
export const NEEDS: Partial<Readonly<Record<TokenKind, TokenNeeds>>> = {
  'age-of-someone': CAPITAL_BEFORE,
  'name-label': CAPITAL_BEHIND,
  'person-verb': CAPITAL_BEHIND,
  relation: CAPITAL_BEHIND | CAPITAL_BEFORE,
  speaker: CAPITAL_BEFORE,
  role: CAPITAL_BEHIND | CAPITAL_BEFORE,
  county: CAPITAL_BEFORE,
  place: CAPITAL_BEHIND,
};

/** What one of several readers needs. */
export function anyOf(needs: readonly TokenNeeds[]): TokenNeeds {
  return needs.includes(0) ? 0 : needs.reduce((all, need) => all | need, 0);
}

/** Whether one of the needs is met. */
export function isNear(needs: TokenNeeds, bytes: Uint8Array, place: TokenPlace): boolean {
  const { start, end, textStart, textEnd } = place;
  const behind = (reach: number): Uint8Array => bytes.subarray(end, Math.min(textEnd, end + reach));
  return (
    needs === 0 ||
    ((needs & DIGIT_BEHIND) !== 0 && behind(LABEL_REACH).some(isDigit)) ||
    ((needs & CAPITAL_BEHIND) !== 0 && behind(NAME_REACH).some(announcesName)) ||
    ((needs & CAPITAL_BEFORE) !== 0 &&
      bytes.subarray(Math.max(textStart, start - BEFORE_REACH), start).some(isCapital))
  );
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isCapital(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

function announcesName(byte: number): boolean {
  return isCapital(byte) || byte === 0x3a || byte === 0x3d;
}
