import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileDetectors } from './detectors.ts';

const detectors = compileDetectors();

function redact(text: string): string {
  const bytes = Buffer.from(text);
  return detectors.redact(bytes, 0, bytes.length)?.toString() ?? text;
}

describe('Detectors.redact in notes of many styles', () => {
  const masked: readonly (readonly [string, string])[] = [
    // Names that no list holds, behind what says that a name stands there.
    ['Spoke w/ Zorblatt (brother), ok', 'Spoke w/ [name] (brother), ok'],
    ['d/w Zorblatt (ID), Quxwell (renal)', 'd/w [name] (ID), [name] (renal)'],
    ['Landlord: Zorb Quxwell. Rent due', 'Landlord: [name]. Rent due'],
    ['Zorb Quxwell (chaplain), Ann Blatt, CNA', '[name] (chaplain), [name], CNA'],
    ['wife=Zorba, cell', 'wife=[name], cell'],
    ['bay Zorbleworthingham-Quxwellsworth, Anna now', 'bay [name] now'],
    ['goes by "Skeezix" at home', 'goes by "[name]" at home'],
    ['Report to Zorblatt @1905', 'Report to [name] @1905'],
    ['got report from Zorblatt RN at 7', 'got report from [name] RN at 7'],
    ['TO Zorb Quxwell FAX', 'TO [name] FAX'],
    ['Subject: RE: FW: Quxwell - eval', 'Subject: RE: FW: [name] - eval'],
    ['THIS IS ZORB QUXWELL DICTATING', 'THIS IS [name] DICTATING'],
    ['Electronically signed by: ZORB QUXWELL', 'Electronically signed by: [name]'],
    ['Electronically signed by QUXWELL, ZORB MD', 'Electronically signed by [name] MD'],
    ['Signed by ZORB QUXWELL on 3/4/2024 at 9', 'Signed by [name] on [date 2024] at 9'],
    ['/s/ Zorb Quxwell', '/s/ [name]'],
    ['Signed: /s/ZORB Q. QUXWELL, MD', 'Signed: /s/[name], MD'],
    ['DICTATED BY: ZORB QUXWELL', 'DICTATED BY: [name]'],
    ['HIS DAUGHTER ZORBA WAS THERE', 'HIS DAUGHTER [name] WAS THERE'],
    ['seen. Quxwell denies pain', 'seen. [name] denies pain'],
    ['Quxwell was placed supine', '[name] was placed supine'],
    ["steady; van der Quxwell's gait", "steady; [name]'s gait"],
    ['custody of Zorba (8) and Quib (11)', 'custody of [name] (8) and [name] (11)'],
    ['Quxwell is a 45-year-old man', '[name] is a 45-year-old man'],
    ['Quxwell, a pleasant 45 y/o F', '[name], a pleasant 45 y/o F'],
    ['"patientName":"Zorb Quxwell"', '"patientName":"[name]"'],
    ['Provider:Dr.Quxwell', 'Provider:Dr.[name]'],
    ['QUXWELL, ANNA. Later Quxwell slept.', '[name]. Later [name] slept.'],
    ['RN: Giovanna de Quxwell, MD', 'RN: [name], MD'],
    // Two marks on a letter, and marks by themselves.
    ['Dr. Nguy\u1ec5n Th\u1ecb H\u01b0\u01a1ng', 'Dr. [name]'],
    ['Dr. Nguye\u0302\u0303n here', 'Dr. [name] here'],
    // Dates.
    ['in August 1-8, 2019', 'in [date 2019]'],
    ['4-6 September 2022', '[date 2022]'],
    ['from 11/3-11/5/2022', 'from [date 2022]'],
    ['stay 10/18/2017-10/24/2017', 'stay [date 2017]'],
    ['stay 3/20 - 3/24', 'stay [date]'],
    ['on the seventeenth of October 2022', 'on the [date 2022]'],
    ['October eighth, 2021', '[date 2021]'],
    ['June of 2021', '[date 2021]'],
    ['since Thanksgiving 2020', 'since [date 2020]'],
    ['Date:11/24/2024Provider', 'Date:[date 2024]Provider'],
    ['DOB 2-9-61', 'DOB [birth-date]'],
    ['DOB 03041950', 'DOB [birth-date]'],
    ['DOB: 03 04 1950', 'DOB: [birth-date]'],
    ['DOB 3 / 4 / 1950', 'DOB [birth-date]'],
    ['DOB: 19500304', 'DOB: [birth-date]'],
    ['Date of Birth (MM/DD/YYYY): 03/04/1950', 'Date of Birth (MM/DD/YYYY): [birth-date]'],
    ['Born the 4th of March, 1950', 'Born the [birth-date]'],
    ['Admission date 03042024', 'Admission date [date 2024]'],
    ['Flu shot 11/10', 'Flu shot [date]'],
    ['mother died at 96 of', 'mother died at [age] of'],
    ['aged ninety-six, frail', 'aged [age], frail'],
    // Numbers.
    ['SSN: 2l0-2O-l92O', 'SSN: [ssn]'],
    ['SSN (last 4): 4321', 'SSN (last 4): [ssn]'],
    ['SSN ends in 4321', 'SSN ends in [ssn]'],
    ['SSN ending 4321', 'SSN ending [ssn]'],
    ['SSN, last four digits: 4321', 'SSN, last four digits: [ssn]'],
    ['SSN: 219 - 09 - 9999', 'SSN: [ssn]'],
    ['Tel: (4O2) 55S-l234', 'Tel: ([phone]'],
    ['at 338-342-6700x472.', 'at [phone].'],
    ['Quxwell, Anna (10-46-75)', '[name] ([mrn])'],
    ['ACC#: 20:SP4652', 'ACC#: [other-id]'],
    ['plate RFB 8133', 'plate [vehicle-id]'],
    ['Phonak ser. 2114X09KQ', 'Phonak ser. [device-id]'],
    ["mail o'quxwell@example.com", 'mail [email]'],
    // Places.
    ['44 Calle de la Luna, Unit 7', '[address]'],
    ['at 1428 E. 14th Street in Fond du Lac', 'at [address] in [city]'],
    ['9 Oak Street,Ely,MN55731', '[address],[city],MN[zip]'],
    ['lives at RR 2 Box 118-A', 'lives at [address]'],
  ];
  for (const [text, expected] of masked) {
    it(`masks ${JSON.stringify(text)}`, () => assert.equal(redact(text), expected));
  }

  const kept: readonly string[] = [
    'Strength 4/5-5/5, 1/2-3/4 tab, pain 3/10-7/10, 2/6-3/6 murmur, Hep B vaccine 2/3',
    'Charcot-Marie-Tooth, Marcus Gunn, Austin Flint, Argyll Robertson',
    'Army-Navy, Babcock, Allis, Kelly, Kocher',
    'w/ Foley, w/ Kerlix, w/ Bair Hugger, d/w Ortho, saw Neuro today',
    'Therapist: CBT weekly. Coordinator: TBD.',
    'Walgreens said no. Aetna denied it. Cardiology declined. Frequently asked.',
    'Room 4: NPO. Bed 4 rails up. Room 12 air.',
    'REF 42-5006-064-01 LOT A1',
    'Siblings: Asthma. Child-Pugh B (8). Braden (18).',
    'ninety degrees, one hundred percent, a hundred mg, PSA 96, HR 96',
    'mesh plate 3.5 mm, ser. 12.4 ng',
    'Verified name, dose, and route.\nGiven at 8, by mouth, slowly.',
    'May second opinions help.',
    'SIGNED BY LEGAL GUARDIAN. Dictated by SPEECH RECOGNITION, signed by CHARGE NURSE.',
    'This is a 45-year-old. She was a 4 month old. Mother is a 60 yo. Sibling, a 12 yo. Informant is a 30 yo male.',
    'Patient is a 45 y/o. Neonate, a 3 day old. Asthmatic was a 45-year-old. Interestingly, a 45-year-old man.',
    'see /s/Documents, a/s/Boston Bay, s/ Signed by',
    'SSN ending soon. SSN unknown, 4321 beds. exam date my 3 kids, date 04 12 pm.',
  ];
  for (const text of kept) {
    it(`keeps ${JSON.stringify(text)}`, () => assert.equal(redact(text), text));
  }
});
