import type { TokenKind } from './patterns.ts';

/** Where a token is, and where its text ends. */
export interface TokenPlace {
  readonly start: number;
  readonly end: number;
  readonly textEnd: number;
}

/** Whether the bytes near a token hold what its reader cannot do without. Decides most tokens before any text is made. */
export type IsNear = (bytes: Uint8Array, place: TokenPlace) => boolean;

/** As far as a label stands from its value. */
const LABEL_REACH = 64;
const NAME_REACH = 16;
const BEFORE_REACH = 24;

/** For readers that need nothing but their token. */
export const always: IsNear = () => true;

/** A label says nothing without digits behind it. */
export const digitBehind: IsNear = (bytes, { end, textEnd }) => {
  const last = Math.min(textEnd, end + LABEL_REACH);
  for (let offset = end; offset < last; offset++) {
    const byte = bytes[offset] as number;
    if (byte >= 0x30 && byte <= 0x39) return true;
  }
  return false;
};

/** A name starts with a capital, or stands behind a colon or an equals sign. */
const capitalBehind: IsNear = (bytes, { end, textEnd }) => {
  const last = Math.min(textEnd, end + NAME_REACH);
  for (let offset = end; offset < last; offset++) {
    const byte = bytes[offset] as number;
    if ((byte >= 0x41 && byte <= 0x5a) || byte === 0x3a || byte === 0x3d) return true;
  }
  return false;
};

const capitalBefore: IsNear = (bytes, { start }) => {
  const first = Math.max(0, start - BEFORE_REACH);
  for (let offset = start - 1; offset >= first; offset--) {
    const byte = bytes[offset] as number;
    if (byte >= 0x41 && byte <= 0x5a) return true;
  }
  return false;
};

/** Whether one of several readers may find something. */
export function anyOf(needs: readonly IsNear[]): IsNear {
  const [first] = needs;
  if (first !== undefined && needs.every((need) => need === first)) return first;
  return (bytes, place) => needs.some((need) => need(bytes, place));
}

/** What the readers of some kinds need; the others always look. */
export const NEEDS: Partial<Readonly<Record<TokenKind, IsNear>>> = {
  'age-of-someone': capitalBefore,
  'name-label': capitalBehind,
  'person-verb': capitalBehind,
  relation: anyOf([capitalBehind, capitalBefore]),
  county: capitalBefore,
  place: capitalBehind,
};
