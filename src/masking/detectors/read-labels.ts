import type { Label } from './labels.ts';
import { onlyDigits, phoneOrFax, type ReadToken } from './read-identifiers.ts';
import { addFinding, matchAt, type Subject } from './subject.ts';

/** Words and signs between a label and its value. */
const LINK =
  /(?:[ \t_]{0,2}(?:numbers?|num|no|nbr|ids?|codes?|cards?|is|was|on file|ending in|of)\b\.?){0,3}["')]?[ \t]{0,4}[:=#>-]{0,3}[ \t]{0,12}["'(#]{0,2}/iy;

/** Letters and digits in groups, with a digit in the first group or the second. */
const IDENTIFIER =
  /(?:\d{2}:)?[A-Za-z]{0,6}(?:[-/.][A-Za-z]{0,4})?\d[A-Za-z0-9]{0,24}(?:[-/.][A-Za-z0-9]{1,24}){0,5}(?: \d{3,6}(?![-/:.]?\w)){0,4}/y;
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
/** How a date is to be written: "(MM/DD/YYYY)". */
const DATE_FORM = /\(?[mdy]{1,4}[-/. ]?[mdy]{1,4}[-/. ]?[mdy]{1,4}\)?:? {0,2}/iy;

/** Reads what stands behind a label. */
export function readLabel({ className, value, weak }: Label): ReadToken {
  return (subject, labelStart, labelEnd) => {
    const { text } = subject;
    const link = matchAt(LINK, text, labelEnd)?.[0] ?? '';
    const start = labelEnd + link.length;
    switch (value) {
      case 'identifier':
        if (isOfCatalogue(subject, labelStart, labelEnd)) return;
        addIdentifier(subject, start, { className, isSure: !weak || /[#:=]|n[ou]|id/i.test(link) });
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
        const match = sharp(matchAt(DATE, text, from)) ?? matchAt(LOOSE_DATE, text, from);
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

function addIdentifier(
  subject: Subject,
  start: number,
  { className, isSure }: { readonly className: string; readonly isSure: boolean },
): void {
  const { text } = subject;
  const plate = className === 'vehicle-id' ? matchAt(PLATE, text, start) : null;
  if (plate !== null) return addMatch(subject, plate, className);
  const numberAt = className === 'license-number' ? endOf(STATE, text, start) : start;
  const match = matchAt(IDENTIFIER, text, numberAt)?.[0];
  if (match === undefined) return;
  const digitCount = countDigits(match);
  // A year, an amount or a code of few digits behind an everyday word is not an identifier.
  const digitsMin = isSure ? 4 : 5;
  if (digitCount < digitsMin || /^\d{1,3}(?:\.\d+)?$/.test(match)) return;
  if (/^(?:19|20)\d\d$/.test(match) && !isSure) return;
  addFinding(subject, start, numberAt + match.length, className);
}
