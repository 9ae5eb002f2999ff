import { classOfComponent, HL7_FIELDS, HL7_HEADERS, type Hl7Rule } from '../hl7/hl7-fields.ts';
import type { ReadToken } from './read-identifiers.ts';
import { addFinding, type Subject } from './subject.ts';

/** Names of segments that hold anything of somebody; the pattern of tokens is made of them. */
export const HL7_SEGMENTS: readonly string[] = Object.entries(HL7_FIELDS)
  .filter(([name, fields]) => Object.values(fields).some(isOfSomebody) && !HL7_HEADERS.has(name))
  .map(([name]) => name);

const SEGMENT_LENGTH_MAX = 8_000;

/** A segment of an HL7 v2 message. The token is its name and the first bar. */
export const readHl7Segment: ReadToken = (subject, start, tokenEnd) => {
  const { text } = subject;
  if (start > 0 && !/[\r\n\v]/.test(text[start - 1] as string)) return;
  const rules = HL7_FIELDS[text.slice(start, tokenEnd - 1)];
  if (rules === undefined) return;
  const segment = text.slice(tokenEnd, tokenEnd + SEGMENT_LENGTH_MAX).split(/[\r\n]/, 1)[0] ?? '';
  let at = tokenEnd;
  for (const [index, field] of segment.split('|').entries()) {
    const rule = rules[index + 1];
    if (rule !== undefined) readField(subject, at, field, rule);
    at += field.length + 1;
  }
};

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
