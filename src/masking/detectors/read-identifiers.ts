import { isWordByte } from './byte-set.ts';
import {
  IBAN_LENGTHS,
  isCardNumber,
  isDeaNumber,
  isGs1Number,
  isIban,
  isNpi,
  isRoutingNumber,
  isVin,
} from './check-digits.ts';
import type { Finding } from './finding.ts';
import {
  isAmericanDate,
  isCompactDate,
  isIpv4,
  isIpv6,
  isMacAddress,
  isMbi,
  isNanpNumber,
  isSsn,
  isTaxpayerNumber,
} from './identifier-shapes.ts';
import { addDate } from './read-dates.ts';
import { addMailboxBefore } from './read-spelled-email.ts';
import { addFinding, isPartOfNumber, matchAt, type Subject, textBefore } from './subject.ts';

/** Looks at a token in its text, and adds what it finds. */
export type ReadToken = (subject: Subject, start: number, end: number) => void;

/** Three, two and four digits: a social security number, or one that the tax office gives instead. */
export const readSsn: ReadToken = (subject, tokenStart, tokenEnd) => {
  // A word may run into it.
  const [start, end] = withinLetters(subject.text, tokenStart, tokenEnd);
  if (isPartOfNumber(subject, start, end)) return;
  const digits = onlyDigits(subject.text.slice(start, end)).slice(0, SSN_DIGITS);
  if (isSsn(digits) || isTaxpayerNumber(digits)) addFinding(subject, start, end, 'ssn');
};

const SSN_DIGITS = 9;

/** A range without the letter or underscore that it may start and end with. */
function withinLetters(text: string, start: number, end: number): readonly [number, number] {
  const isLetter = (at: number): boolean => /[A-Za-z_]/.test(text[at] as string);
  return [isLetter(start) ? start + 1 : start, isLetter(end - 1) ? end - 1 : end];
}

/** `xxx-xx-6789` still shows four digits. */
export const readHiddenSsn: ReadToken = (subject, start, end) => {
  addFinding(subject, start, end, 'ssn');
};

/** A run of 7 to 20 digits says what it is by its length and its check digit. */
export const readDigits: ReadToken = (subject, start, end) => {
  const zone = matchAt(/(?:\.\d{1,4})?[+-]\d{4}\b/y, subject.text, end)?.[0] ?? '';
  const digits = subject.text.slice(start, end);
  // A compact time with its zone goes on where another number may not.
  if (zone !== '' && digits.length >= 12 && isCompactDate(digits)) {
    addDate(subject, start, end + zone.length);
    return;
  }
  if (isPartOfNumber(subject, start, end)) return;
  const className = classOfDigits(digits, subject.text.length === end - start);
  if (className === 'date') addDate(subject, start, end);
  else if (className !== undefined) addFinding(subject, start, end, className);
};

function classOfDigits(digits: string, isWhole: boolean): string | undefined {
  switch (digits.length) {
    case 8:
      if (isAmericanDate(digits)) return 'date';
      return isCompactDate(digits) ? 'date' : isCardOrUndefined(digits);
    case 12:
    case 14:
      return isCompactDate(digits) ? 'date' : isCardOrUndefined(digits);
    case 9:
      if (isRoutingNumber(digits)) return 'account-number';
      return isWhole && (isSsn(digits) || isTaxpayerNumber(digits)) ? 'ssn' : undefined;
    case 10:
      if (isNpi(digits)) return 'license-number';
      return isNanpNumber(digits) ? 'phone' : undefined;
    case 11:
      return digits.startsWith('1') && isNanpNumber(digits.slice(1)) ? 'phone' : undefined;
    default:
      return isCardOrUndefined(digits);
  }
}

function isCardOrUndefined(digits: string): string | undefined {
  return isCardNumber(digits) ? 'account-number' : undefined;
}

/** Groups of digits as on payment cards. */
export const readAccountDigits: ReadToken = (subject, start, end) => {
  if (isPartOfNumber(subject, start, end)) return;
  if (isCardNumber(onlyDigits(subject.text.slice(start, end)))) {
    addFinding(subject, start, end, 'account-number');
  }
};

