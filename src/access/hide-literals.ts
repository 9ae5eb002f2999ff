import type { HeldLiteral } from './access-request.ts';

/** What stands for a hidden value. */
export const HIDDEN = '•••';

/** A text with values hidden. */
export interface HiddenText {
  readonly text: string;
  /** Where they were; `start` and `end` in UTF-16 code units of `text`. */
  readonly hidden: readonly HiddenValue[];
}

/** A value that is hidden. */
export interface HiddenValue {
  readonly start: number;
  readonly end: number;
  /** Undefined: it could be of any class. */
  readonly className?: string;
}

/**
 * Hides values of a text.
 *
 * @param literals In order; what is not among them stays.
 * @param isShown Whether values of a class, or of no known class, may be seen.
 */
export function hideLiterals(
  text: string,
  literals: readonly HeldLiteral[],
  isShown: (className: string | undefined) => boolean,
): HiddenText {
  const hidden: HiddenValue[] = [];
  let shown = '';
  let offset = 0;
  for (const { start, end, className } of literals) {
    if (isShown(className)) continue;
    shown += text.slice(offset, start);
    const begin = shown.length;
    shown += text[start] === "'" ? `'${HIDDEN}'` : HIDDEN;
    hidden.push({ start: begin, end: shown.length, ...(className !== undefined && { className }) });
    offset = end;
  }
  return { text: shown + text.slice(offset), hidden };
}
