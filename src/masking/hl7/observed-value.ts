import type { Hl7Rule } from './hl7-fields.ts';

const RULES: ReadonlyMap<string, Hl7Rule> = new Map(
  Object.entries<Hl7Rule>({
    ...{
      NM: 'plain',
      SN: 'plain',
      ID: 'plain',
      IS: 'plain',
      SI: 'plain',
      TM: 'plain',
      MO: 'plain',
    },
    ...{ DT: 'value:date', TS: 'value:date', DTM: 'value:date', DR: 'value:date' },
    ...{ PN: 'person', XPN: 'person', CN: 'staff', XCN: 'staff', AD: 'address', XAD: 'address' },
    ...{ TN: 'telecom', XTN: 'telecom', CX: 'id:other-id', CK: 'id:other-id', EI: 'id:other-id' },
    // A document in Base64, or a pointer to one.
    ...{ ED: 'value:unmapped', RP: 'value:unmapped' },
  }),
);

/** Numbers, times and ratios: what a sender calls a number may be anything else. */
const NUMERIC = /^[<>=^+-]{0,4}\d{0,8}(?:[.:^][-+]?\d{0,8}){0,4}$/;

/** What the value of an observation is, by its type (OBX-2) and what stands there (OBX-5); undefined: it is looked through. */
export function ruleOfObservation(type: string, value: string): Hl7Rule | undefined {
  const rule = RULES.get(type);
  return rule === 'plain' && !NUMERIC.test(value) ? undefined : rule;
}
