import type { FormatMasking } from '../content/content-plans.ts';
import { segmentFormat } from '../content/segment-format.ts';
import { Hl7Masker } from './hl7-masker.ts';

/** HL7 v2 in its own encoding ("ER7"), masked by segment, field and component. */
export const hl7Format: FormatMasking = segmentFormat({
  classNames: [
    ...['name', 'address', 'city', 'county', 'zip', 'phone', 'email', 'date', 'birth-date'],
    ...['death-date', 'ssn', 'mrn', 'account-number', 'license-number', 'health-plan-id'],
    ...['other-id', 'device-id', 'free-text', 'unmapped'],
  ],
  // The first of the patient's identifiers.
  patientKey: 'PID-3.1',
  toPlace: (path) => path,
  open: (parts) => new Hl7Masker(parts),
});
