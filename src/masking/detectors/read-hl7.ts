import { classOfComponent, HL7_FIELDS, HL7_HEADERS, type Hl7Rule } from '../hl7/hl7-fields.ts';
import type { ReadToken } from './read-identifiers.ts';
import { addFinding, type Subject } from './subject.ts';

/** Names of segments that hold anything of somebody; the pattern of tokens is made of them. */
export const HL7_SEGMENTS: readonly string[] = Object.entries(HL7_FIELDS)
  .filter(([name, fields]) => Object.values(fields).some(isOfSomebody) && !HL7_HEADERS.has(name))
  .map(([name]) => name);

const SEGMENT_LENGTH_MAX = 8_000;
/** Bars of a segment that stands within a line: fewer may be a table's. */
const BARS_MIN = 4;
/** Where a segment ends that starts a line: another may follow there, but one of its fields may be called so. */
const END_OF_LINE = new RegExp(`[\\r\\n]|(?<![\\w|^~&])(?:${HL7_SEGMENTS.join('|')})\\|`);
/** Where a segment ends that stands within a line. */
const END_WITHIN_LINE = new RegExp(`[\\r\\n]|\\b(?:${HL7_SEGMENTS.join('|')})\\|`);

/**
 * A segment of an HL7 v2 message. The token is its name and the first bar. In logs it may stand behind a time or a quote, and
 * the whole message on one line.
 */
export const readHl7Segment: ReadToken = (subject, start, tokenEnd) => {
  const { text } = subject;
  const startsLine = start === 0 || /[\r\n\v]/.test(text[start - 1] as string);
  const rules = HL7_FIELDS[text.slice(start, tokenEnd - 1)];
  if (rules === undefined) return;
  const fields = segmentAt(text, tokenEnd, startsLine).split('|');
  if (!startsLine && fields.length <= BARS_MIN) return;
  let at = tokenEnd;
  for (const [index, field] of fields.entries()) {
    const rule = rules[index + 1];
    if (rule !== undefined) readField(subject, at, field, rule);
    at += field.length + 1;
  }
};

function segmentAt(text: string, start: number, startsLine: boolean): string {
  const near = text.slice(start, start + SEGMENT_LENGTH_MAX);
  const end = near.search(startsLine ? END_OF_LINE : END_WITHIN_LINE);
  return end === -1 ? near : near.slice(0, end);
}

function readField(subject: Subject, fieldStart: number, field: string, rule: Hl7Rule): void {
  let at = fieldStart;
  for (const repetition of field.split('~')) {
    readRepetition(subject, at, repetition, rule);
    at += repetition.length + 1;
  }
}

function readRepetition(subject: Subject, start: number, text: string, rule: Hl7Rule): void {
  const components = text.split('^');
  let at = start;
  for (const [index, component] of components.entries()) {
    const className =
      rule === 'staff'
        ? classOfStaff(index + 1, component)
        : classOfComponent(rule, index + 1, components);
    if (className !== undefined && component !== '' && component !== '""') {
      addFinding(subject, at, at + component.length, className);
    }
    at += component.length + 1;
  }
}

function isOfSomebody(rule: Hl7Rule): boolean {
  return rule !== 'plain' && rule !== 'observed';
}

/** A text may be about those who give care: a number, then names. */
function classOfStaff(number: number, component: string): string | undefined {
  if (number === 1) return /^\d+$/.test(component) ? 'license-number' : 'name';
  return number <= 4 ? 'name' : undefined;
}
