import { classOfField } from './field-names.ts';
import type { ReadToken } from './read-identifiers.ts';
import { addFinding, matchAt, textBefore } from './subject.ts';

const ELEMENT_VALUE = /[^<>]{0,200}?\bvalue ?= ?(["'])((?:(?!\1)[^<>]){1,200})\1/y;
/** A text may end within its value. */
const ELEMENT_TEXT = /[^<>]{0,200}>\s{0,60}(<!\[CDATA\[)?([^<>]{1,200})(?=<|\]\]>|$)/y;

/** An element of a clinical document: its `value`, or what it holds. */
export const readElement: ReadToken = (subject, start, end) => {
  const name = subject.text.slice(start + 1, end).replace(/^.*:/, '');
  const match =
    matchAt(ELEMENT_VALUE, subject.text, end) ?? matchAt(ELEMENT_TEXT, subject.text, end);
  const value = match?.[2]?.replace(/\]\]$/, '').trim();
  const className = classOfField(name);
  if (match === null || value === undefined || value === '' || className === undefined) return;
  const valueStart = match.index + match[0].lastIndexOf(value);
  addFinding(subject, valueStart, valueStart + value.length, className);
};

const ROOT_BEFORE = /root="([\d.]{1,64})" $/;

/** `<id root="…" extension="…"/>`: the token is the attribute. */
export const readExtension: ReadToken = (subject, start, end) => {
  const match = matchAt(/="([^"<>]{1,80})"/y, subject.text, end);
  const value = match?.[1];
  if (match === null || value === undefined || !/\d/.test(value)) return;
  const root = ROOT_BEFORE.exec(textBefore(subject, start, 80))?.[1];
  const valueStart = match.index + 2;
  addFinding(
    subject,
    valueStart,
    valueStart + value.length,
    root === SSN_ROOT ? 'ssn' : 'other-id',
  );
};

/** The object identifier of social security numbers in HL7's registry. */
const SSN_ROOT = '2.16.840.1.113883.4.1';
