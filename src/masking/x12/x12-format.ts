import type { FormatMasking } from '../content/content-plans.ts';
import { segmentFormat } from '../content/segment-format.ts';
import { X12Masker } from './x12-masker.ts';

/** X12 interchanges (837, 835, 270, 834 …), masked by segment and element. */
export const x12Format: FormatMasking = segmentFormat({
  classNames: [
    ...['name', 'address', 'city', 'zip', 'phone', 'fax', 'email', 'url', 'date', 'birth-date'],
    ...['death-date', 'ssn', 'mrn', 'account-number', 'license-number', 'health-plan-id'],
    ...['other-id', 'free-text'],
  ],
  // The member number of the subscriber.
  patientKey: 'NM1[IL]-09',
  // `NM103` and `NM1-03` are the same.
  toPlace: (path) => path.replace(/^([A-Z][A-Z0-9]{1,2}(?:\[\w+\])?)-?(\d{2})/, '$1-$2'),
  open: (parts) => new X12Masker(parts),
});
