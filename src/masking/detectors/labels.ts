/** How the value behind a label looks. */
export type LabelledValue = 'identifier' | 'phone' | 'ssn' | 'zip' | 'coordinate' | 'date';

/** Words that say what stands behind them. */
export interface Label {
  readonly className: string;
  readonly value: LabelledValue;
  /** A label that is also an everyday word needs "number", "#", ":" or the like behind it. */
  readonly weak: boolean;
  /** Alternatives, as patterns without regard to case. */
  readonly words: string;
}

/** Labels of identifiers, most telling first. */
export const LABELS: readonly Label[] = [
  {
    className: 'mrn',
    value: 'identifier',
    weak: false,
    words:
      'mrn|m\\.?r\\.? ?#|mr no|m\\.r\\.n\\.?|empi|med(ical)? ?rec(ord)?s?|patient[ _-]?(id|identifier|number|no|nbr|#)|pat[ _-]?id|pt[ _-]?(id|#|no)|hosp(ital)? (number|no|id|#)|unit (number|no|#)|record (number|no|#)|history number|uhid|emr|ehr id|epic id|nhi|chart (number|no|id|#)',
  },
  { className: 'mrn', value: 'identifier', weak: true, words: 'chart|record|mr ?:' },
  {
    className: 'health-plan-id',
    value: 'identifier',
    weak: false,
    words:
      'member[ _-]?(id|identifier|number|no|#)|subscriber[ _-]?(id|number|no|#)|policy[ _-]?(id|number|no|#)|health plan( beneficiary)?|insurance[ _-]?(id|number|no|#|card)|medicaid|medicare|mbi|hicn|hic|beneficiary[ _-]?(id|number|no|#)|plan[ _-]?(id|number)|group[ _-]?(id|number|no|#)|health card|ohip|nhs',
  },
  {
    className: 'health-plan-id',
    value: 'identifier',
    weak: true,
    words: 'member|subscriber|policy|insurance|beneficiary|insured|plan',
  },
  {
    className: 'account-number',
    value: 'identifier',
    weak: false,
    words:
      'account|acct|a/c|iban|routing|aba|credit card|debit card|card (number|no|#)|cc ?#|fin|financial number|guarantor (id|number|no)|visa|mastercard|amex|bank',
  },
  {
    className: 'account-number',
    value: 'identifier',
    weak: true,
    words: 'card|invoice|claim|billing|check|cheque',
  },
  {
    className: 'license-number',
    value: 'identifier',
    weak: false,
    words:
      "(driver'?s?|drivers'?|driving|medical|state|nursing|professional) licen[cs]e|licen[cs]e|lic|dl|dln|cdl|state id|passport|dea|npi|upin|certificate|cert",
  },
  {
    className: 'vehicle-id',
    value: 'identifier',
    weak: false,
    words:
      'vin|licen[cs]e plate|plate|plates|placard|vehicle (id|identification|tag)|tag (number|no|#)|car reg(istration)?',
  },
  {
    className: 'device-id',
    value: 'identifier',
    weak: false,
    words:
      'serial|serial[ _-]?(number|no|nbr|#)|ser\\.? ?(no|#)|ser\\.|s/n|sn|imei|imsi|iccid|udi|device[ _-]?(id|identifier|serial)|implant (id|serial)',
  },
  {
    className: 'device-id',
    value: 'identifier',
    weak: true,
    words: 'device|implant|pacemaker|icd|pump|stent|prosthesis|hardware',
  },
  {
    className: 'other-id',
    value: 'identifier',
    weak: false,
    words:
      'accession|acc ?#|acc no|specimen|encounter|csn|har|visit[ _-]?(id|number|no|#)|case[ _-]?(id|number|no|#)|order[ _-]?(id|number|no|#)|run (no|number|#)|inmate ?(id|number|no|#)|screening (number|no|#)|confirmation|requisition|study[ _-]?id|subject[ _-]?(id|no|number)|employee[ _-]?(id|number|no|#)|badge|student[ _-]?id|user[ _-]?id|prescription[ _-]?(number|no|#)|rx ?#|ticket|person[ _-]?id|tax[ _-]?id|tin|ein|itin|identifier',
  },
  {
    className: 'other-id',
    value: 'identifier',
    weak: true,
    words:
      'id|case|order|visit|reference|ref|study|subject|employee|file|incident|report|request|episode|sample|authorization|auth',
  },
  {
    className: 'ssn',
    value: 'ssn',
    weak: false,
    words: 'ssn|s\\.s\\.n\\.?|ss ?#|ss (number|no)|social security|soc\\.? sec|social',
  },
  {
    className: 'phone',
    value: 'phone',
    weak: false,
    words:
      '(tele)?phone|tel|ph|cell|mobile|pager|beeper|fax|facsimile|contact (number|no)|call|callback|text|reached at|home|work|voicemail|hotline|ext',
  },
  {
    className: 'birth-date',
    value: 'date',
    weak: false,
    words: 'dob|d\\.o\\.b\\.?|date ?of ?birth|birth ?date|birthday|born( on)?',
  },
  {
    className: 'date',
    value: 'date',
    weak: false,
    words: '((admit|admission|discharge|service|visit|exam|report|order|collection|signed) ?)?date',
  },
  { className: 'zip', value: 'zip', weak: false, words: 'zip|zip ?code|postal code|postcode' },
  {
    className: 'geo-coordinates',
    value: 'coordinate',
    weak: false,
    words: 'lat(itude)?|lon(gitude)?|lng|gps|coordinates|geo',
  },
];