/** Whatever it identifies, it does so uniquely. */
export const readUuid: ReadToken = (subject, start, end) =>
  addFinding(subject, start, end, 'other-id');

/** A Medicare number, with dashes or without. */
export const readMbi: ReadToken = (subject, start, end) => {
  const text = subject.text.slice(start, end);
  if (isMbi(text.replace(/[- ]/g, ''))) addFinding(subject, start, end, 'health-plan-id');
};

/** Two letters and seven digits: a DEA number by its check digit. */
export const readDea: ReadToken = (subject, start, end) => {
  if (isDeaNumber(subject.text.slice(start, end)))
    addFinding(subject, start, end, 'license-number');
};

/** Seventeen characters: a vehicle by its check digit. */
export const readVin: ReadToken = (subject, start, end) => {
  const text = subject.text.slice(start, end);
  if (isVin(text) && /[A-Za-z]/.test(text)) addFinding(subject, start, end, 'vehicle-id');
};

/** An account number by its length and check digits, in groups of four or in one. */
export const readIban: ReadToken = (subject, start, end) => {
  // Every letter or digit from the fifteenth on may end one: most are told by the country's length.
  const { text } = subject;
  const length = IBAN_LENGTHS[text.slice(start, start + 2).toUpperCase()];
  if (length === undefined || end - start < length || end - start > 2 * length) return;
  if (isIban(text.slice(start, end).replaceAll(' ', ''))) {
    addFinding(subject, start, end, 'account-number');
  }
};

/** What may follow the device identifier of a UDI: dates, lot and serial number, in either notation. */
const UDI_REST = /(?: ?\(\d{2,4}\) ?[A-Za-z0-9./+-]{1,30}){0,8}|[A-Za-z0-9]{0,60}/y;
const HIBCC_REST = /[A-Z0-9]*(?:\/[A-Z0-9$+/.% -]{1,60})?/y;

/** The device identifier of a UDI, with what follows it, in the notation of GS1 or of HIBCC. */
export const readUdi: ReadToken = (subject, start, end) => {
  const { text } = subject;
  if (text[start] === '+') {
    const rest = matchAt(HIBCC_REST, text, end)?.[0].trimEnd() ?? '';
    // Without the second part it may be anything.
    if (rest.includes('/')) addFinding(subject, start, end + rest.length, 'device-id');
    return;
  }
  const numberStart = text[start] === '(' ? end - 14 : start + 2;
  if (text[start] !== '(' && !isGs1Number(text.slice(numberStart, numberStart + 14))) return;
  // In brackets its shape says enough, whatever the check digit is.
  const rest = matchAt(UDI_REST, text, end)?.[0] ?? '';
  addFinding(subject, start, end + rest.length, 'device-id');
};

/** RFC 5321, section 4.5.3.1.1. */
const MAILBOX_LENGTH_MAX = 64;

