/** A year that may stay, in a date that may not: 45 CFR 164.514(b)(2)(i)(C). */
const YEAR = /(?:18|19|20|21)\d\d/;

/** Characters of URLs and mail: the digits of one are of no year. */
const CODE = /[%=][0-9A-Fa-f]{2}/g;

/**
 * What stands in place of a finding: its class in brackets. Of a date the year stays; not of a date of
 * birth, which would tell an age over 89.
 *
 * @param text What was found.
 */
export function replacementOf(className: string, text: string): string {
  if (className !== 'date') return `[${className}]`;
  const year = YEAR.exec(text.replace(CODE, ' '))?.[0];
  return year === undefined ? '[date]' : `[date ${year}]`;
}
