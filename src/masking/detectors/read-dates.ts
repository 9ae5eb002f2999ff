import { isCompactDate, isDate } from './identifier-shapes.ts';
import type { ReadToken } from './read-identifiers.ts';
import { addFinding, matchAt, type Subject, textBefore } from './subject.ts';

/** The time behind a date in the notation of ISO 8601. */
const ISO_TIME = /[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?(?![\w:])/y;

/** Dates of digits: `2024-01-31`, `1/31/2024`, `31.01.24`, `1/2024`. */
export const readDate: ReadToken = (subject, start, end) => {
  const { text } = subject;
  const matched = text.slice(start, end).replaceAll(' ', '');
  const parts = matched.split(/[-/.]/);
  const [first = '', second = '', third = ''] = parts;
  if (/\d[-/.]$/.test(textBefore(subject, start, 2)) || /^[-/.]?\d/.test(text.slice(end, end + 2)))
    return;
  if (parts.length === 2) {
    addDate(subject, start, end);
    return;
  }
  if (first.length === 4) {
    if (!isDate(Number(first), Number(second), Number(third))) return;
    // The pattern ends before a `T`; any other letter makes it something else.
    const time = matchAt(ISO_TIME, text, end)?.[0] ?? '';
    if (/^[A-SU-Za-z]/.test(text.slice(end, end + 1))) return;
    addDate(subject, start, end + (time.startsWith('T') ? time.length : 0));
    return;
  }
  if (third.length === 2 && !matched.includes('/') && (first.length !== 2 || second.length !== 2))
    return;
  if (third.length === 2 && DOSE_BEHIND.test(text.slice(end, end + 10))) return;
  const year = Number(third);
  const [left, right] = [Number(first), Number(second)];
  if (isDate(year, left, right) || isDate(year, right, left)) addDate(subject, start, end);
};

/** "10-20-30 mg", "q 12-24-36 h". */
const DOSE_BEHIND =
  /^ ?(?:mg|mcg|g|kg|ml|cc|oz|mm|cm|units?|tabs?|tablets?|caps?|puffs?|hours?|hrs?|h|min|%)(?![A-Za-z])/i;

/** In the names of files and in times as programs write them: "scan_20240131", "2024_01_31", "20240131T101112Z". */
export const readNamedDate: ReadToken = (subject, tokenStart, end) => {
  const { text } = subject;
  const start = tokenStart + text.slice(tokenStart, end).search(/\d/);
  const digits = text.slice(start, end).replaceAll(/\D/g, '');
  if (/\d/.test(text[end] ?? '') || !isCompactDate(digits)) return;
  addDate(subject, start, end + (matchAt(ZONE, text, end)?.[0].length ?? 0));
};

const ZONE = /(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?(?![\w:])/y;

/** A whole date that a word runs into: "Date:11/24/2024Provider", "Admit11/24/2024". */
export const readGluedDate: ReadToken = (subject, tokenStart, tokenEnd) => {
  const { text } = subject;
  const start = /\d/.test(text[tokenStart] as string) ? tokenStart : tokenStart + 1;
  const end = /\d/.test(text[tokenEnd - 1] as string) ? tokenEnd : tokenEnd - 1;
  readDate(subject, start, end);
};

/** "3/20 - 3/24", "3/30-4/2/2024": two dates, the year behind the last or none. */
export const readDateRange: ReadToken = (subject, start, end) => {
  const { text } = subject;
  if (
    /[\d/.-]$/.test(textBefore(subject, start, 1)) ||
    /^[-/.]?\d|^%/.test(text.slice(end, end + 2))
  )
    return;
  const matched = text.slice(start, end);
  const [first = [], last = []] = matched
    .split(/[^\d/]+/)
    .map((date) => date.split('/').map(Number));
  const [month = 0, day = 0] = first;
  const [lastMonth = 0, lastDay = 0] = last;
  if (!isDate(first[2], month, day) || !isDate(last[2], lastMonth, lastDay)) return;
  // Without a year two fractions look the same: "1/2 - 3/4 tablet", "4/5 to 5/5".
  const isNear =
    month === lastMonth ? day < lastDay : lastMonth === (month % 12) + 1 && day > lastDay;
  if (last.length === 2 && (!isNear || AMOUNT_BEHIND.test(text.slice(end, end + 10)))) return;
  addDate(subject, start, end);
};

/** Dates with the month's name and a year. */
export const readMonthDate: ReadToken = (subject, start, end) => {
  const text = subject.text.slice(start, end);
  // "may" and "march" are words, "2 sep 10" may be a dose; a whole year makes it a date in any spelling.
  if (/[A-Z]/.test(text) || /(?:19|20)\d\d$/.test(text)) addDate(subject, start, end);
};

const BEFORE_SHORT_DATE =
  /\b(?:on|since|until|till|through|thru|dated?|from|by|before|after|due|of|as of|seen|visit|today|yesterday|tomorrow|mon|tues?|wed(?:nes)?|thur?s?|fri|sat(?:ur)?|sun|lmp|edd|edc|shots?|vaccinated|fell|injury|doi|dos|onset|admit(?:ted)?|adm|discharged|d\/c'?d|started|stopped|surgery|sx|appt|appointment|collected|drawn|impl(?:anted)?|placed|removed)(?:day)?[:,]? {1,2}(?:is |was )?$/i;
const AMOUNT_BEHIND =
  /^ ?(?:mg|mcg|g|kg|ml|cc|units?|tabs?|tablets?|caps?|puffs?|percent|%|\/|out of|of|scale|strength|doses?|cups?|times|x)\b/i;

/** Dates without a year: "March 17", "17 March", and `3/17` where a word before it says so. */
export const readMonthDay: ReadToken = (subject, start, end) => {
  const text = subject.text.slice(start, end);
  const behind = subject.text.slice(end, end + 10);
  if (/^\d{1,2}\/\d/.test(text)) {
    if (/\d\/$|[-.]$/.test(textBefore(subject, start, 2)) || /^[/.-]?\d|^[%/]/.test(behind)) return;
    if (AMOUNT_BEHIND.test(behind)) return;
    if (BEFORE_SHORT_DATE.test(textBefore(subject, start, 16))) addDate(subject, start, end);
    return;
  }
  // "May second opinions help", "March third floor": only what ends a phrase is a date.
  if (
    /^(?:may|march) (?:the )?[a-z]/i.test(text) &&
    /^ (?!and|at|in|to|for|with|until)[a-z]/.test(behind)
  )
    return;
  if (!/[A-Z]/.test(text) || AMOUNT_BEHIND.test(behind) || /^[.,:/-]?\d/.test(behind)) return;
  addDate(subject, start, end);
};

/** Ages in words are over 89 as they stand, if a word near says that they are ages. */
export const readAgeInWords: ReadToken = (subject, start, end) => {
  const follows = /^[- ](?:years?|yrs?|y\/?o)\b/i.test(subject.text.slice(end, end + 8));
  if (follows || AGE_BEFORE.test(textBefore(subject, start, 24))) {
    addFinding(subject, start, end, 'age');
  }
};

const BIRTH_BEFORE =
  /(?:\bdob|\bd\.o\.b\.?|\bbirth(?:day| ?date)?|date of birth|\bborn(?: on)?(?: the)?|\bb\.|birth_?date|birthtime)[^A-Za-z0-9]{0,6}(?:(?:is|was|on|value)\b[^A-Za-z0-9]{0,3})?$/i;

/** Adds a date; one of birth, if what stands before it says so. */
export function addDate(subject: Subject, start: number, end: number): void {
  const isBirth = BIRTH_BEFORE.test(textBefore(subject, start, 30));
  addFinding(subject, start, end, isBirth ? 'birth-date' : 'date');
}

const AGE_BEHIND =
  /(?:(?:st|nd|rd|th) (?:birthday|year of)\b|[- ]?(?:years?|yrs?|y)\b\.?[- ]?(?:olds?|of age|o)?\b|[- ]?y\.?[/ ]?o\b|[- ]?(?:male|female|man|woman|lady|gentleman)\b|[MF]\b)/iy;
const AGE_BEFORE =
  /\b(?:age(?: ?\/ ?(?:sex|gender))?(?: \((?:years|yrs|y)\))?|aged|ages|turned|turning|(?:died|passed(?: away)?|deceased|expired) at|lived to(?: be)?)(?![A-Za-z0-9])[^A-Za-z0-9]{0,3}(?:(?:is|of|was)\b ?)?$/i;

/** Ages over 89. The token is the number alone, in its first digits. */
export const readAge: ReadToken = (subject, start, end) => {
  const age = Number(subject.text.slice(start, end));
  if (age < 90 || age > 130 || /[\d.,/-]$/.test(textBefore(subject, start, 1))) return;
  const follows = matchAt(AGE_BEHIND, subject.text, end) !== null;
  const isNumber = /^(?![\d%]|\/(?![MF]\b)|[.,]\d)/.test(subject.text.slice(end, end + 2));
  if (follows || (isNumber && AGE_BEFORE.test(textBefore(subject, start, 24)))) {
    addFinding(subject, start, end, 'age');
  }
};
