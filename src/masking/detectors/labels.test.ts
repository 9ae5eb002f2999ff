import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileDetectors } from './detectors.ts';

const detectors = compileDetectors();

function redact(text: string): string {
  const bytes = Buffer.from(text);
  return detectors.redact(bytes, 0, bytes.length)?.toString() ?? text;
}

describe('LABELS', () => {
  const masked: readonly (readonly [string, string])[] = [
    // On a line of its own, as in forms and in what is copied from a page.
    ['MRN\n44711204\nNext', 'MRN\n[mrn]\nNext'],
    ['Account Number:\r\n  83004471', 'Account Number:\r\n  [account-number]'],
    ['SSN:\n219094321', 'SSN:\n[ssn]'],
    // Lines of dots, brackets, Markdown.
    ['MRN............: 44711204', 'MRN............: [mrn]'],
    ['SSN........219094321', 'SSN........[ssn]'],
    ['MRN____44711204', 'MRN____[mrn]'],
    ['MRN [44711204] <44711204>', 'MRN [[mrn]] <44711204>'],
    ['MRN <44711204>', 'MRN <[mrn]>'],
    ['**MRN:** 44711204', '**MRN:** [mrn]'],
    ['MRN: **44711204**', 'MRN: **[mrn]**'],
    ['SSN# is: 219094321', 'SSN# is: [ssn]'],
    // As people shorten them.
    ['acct. no.: 00447112', 'acct. no.: [account-number]'],
    ['S.S.N. 219094321', 'S.S.N. [ssn]'],
    ['SS Number: 219094321', 'SS Number: [ssn]'],
    ['soc. sec. no. 219094321', 'soc. sec. no. [ssn]'],
    ['M.R. # 447112', 'M.R. # [mrn]'],
    ['MR: 447112', 'MR: [mrn]'],
    ['Hosp No: 447112', 'Hosp No: [mrn]'],
    ['EMPI 100447112', 'EMPI [mrn]'],
    ['Lic. No. 12345', 'Lic. No. [license-number]'],
    ['Tel. 402 555 01 34', 'Tel. [phone]'],
    // In groups, and several of them.
    ['MRN: 12 34 567', 'MRN: [mrn]'],
    ['MRNs 44711204 and 44711205', 'MRNs [mrn] and [mrn]'],
    ['MRN 44711204, 44711205/44711206', 'MRN [mrn], [mrn]/[mrn]'],
    ['Passports: AB1234567 and XY9876543', 'Passports: [license-number] and [license-number]'],
    // Dates of birth of which something is left out.
    ['DOB 030450', 'DOB [birth-date]'],
    ['DOB: 1950-03', 'DOB: [birth-date]'],
    ['DOB 04/03', 'DOB [birth-date]'],
  ];
  for (const [text, expected] of masked) {
    it(`tell what stands in ${JSON.stringify(text)}`, () => assert.equal(redact(text), expected));
  }

  const kept: readonly string[] = [
    'MR: 30 mmHg, MR 2+, MR 1.5T',
    'TSH 2.1 (ref 0.40-4.50 uIU/mL), platelets 210 (ref: 150000-450000 /uL)',
    'Ref: 135.0-145.0 mmol/L',
    'office visit 99213, wellness visit 99397',
    'Medicaid\n12345 steps a day',
    'chart\n44711 steps',
    'MRN 44711204, 12345 steps'.replace('44711204', 'none'),
    'social: drinks 2.......10 beers',
  ];
  for (const text of kept) {
    it(`say nothing of ${JSON.stringify(text)}`, () => assert.equal(redact(text), text));
  }
});