/** The token is the at sign and the domain: the mailbox stands before it. */
export const readEmail: ReadToken = (subject, start, end) => {
  const from = runStart(subject.text, start, MAILBOX_LENGTH_MAX, isMailboxCode);
  const mailbox = subject.text.slice(from, start).replace(/^[^A-Za-z0-9]{1,64}(?=[A-Za-z0-9])/, '');
  // An apostrophe between letters is of a name; elsewhere it quotes.
  const structured = mailbox.slice(mailbox.search(/(?:[^=|'&*~^]|(?<=[A-Za-z])'(?=[A-Za-z]))*$/));
  if (structured !== '') addFinding(subject, start - structured.length, end, 'email');
};

const NOT_OF_URL = /[\s<>"'`\\{}|^\x00-\x20\x7f]/g;
const URL_REST_MAX = 2_000;
/** Behind an address these are of the sentence. */
const PUNCTUATION = '.,;:!?)]';

/** The token is `://` or `www.`: the address goes on up to a space or a quote. */
export const readUrl: ReadToken = (subject, start, end) => {
  if (isFound(subject, start)) return;
  const scheme = /[A-Za-z][A-Za-z0-9+.-]{1,15}$/.exec(textBefore(subject, start, 16))?.[0] ?? '';
  if (subject.text[start] === ':' && scheme === '') return;
  const from = subject.text[start] === ':' ? start - scheme.length : start;
  addUrl(subject, from, end);
};

function addUrl(subject: Subject, start: number, end: number): void {
  const { text } = subject;
  let restEnd = Math.min(findUrlEnd(subject, end), end + URL_REST_MAX);
  while (restEnd > end && PUNCTUATION.includes(text.charAt(restEnd - 1))) restEnd -= 1;
  if (restEnd > end) addFinding(subject, start, restEnd, 'url');
}

/** Where the signs that may be of a URL end that stand from `start` on: looked for once, however many begin among them. */
function findUrlEnd(subject: Subject, start: number): number {
  const { text, urlSigns } = subject;
  if (urlSigns !== undefined && urlSigns.start <= start && start < urlSigns.end)
    return urlSigns.end;
  const end = matchAt(NOT_OF_URL, text, start)?.index ?? text.length;
  subject.urlSigns = { start, end };
  return end;
}

/** RFC 1035, section 2.3.4, and less. */
const HOST_LENGTH_MAX = 128;

/** The token is the end of a host name: its labels stand before it. */
export const readDomain: ReadToken = (subject, start, end) => {
  if (isFound(subject, start)) return;
  const from = runStart(subject.text, start, HOST_LENGTH_MAX, isHostCode);
  const host = subject.text.slice(from, start);
  if (!/^[A-Za-z0-9]/.test(host)) return;
  // An address of mail has its own reader, and a number with a letter behind it is no host.
  if (subject.text[from - 1] === '@' || /^[\d.]+$/.test(host)) return;
  const port = matchAt(/:\d{1,5}(?=\/)/y, subject.text, end)?.[0].length ?? 0;
  if (host.startsWith('www.') || subject.text[end + port] === '/')
    addUrl(subject, from, end + port);
  addFinding(subject, from, end, 'url');
  addMailboxBefore(subject, from, end);
};

/** What four numbers are of that are no address. */
const BEFORE_VERSION = /\b(?:build|version|ver|firmware)[ .:=]{1,2}$/i;

/** Four numbers, with the length of a prefix if there is one; not part of a longer run of numbers. */
export const readIpv4: ReadToken = (subject, start, end) => {
  if (
    /[\d]\.$/.test(textBefore(subject, start, 2)) ||
    /^\.\d/.test(subject.text.slice(end, end + 2))
  )
    return;
  if (!isIpv4(subject.text.slice(start, end))) return;
  if (BEFORE_VERSION.test(textBefore(subject, start, 12))) return;
  addFinding(subject, start, end + prefixLengthAt(subject, end), 'ip-address');
};

/** Groups of hexadecimal digits and colons. */
export const readIpv6: ReadToken = (subject, start, end) => {
  if (
    /[:\w]$/.test(textBefore(subject, start, 1)) ||
    /^(?::|\.\d)/.test(subject.text.slice(end, end + 2))
  )
    return;
  const text = subject.text.slice(start, end);
  if (isIpv6(text)) addFinding(subject, start, end + prefixLengthAt(subject, end), 'ip-address');
};

/** `/24` behind the address of a network. */
function prefixLengthAt({ text }: Subject, end: number): number {
  return matchAt(/\/\d{1,3}\b/y, text, end)?.[0].length ?? 0;
}

/** The address of a network card, in any of its spellings. */
export const readMac: ReadToken = (subject, start, end) => {
  const hex = subject.text.slice(start, end).replace(/[:.-]/g, '');
  if (/^[:-][0-9a-fA-F]/.test(subject.text.slice(end, end + 2))) return;
  if (isMacAddress(hex)) addFinding(subject, start, end, 'device-id');
};

const EXTENSION = /,? ?(?:x|ext\.?|extension) ?\d{1,6}\b/iy;

/** A number with its separators, of North America or with the code of a country, and its extension. */
export const readPhone: ReadToken = (subject, tokenStart, tokenEnd) => {
  // "x" or "ext" run onto it is of its extension, which is read below.
  const end =
    tokenEnd - (/[A-Za-z]+$/.exec(subject.text.slice(tokenStart + 1, tokenEnd))?.[0].length ?? 0);
  // A letter before it, as a word run into the number, is not of it.
  const start = /[A-Za-z_]/.test(subject.text[tokenStart] ?? '') ? tokenStart + 1 : tokenStart;
  const text = subject.text.slice(start, end);
  const digits = onlyDigits(text);
  if (isPartOfNumber(subject, start, end)) return;
  const national = digits.length === 11 && digits.startsWith('1') ? digits.slice(1) : digits;
  const isInternational =
    /^(?:\+|00|011[-. ])/.test(text) && digits.length >= 8 && digits.length <= 17;
  // With separators its shape says enough; areas and exchanges that are not in use occur in made-up numbers.
  if (!isInternational && (national.length !== 10 || national.startsWith('0'))) return;
  const extension = matchAt(EXTENSION, subject.text, end)?.[0] ?? '';
  addFinding(subject, start, end + extension.length, phoneOrFax(subject, start));
};

/** Whether the number is said to be that of a fax machine. */
export function phoneOrFax(subject: Subject, start: number): string {
  return /\b(?:fax|facsimile)\b[^A-Za-z0-9]{0,4}(?:number|no|num|#)?[^A-Za-z0-9]{0,4}$/i.test(
    textBefore(subject, start, 24),
  )
    ? 'fax'
    : 'phone';
}

const GLUED_PHONE = /(?:\(\d{3}\)[-. ]?\d{3}[-. ]?|\d{3}[-. ]\d{3}[-. ])\d{4}/y;
const GLUED_SSN = /\d{3}([-. ]?)\d{2}\1\d{4}/y;

/** Numbers read on from a token, which holds the first two. */
const GLUED_MAX = 8;

/**
 * Telephone and social security numbers with nothing between them, or a sign that numbers have inside: each is part of a
 * longer number, so only the shape of all tells. If one of them is in use, none stays.
 */
export const readGluedNumbers: ReadToken = (subject, start) => {
  const { text } = subject;
  const parts: Finding[] = [];
  let isInUse = false;
  let from = start;
  while (parts.length < GLUED_MAX) {
    const ssn = matchAt(GLUED_SSN, text, from);
    const isSsnShape = ssn !== null && (ssn[1] !== '' || !/\d/.test(text[from + 9] ?? ''));
    const part = isSsnShape ? ssn[0] : matchAt(GLUED_PHONE, text, from)?.[0];
    if (part === undefined) break;
    const className = isSsnShape ? 'ssn' : phoneOrFax(subject, from);
    parts.push({ start: from, end: from + part.length, className });
    const digits = onlyDigits(part);
    isInUse ||= isSsnShape ? isSsn(digits) || isTaxpayerNumber(digits) : isNanpNumber(digits);
    from += part.length;
    if (/[-.]/.test(text[from] ?? '')) from += 1;
  }
  if (isInUse && parts.length > 1) subject.findings.push(...parts);
};

/** Latitude and longitude with at least three decimals. */
export const readGeo: ReadToken = (subject, start, end) => {
  const [latitude, longitude] = subject.text
    .slice(start, end)
    .split(/[,;/ ]+ ?/)
    .map(Number);
  if (latitude === undefined || longitude === undefined) return;
  if (Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) {
    addFinding(subject, start, end, 'geo-coordinates');
  }
};

/** The digits of a text. */
export function onlyDigits(text: string): string {
  return text.replace(/\D/g, '');
}

/** Whether the last finding goes beyond `start`: what it holds needs no second look. */
function isFound({ findings }: Subject, start: number): boolean {
  const last = findings.at(-1);
  return last !== undefined && last.start < start && start < last.end;
}

/** Where the run of certain characters starts that ends at `end`. */
function runStart(
  text: string,
  end: number,
  lengthMax: number,
  isOf: (code: number) => boolean,
): number {
  let start = end;
  const first = Math.max(0, end - lengthMax);
  while (start > first && isOf(text.charCodeAt(start - 1))) start -= 1;
  return start;
}

function isHostCode(code: number): boolean {
  return isWordByte(code) || code === 0x2d || code === 0x2e;
}

/** Letters, digits and the signs of RFC 5322, section 3.2.3. */
function isMailboxCode(code: number): boolean {
  return isWordByte(code) || "!#$%&'*+/=?^_`{|}~.-".includes(String.fromCharCode(code));
}
