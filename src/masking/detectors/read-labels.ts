import type { Label } from './labels.ts';
import { onlyDigits, phoneOrFax, type ReadToken } from './read-identifiers.ts';
import { addFinding, matchAt, type Subject } from './subject.ts';

/** Words and signs between a label and its value: of forms, of lists, of Markdown. The value may be on a line of its own. */
const LINK =
  /s?\.?(?:[ \t_]{0,2}#?[ \t]?(?:numbers?|num|no|nbr|ids?|codes?|cards?|is|was|on file|ending in|of)\b\.?){0,3}["')\]*]{0,3}[ \t]{0,4}(?:\.{2,40}|_{2,40})?[ \t]?[:=#>-]{0,3}[*"')\]]{0,3}[ \t]{0,12}(?:\r?\n[ \t]{0,12})?["'([<#*]{0,3}/iy;
/** Behind a value on a line of its own. */
const LINE_END = /[ \t]{0,12}(?:[\r\n]|$)/y;

/** Letters and digits in groups, with a digit in the first group or the second. */
const IDENTIFIER =
  /(?:\d{2}:)?[A-Za-z]{0,6}(?:[-/.][A-Za-z]{0,4})?\d[A-Za-z0-9]{0,24}(?:[-/.][A-Za-z0-9]{1,24}){0,5}(?: \d{3,6}(?![-/:.]?\w)){0,4}/y;
/** "12 34 56". */
const PAIRS = /\d{2} \d{2} \d{2,4}\b(?! ?[-/:.]?\d)/y;
/** Between the numbers of a list. */
const AND = /(?: ?[,;/&] ?| and | or )(?=[A-Za-z]{0,6}\d)/y;
/** Numbers of one list. */
const LIST_MAX = 20;
/** Before the number of a licence: the state that gave it. */
const STATE = /[A-Z]{2}[ -](?=[A-Z]{0,2}\d)/y;
/** What is on a plate may be in two groups. */
const PLATE = /[A-Z]{2,3}[ -]\d{3,4}\b/y;
const PHONE = /\+?\(?\d[\d ().-]{5,18}\d/y;
const COORDINATE = /-?\d{1,3}\.\d{2,15}\b/y;
const ZIP = /\d{5}(?:-\d{4})?\b/y;
/** "(last 4)", "ends in": between the label and the part of a number that stands for it. */
const LAST_DIGITS =
  /,? {0,2}\(?(?:last (?:4|four)(?: digits)?|end(?:s|ing)(?: in| with)?)\)?[:=#-]? {0,2}(?:(?:is|are|of) )?/iy;
const SSN = /\d{3}(?:[- ./]| - )?\d{2}(?:[- ./]| - )?\d{4}\b|\d{4}\b/y;

/** The same as recognition of printed characters gives them, with letters for digits: "2l9-O9-432I". */
const BLURRED_PHONE = /\(?[\dlIOoS]{3}\)?[-. ]?[\dlIOoS]{3}[-. ][\dlIOoS]{4}\b/y;
const BLURRED_SSN = /[\dlIOoS]{3}[- .][\dlIOoS]{2}[- .][\dlIOoS]{4}\b/y;
const DATE = /[\dlIO]{1,2}([-/.])[\dlIO]{1,2}\1(?:[\dlIO]{4}|[\dlIO]{2})\b/y;
/** "03041950", "03 04 1950", "3 / 4 / 1950": dates where one is announced, and anything elsewhere. */
const LOOSE_DATE =
  /(?:\d{1,2}( | ?[-/.] ?)\d{1,2}\1|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?:19|20)\d\d\b/y;
/** "1950-03", "030450", "04/03": what is left of a date where one is announced. */
const SHORT_DATE =
  /(?:19|20)\d\d-(?:0[1-9]|1[0-2])\b(?!-)|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d\d\b(?![-/.]\d)|(?:0?[1-9]|1[0-2])\/(?:0?[1-9]|[12]\d|3[01])\b(?![-/.]\d)/y;
/** How a date is to be written: "(MM/DD/YYYY)". */
const DATE_FORM = /\(?[mdy]{1,4}[-/. ]?[mdy]{1,4}[-/. ]?[mdy]{1,4}\)?:? {0,2}/iy;

/** Reads what stands behind a label. */
export function readLabel({ className, value, weak }: Label): ReadToken {
  return (subject, labelStart, labelEnd) => {
    const { text } = subject;
    const link = matchAt(LINK, text, labelEnd)?.[0] ?? '';
    const start = labelEnd + link.length;
    const isOnOwnLine = link.includes('\n');
    if (isOnOwnLine && weak) return;
    switch (value) {
      case 'identifier':
        if (isOfCatalogue(subject, labelStart, labelEnd)) return;
        addIdentifier(subject, start, {
          ...{ className, weak, isOnOwnLine },
          isSure: !weak || /[#:=]|n[ou]|id/i.test(link),
        });
        return;
      case 'phone': {
        const match =
          link === ''
            ? undefined
            : (matchAt(PHONE, text, start) ?? matchAt(BLURRED_PHONE, text, start))?.[0];
        const count = countDigits(match ?? '');
        if (match !== undefined && count >= 7 && count <= 15) {
          addFinding(subject, start, start + match.length, phoneOrFax(subject, start));
        }
        return;
      }
      case 'ssn':
        // A number that is said to be one is hidden, whatever it is: even a sample's may be somebody's.
        return addMatch(
          subject,
          matchAt(SSN, text, start) ??
            sharp(matchAt(BLURRED_SSN, text, start)) ??
            matchAt(SSN, text, endOf(LAST_DIGITS, text, labelEnd)),
          className,
        );
      case 'date': {
        const from = endOf(DATE_FORM, text, start);
        const match =
          sharp(matchAt(DATE, text, from)) ??
          matchAt(LOOSE_DATE, text, from) ??
          matchAt(SHORT_DATE, text, from);
        return addMatch(subject, match, className);
      }
      case 'zip':
        return addMatch(subject, matchAt(ZIP, text, start), className);
      case 'coordinate':
        return addMatch(subject, matchAt(COORDINATE, text, start), className);
    }
  };
}

/** "REF 42-5006 LOT 118": on the label of a product, the number of a catalogue. */
function isOfCatalogue({ text }: Subject, labelStart: number, labelEnd: number): boolean {
  return (
    /^ref$/i.test(text.slice(labelStart, labelEnd)) &&
    /\b(?:lot|mesh|implant|size|catalog)\b/i.test(
      text.slice(Math.max(0, labelStart - 40), labelEnd + 40),
    )
  );
}

/** What has more digits than letters that look like them. */
function sharp(match: RegExpExecArray | null): RegExpExecArray | null {
  return match !== null && 2 * onlyDigits(match[0]).length >= countDigits(match[0]) ? match : null;
}

/** Digits, and letters that look like them where nothing else stands with the digits. */
function countDigits(text: string): number {
  const digits = onlyDigits(text).length;
  return /[A-HJ-NP-Zabcdefghijkmnp-z]/.test(text.replace(/^[A-Z]{1,6}(?=\d)/, ''))
    ? digits
    : digits + (digits > 2 ? text.replace(/[^lIOo]/g, '').length : 0);
}

/** Behind what a pattern matches at an offset; the offset itself if it matches nothing. */
function endOf(pattern: RegExp, text: string, offset: number): number {
  return offset + (matchAt(pattern, text, offset)?.[0].length ?? 0);
}

function addMatch(subject: Subject, match: RegExpExecArray | null, className: string): void {
  if (match !== null) addFinding(subject, match.index, match.index + match[0].length, className);
}

/** What a label says of the identifier behind it. */
interface LabelledIdentifier {
  readonly className: string;
  readonly weak: boolean;
  /** Whether a label that is an everyday word has a sign behind it. */
  readonly isSure: boolean;
  readonly isOnOwnLine: boolean;
}

const UNIT_BEHIND = /^ ?(?:[mun]?(?:g|mol|IU|U|Eq|L)\b|mcg|mm|cm|%|\/|k\b|x ?10|cells|pg|fL)/i;

function addIdentifier(
  subject: Subject,
  start: number,
  { className, weak, isSure, isOnOwnLine }: LabelledIdentifier,
): void {
  const { text } = subject;
  const plate = className === 'vehicle-id' ? matchAt(PLATE, text, start) : null;
  if (plate !== null) return addMatch(subject, plate, className);
  const numberAt = className === 'license-number' ? endOf(STATE, text, start) : start;
  const pairs = className === 'mrn' ? matchAt(PAIRS, text, numberAt) : null;
  const match = (pairs ?? matchAt(IDENTIFIER, text, numberAt))?.[0];
  if (match === undefined) return;
  const numberEnd = numberAt + match.length;
  if (isOnOwnLine && matchAt(LINE_END, text, numberEnd) === null) return;
  const digitCount = countDigits(match);
  // A year, an amount or a code of few digits behind an everyday word is not an identifier.
  const digitsMin = isSure && !isOnOwnLine ? 4 : 5;
  if (digitCount < digitsMin || /^\d{1,3}(?:\.\d+)?$/.test(match)) return;
  if (/^(?:19|20)\d\d$/.test(match) && !isSure) return;
  if (weak && isAmountOrCode(text, match, numberEnd)) return;
  addFinding(subject, start, numberEnd, className);
  if (!weak) addOthersOfList(subject, numberEnd, { className, digitCount });
}

/** "ref 0.40-4.50 uIU/mL", "ref: 150000-450000", "office visit 99213": a range of values, and a code of what was done. */
function isAmountOrCode(text: string, match: string, end: number): boolean {
  if (/^\d{1,6}\.\d{1,3}(?:-\d{1,6}\.\d{1,3})?$/.test(match)) return true;
  if (/^\d{1,7}-\d{1,7}$/.test(match) && UNIT_BEHIND.test(text.slice(end, end + 12))) return true;
  return /^99[2-4]\d\d(?:-\d{2})?$/.test(match);
}

/** "MRNs 4471120 and 4471121", "MRN 4471120/4471121": as many digits as the first has. */
function addOthersOfList(
  subject: Subject,
  start: number,
  { className, digitCount }: { readonly className: string; readonly digitCount: number },
): void {
  const { text } = subject;
  let end = start;
  for (let count = 1; count < LIST_MAX; count++) {
    const and = matchAt(AND, text, end)?.[0];
    const next =
      and === undefined ? null : matchAt(/[A-Za-z]{0,6}\d{5,20}\b/y, text, end + and.length);
    if (next === null || onlyDigits(next[0]).length !== digitCount) return;
    addMatch(subject, next, className);
    end = next.index + next[0].length;
  }
}
