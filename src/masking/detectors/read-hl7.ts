import type { ReadToken } from './read-identifiers.ts';
import { addFinding, type Subject } from './subject.ts';

/** How a field is made up, and what it says. A class alone: its first component. */
type FieldRule = 'person' | 'staff' | 'address' | 'telecom' | `id:${string}` | `value:${string}`;

/**
 * Fields of HL7 v2 segments that identify someone, by number.
 *
 * @see HL7 v2.5.1, chapters 3 (PID, PV1, NK1), 6 (GT1, IN1, IN2, DG1, FT1), 4 (ORC, OBR), 7 (OBX), 10 (SCH)
 */
const SEGMENTS: Readonly<Record<string, Readonly<Record<number, FieldRule>>>> = {
  PID: {
    2: 'id:mrn',
    3: 'id:mrn',
    4: 'id:mrn',
    5: 'person',
    6: 'person',
    7: 'value:birth-date',
    9: 'person',
    11: 'address',
    12: 'value:county',
    13: 'telecom',
    14: 'telecom',
    18: 'id:account-number',
    19: 'value:ssn',
    20: 'id:license-number',
    21: 'id:mrn',
    23: 'value:city',
    29: 'value:date',
  },
  NK1: {
    2: 'person',
    4: 'address',
    5: 'telecom',
    6: 'telecom',
    16: 'value:birth-date',
    26: 'person',
    30: 'person',
    31: 'telecom',
    32: 'address',
    33: 'id:other-id',
    37: 'value:ssn',
  },
  GT1: {
    2: 'id:account-number',
    3: 'person',
    4: 'person',
    5: 'address',
    6: 'telecom',
    7: 'telecom',
    8: 'value:birth-date',
    12: 'value:ssn',
    16: 'person',
    19: 'id:other-id',
  },
  IN1: {
    16: 'person',
    18: 'value:birth-date',
    19: 'address',
    36: 'id:health-plan-id',
    49: 'id:health-plan-id',
  },
  IN2: { 2: 'value:ssn', 6: 'id:health-plan-id', 8: 'id:health-plan-id', 61: 'id:health-plan-id' },
  PV1: {
    7: 'staff',
    8: 'staff',
    9: 'staff',
    17: 'staff',
    19: 'id:other-id',
    44: 'value:date',
    45: 'value:date',
    50: 'id:other-id',
    52: 'staff',
  },
  MRG: { 1: 'id:mrn', 3: 'id:account-number', 4: 'id:mrn', 7: 'person' },
  EVN: { 2: 'value:date', 5: 'staff', 6: 'value:date' },
  ORC: {
    2: 'id:other-id',
    3: 'id:other-id',
    4: 'id:other-id',
    9: 'value:date',
    10: 'staff',
    12: 'staff',
  },
  OBR: {
    2: 'id:other-id',
    3: 'id:other-id',
    6: 'value:date',
    7: 'value:date',
    8: 'value:date',
    14: 'value:date',
    16: 'staff',
    22: 'value:date',
    28: 'staff',
  },
  OBX: { 14: 'value:date', 16: 'staff' },
  DG1: { 5: 'value:date', 16: 'staff' },
  PR1: { 5: 'value:date', 11: 'staff' },
  FT1: {
    2: 'id:other-id',
    4: 'value:date',
    5: 'value:date',
    20: 'staff',
    21: 'staff',
    23: 'id:other-id',
  },
  SCH: { 1: 'id:other-id', 2: 'id:other-id', 12: 'staff', 16: 'staff', 20: 'staff' },
  AIP: { 3: 'staff' },
  AIS: { 4: 'value:date' },
  TXA: { 4: 'value:date', 5: 'staff', 9: 'staff', 12: 'id:other-id' },
  ACC: { 1: 'value:date' },
  ROL: { 4: 'staff' },
};

/** Names of segments that hold anything; the pattern of tokens is made of them. */
export const HL7_SEGMENTS: readonly string[] = Object.keys(SEGMENTS);

const SEGMENT_LENGTH_MAX = 8_000;

/** A segment of an HL7 v2 message. The token is its name and the first bar. */
export const readHl7Segment: ReadToken = (subject, start, tokenEnd) => {
  const { text } = subject;
  if (start > 0 && !/[\r\n\v]/.test(text[start - 1] as string)) return;
  const rules = SEGMENTS[text.slice(start, tokenEnd - 1)];
  if (rules === undefined) return;
  const segment = text.slice(tokenEnd, tokenEnd + SEGMENT_LENGTH_MAX).split(/[\r\n]/, 1)[0] ?? '';
  let at = tokenEnd;
  for (const [index, field] of segment.split('|').entries()) {
    const rule = rules[index + 1];
    if (rule !== undefined) readField(subject, at, field, rule);
    at += field.length + 1;
  }
};

function readField(subject: Subject, fieldStart: number, field: string, rule: FieldRule): void {
  let at = fieldStart;
  for (const repetition of field.split('~')) {
    readRepetition(subject, at, repetition, rule);
    at += repetition.length + 1;
  }
}

function readRepetition(subject: Subject, start: number, text: string, rule: FieldRule): void {
  const components = text.split('^');
  let at = start;
  for (const [index, component] of components.entries()) {
    const className = classOfComponent(rule, index + 1, components);
    if (className !== undefined && component !== '' && component !== '""') {
      addFinding(subject, at, at + component.length, className);
    }
    at += component.length + 1;
  }
}

/** Types of identifiers (HL7 table 0203). */
const ID_TYPES: Readonly<Record<string, string>> = {
  MR: 'mrn',
  PI: 'mrn',
  PT: 'mrn',
  SS: 'ssn',
  AN: 'account-number',
  DL: 'license-number',
  MA: 'health-plan-id',
  MC: 'health-plan-id',
  SN: 'health-plan-id',
  PPN: 'license-number',
};

function classOfComponent(
  rule: FieldRule,
  number: number,
  all: readonly string[],
): string | undefined {
  switch (rule) {
    case 'person':
      return number <= 3 ? 'name' : undefined;
    case 'staff':
      if (number === 1) return /^\d+$/.test(all[0] ?? '') ? 'license-number' : 'name';
      return number <= 4 ? 'name' : undefined;
    case 'address':
      return { 1: 'address', 2: 'address', 3: 'city', 5: 'zip', 9: 'county' }[number];
    case 'telecom':
      return { 1: 'phone', 4: 'email', 6: 'phone', 7: 'phone', 12: 'phone' }[number];
    default: {
      if (number !== 1) return undefined;
      const [kind, className] = rule.split(':');
      return kind === 'id' ? (ID_TYPES[all[4] ?? ''] ?? className) : className;
    }
  }
}
