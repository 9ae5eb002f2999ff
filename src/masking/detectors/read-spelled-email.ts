import type { ReadToken } from './read-identifiers.ts';
import { addFinding, type Subject, textBefore } from './subject.ts';

/** RFC 5321, section 4.5.3.1, and less. */
const REACH = 160;
const MAILBOX =
  '(?<![\\w.+-])[A-Za-z0-9][\\w.+-]{0,63}(?:(?: ?[[({<] ?dot ?[\\])}>] ?| dot )[\\w+-]{1,40}){0,4}';
const AT_IN_BRACKETS = ' ?[[({<] ?(?:at|@) ?[\\])}>] ?';
const HOST = '[A-Za-z0-9][\\w.-]{0,80}(?:(?: ?[[({<] ?dot ?[\\])}>] ?| dot )[\\w-]{1,40}){0,4}';
const BEFORE_DOT = new RegExp(
  `${MAILBOX}(?:${AT_IN_BRACKETS}| at (?!the |an? ))${HOST}(?: ?[[({<] ?| )$`,
  'i',
);
const AT = /\bat\b|@/i;
const BEFORE_HOST = new RegExp(`${MAILBOX}${AT_IN_BRACKETS}$`, 'i');
/** Without brackets a word before may be of a sentence: one with a point, a digit or a line in it is none, unless it is a number. */
const BEFORE_HOST_IN_WORDS =
  /(?<![\w.+-])(?=[\w+-]{0,40}[._\d])(?=[\d.+-]{0,40}[a-z_])[A-Za-z0-9][\w.+-]{0,63} at $/i;

/** "ann.lee [at] example [dot] org", "ann at example dot org": the token is the end of the host, from "dot" on. */
export const readSpelledEmail: ReadToken = (subject, start, end) => {
  const before = textBefore(subject, start, REACH);
  const match = AT.test(before) ? BEFORE_DOT.exec(before) : null;
  if (match !== null) addFinding(subject, start - match[0].length, end, 'email');
};

/** "ann.lee (at) example.org": what stands before a host. */
export function addMailboxBefore(subject: Subject, start: number, end: number): void {
  const before = textBefore(subject, start, REACH);
  if (!/\bat ?[\])}>]? ?$|@ ?[\])}>] ?$/i.test(before.slice(-6))) return;
  const match = BEFORE_HOST.exec(before) ?? BEFORE_HOST_IN_WORDS.exec(before);
  if (match !== null) addFinding(subject, start - match[0].length, end, 'email');
}
