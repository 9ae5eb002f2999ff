import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compileDetectors, type Detectors } from './detectors.ts';
import { PatternError } from './pattern-error.ts';

const detectors: Detectors = compileDetectors();

function redact(text: string, by: Detectors = detectors): string {
  const bytes = Buffer.from(text);
  return by.redact(bytes, 0, bytes.length)?.toString() ?? text;
}

describe('Detectors.redact', () => {
  const masked: readonly (readonly [string, string])[] = [
    ['SSN 219-09-4321 on file', 'SSN [ssn] on file'],
    ['social security number: 219094321', 'social security number: [ssn]'],
    ['SSN 123-45-6789', 'SSN [ssn]'],
    ['SSN: 666123456', 'SSN: [ssn]'],
    ['on (707) 555-5169453-37-4321', 'on [phone][ssn]'],
    ['at (707) 555-5169-453-37-4321.', 'at [phone]-[ssn].'],
    ['707-555-5169.453-37-4321', '[phone].[ssn]'],
    ['453-37-4321707-555-5169', '[ssn][phone]'],
    ['453-37-4321(707) 555-5169', '[ssn][phone]'],
    ['453-37-4321-219-09-4321', '[ssn]-[ssn]'],
    ['(707) 555-5169453374321', '[phone][ssn]'],
    ['1-707-555-5169453-37-4321-2', '1-[phone][ssn]-2'],
    ['453-37-4321'.repeat(7), '[ssn]'.repeat(7)],
    ['(707) 555-5169(402) 555-0132', '[phone][phone]'],
    ['card 4111 1111 1111 1111', 'card [account-number]'],
    ['pmt 4111111111111111', 'pmt [account-number]'],
    ['NPI: 1234567893', 'NPI: [license-number]'],
    ['DEA AB1234563', 'DEA [license-number]'],
    ['DL: CA D1234567, ok', 'DL: [license-number], ok'],
    ["driver's license NY 123456789", "driver's license [license-number]"],
    ['license on file', 'license on file'],
    ['drives 1M8GDM9AXKP042788', 'drives [vehicle-id]'],
    ['MBI 1EG4-TE5-MK73', 'MBI [health-plan-id]'],
    ['MRN: 4471120', 'MRN: [mrn]'],
    ['mrn=MR004471', 'mrn=[mrn]'],
    ['Account number 83-004471', 'Account number [account-number]'],
    ['Member ID: Q40071122-02', 'Member ID: [health-plan-id]'],
    ['serial no. SN40071122', 'serial no. [device-id]'],
    ['(01)10614141000415(17)281231(10)LOT7A(21)SER0042', '[device-id]'],
    ['call (402) 555-0132 x12 now', 'call [phone] now'],
    ['Fax: 402.555.0132', 'Fax: [fax]'],
    ['+49 30 7654321', '[phone]'],
    ['mail ann.lee+x@example.co.uk.', 'mail [email].'],
    ['see https://example.org/p?id=4.', 'see [url].'],
    ['is it (http://example.org/a.b?c=1)?!', 'is it ([url])?!'],
    ['from 10.20.30.40 and fe80::1', 'from [ip-address] and [ip-address]'],
    ['card 01:23:45:67:89:ab', 'card [device-id]'],
    ['id 123e4567-e89b-42d3-a456-426614174000', 'id [other-id]'],
    ['GB82 WEST 1234 5698 7654 32', '[account-number]'],
    ['at 41.25861, -95.93779', 'at [geo-coordinates]'],
    ['on 2021-03-14T09:30:00Z', 'on [date 2021]'],
    ['on 3/14/21 and 14.03.2021', 'on [date] and [date 2021]'],
    ['on March 14th, 2021', 'on [date 2021]'],
    ['14 Mar 2021', '[date 2021]'],
    ['Mar/14/2021 or 14/Mar/21', '[date 2021] or [date]'],
    ['DOB: Mar/14/1951', 'DOB: [birth-date]'],
    ['since March 14', 'since [date]'],
    ['DOB: 03/14/1951', 'DOB: [birth-date]'],
    ['a 97-year-old man', 'a [age]-year-old man'],
    ['lives at 12 Oak Street Apt 4, Omaha, NE 68130', 'lives at [address], [city], NE [zip]'],
    ['PO Box 77, Omaha, Nebraska 68130', '[address], [city], Nebraska [zip]'],
    ['of Orange County', 'of [county]'],
    ['seen by Dr. Quxwell today', 'seen by Dr. [name] today'],
    ['Patient: Quxwell, Anna B.', 'Patient: [name]'],
    ['NAME: QUXWELL, ANNA', 'NAME: [name]'],
    ['his daughter Anna called', 'his daughter [name] called'],
    ['signed by Zed T. Quxwell, MD', 'signed by [name], MD'],
    ["Mr. O'Quxwell-Smith left", 'Mr. [name] left'],
    ['José Núñez was here', '[name] was here'],
    ['Mrs. Quxwell. Later Quxwell slept.', 'Mrs. [name]. Later [name] slept.'],
  ];
  for (const [text, expected] of masked) {
    it(`masks ${JSON.stringify(text)}`, () => assert.equal(redact(text), expected));
  }

  const kept: readonly string[] = [
    'Addison disease, Hodgkin lymphoma, Swan-Ganz catheter, Murphy sign, Crohn disease, Bell palsy',
    'atenolol 50 mg BID, amlodipine 5 mg daily, Isovue 370',
    'BP 131/77, HR 64, SpO2 99% on room air, pain 2/10, strength 5/5, Temp 37.1 C',
    'E11.9, I10, 99213, LOINC 34133-9, SNOMED 44054006, 2.16.840.1.113883',
    'a 49-year-old female, 89 yo, for 2019 and 1998',
    'in Texas and New York',
    'lactate 1.8, A1c 6.1%, EF 55-60%, L4-L5, 1:2:3, v1.2.3',
    '000-12-3456 666-12-3456 123-00-4567 123-45-0000',
    'form 123-45-6789',
    '012-345-6789000-12-3456',
    '4111111111111112',
    'std::cout << 12:30:45',
    'Lungs clear. No effusion. Sent home. See again in 6 months.',
  ];
  for (const text of kept)
    it(`keeps ${JSON.stringify(text)}`, () => assert.equal(redact(text), text));

  it('sees through the colours of a terminal and the spellings of Unicode', () => {
    assert.equal(
      redact('chart for \x1b[1mAnna Carter\x1b[0m now'),
      'chart for \x1b[1m[name]\x1b[0m now',
    );
    assert.equal(redact('ssn 219-\x1b[01;31m09\x1b[m-4321'), 'ssn [ssn]');
    assert.equal(redact('219\u201109\u20114321'), '[ssn]');
    assert.equal(redact('219\u200b-09-4321'), '[ssn]');
    assert.equal(redact('\uff12\uff11\uff19-09-4321'), '[ssn]');
  });

  it('sees through the references of HTML and XML, and leaves nothing of one it masks', () => {
    assert.equal(redact('SSN 219&#45;09&#x2d;4321.'), 'SSN [ssn].');
    assert.equal(redact('219-09-432&#49; and 219-09-432&#x0031;'), '[ssn] and [ssn]');
    assert.equal(redact('219&#8209;09&ndash;4321'), '[ssn]');
    assert.equal(redact('mail john.doe&#64;example.com'), 'mail [email]');
    assert.equal(redact('phone:&nbsp;707&nbsp;555&nbsp;5169'), 'phone:&nbsp;[phone]');
    assert.equal(redact('Patient:&nbsp;John&nbsp;Blatherby, seen'), 'Patient:&nbsp;[name], seen');
    assert.equal(redact('seen by Mr. O&#39;Brien&nbsp;today'), 'seen by Mr. [name]&nbsp;today');
    for (const text of ['a &amp; b', 'R&D', 'x&#y', '1 &#0; 2', '&#999999;', '&nbsp', '&#']) {
      assert.equal(redact(text), text);
    }
  });

  it('reads segments of HL7 v2 wherever they stand in a line', () => {
    const segment = (person: string): string => `PID|1||${person}|F`;
    const [clear, hidden] = [
      segment('44711204^^^HOSP^MR||QUXWELL^ZORB||19500304'),
      segment('[mrn]^^^HOSP^MR||[name]^[name]||[birth-date]'),
    ];
    for (const [before, behind] of [
      ['10:11 INFO received ', ''],
      ['  ', ''],
      ['"', '"'],
      ['MSH|^~\\&|A|B|C|D|||ADT^A01|1|P|2.3\\r', '\\r'],
      ['NK1|1|Doe^Ann|SPO|||| ', ''],
    ] as const) {
      const shown = redact(`${before}${clear}${behind}`);
      assert.equal(shown, `${before.replace('Doe^Ann', '[name]^[name]')}${hidden}${behind}`);
    }
    for (const text of ['| PID| 4 |', 'PV1|see', 'name|OBX|3']) assert.equal(redact(text), text);
  });

  it('reads a segment of X12 no farther than up to the next', () => {
    const segments = "NM1*QC*1*QUXWELL*ZORB'NM1*QC*1*BLATT*ANN'REF*SY*219094321";
    const shown = "NM1*QC*1*[name]*[name]'NM1*QC*1*[name]*[name]'REF*SY*[ssn]";
    assert.equal(redact(segments), shown);
    assert.equal(redact(`'${segments}~`), `'${shown}~`);
  });

  it('sees through escapes of JSON that stands in a text, and leaves nothing of one it masks', () => {
    assert.equal(
      redact('{\\"ssn\\":\\"219094321\\",\\"mrn\\":\\"44711204\\",\\"dob\\":\\"03\\/04\\/1950\\"}'),
      '{\\"ssn\\":\\"[ssn]\\",\\"mrn\\":\\"[mrn]\\",\\"dob\\":\\"[birth-date]\\"}',
    );
    assert.equal(
      redact('"Patient: Zed Quxwell\\nMRN: 44711204\\r\\nSSN:\\t219094321\\n"'),
      '"Patient: [name]\\nMRN: [mrn]\\r\\nSSN:\\t[ssn]\\n"',
    );
    assert.equal(
      redact('{\\\\\\"mrn\\\\\\":\\\\\\"44711204\\\\\\"}'),
      '{\\\\\\"mrn\\\\\\":\\\\\\"[mrn]\\\\\\"}',
    );
    assert.equal(redact('219\\u201109\\u20114321.'), '[ssn].');
    assert.equal(redact('jane\\u0040example.com'), '[email]');
    for (const text of [
      'C:\\new\\table',
      'a\\',
      '\\u12\\"',
      '\\ud83d\\ude00 \\u0000',
      '\\'.repeat(40),
    ]) {
      assert.equal(redact(text), text);
    }
  });

  it('sees through what URLs and mail write as codes, and leaves nothing of one it masks', () => {
    assert.equal(redact('q=219%2D09%2d4321&x=1'), 'q=[ssn]&x=1');
    assert.equal(redact('219-09-432%31 and 219%E2%80%9109%e2%80%914321.'), '[ssn] and [ssn].');
    assert.equal(redact('to=john.doe%40example.com'), 'to=[email]');
    assert.equal(redact('Patient:%20John%20Blatherby, seen'), 'Patient:%20[name], seen');
    assert.equal(
      redact('born 03%2F12%2F2015, seen 3%20May%202015'),
      'born [birth-date], seen [date 2015]',
    );
    assert.equal(redact('SSN 219=2D09=2D4321.'), 'SSN [ssn].');
    assert.equal(redact('mail john.doe=40example.com'), 'mail [email]');
    assert.equal(redact('219=E2=80=9109=2D4321'), '[ssn]');
    assert.equal(redact('SSN 219-09-4=\r\n321, 219-0=\n9-4321'), 'SSN [ssn], [ssn]');
    assert.equal(redact('Patient:=20John=20Blatherby=20'), 'Patient:=20[name]=20');
    // Both at once, and what HTML refers to in them.
    assert.equal(redact('219%26%2345;09=2D4321'), '[ssn]');
    for (const text of [
      '50% of 20%',
      '100%20',
      '5%2',
      '%',
      '=',
      '=2',
      'a==2Db',
      'if (a=40) x=3A;',
      '%00%FF%1b',
    ]) {
      assert.equal(redact(text), text);
    }
  });

  it('finds what stands behind an equals sign as it is, also where its digits could be a code', () => {
    assert.equal(redact('at ssn=219-09-4321, mail=2D'), 'at ssn=[ssn], mail=2D');
    assert.equal(redact('at mrn=4012345 =2D'), 'at mrn=[mrn] =2D');
    assert.equal(redact('at phone=402-555-0132 =40'), 'at phone=[phone] =40');
    assert.equal(
      redact('at ssn=219-09-4321 =40 219=2D09=2D4321 =40'),
      'at ssn=[ssn] =40 [ssn] =40',
    );
  });

  it('reads the columns of a table as their names say', () => {
    const table = (name: string, mrn: string): string =>
      ` name  | mrn  | unit \n-------+------+------\n ${name} | ${mrn} | mg/dL\n(1 row)\n`;
    assert.equal(redact(table('Zed Q', 'A77')), table('[name]', '[mrn]'));
  });

  it('reads the columns of a framed table, of one too, with nothing above it', () => {
    const table = (name: string, phone: string): string =>
      [
        '+----+-----------+-------+',
        '| id | full_name | phone |',
        '+----+-----------+-------+',
        `|  1 | ${name} | ${phone} |`,
        '|  2 | NULL      | NULL  |',
        '+----+-----------+-------+',
        '2 rows in set | (0.00 sec)\n',
      ].join('\n');
    assert.equal(redact(table('Zzyx Qwop', 'x-1')), table('[name]', '[phone]'));
    const column = (name: string): string => `+------+\n| name |\n+------+\n| ${name} |\n+------+`;
    assert.equal(redact(column('zzyx')), column('[name]'));
  });

  it('says nothing where nothing is found', () => {
    const bytes = Buffer.from('stable, afebrile');
    assert.equal(detectors.redact(bytes, 0, bytes.length), undefined);
    assert.equal(detectors.find(bytes, 0, bytes.length).length, 0);
    assert.equal(detectors.find(bytes, 5, 5).length, 0);
  });

  it('looks only at its range, and reports each class', () => {
    const bytes = Buffer.from('219-09-4321 is 4111111111111111, 219-09-4321');
    const classes: string[] = [];
    const redacted = detectors.redact(bytes, 12, bytes.length, {
      report: (className) => void classes.push(className),
    });
    assert.equal(redacted?.toString(), 'is [account-number], [ssn]');
    assert.deepEqual(classes, ['account-number', 'ssn']);
  });

  it('finds nothing more in what it has redacted', () => {
    for (const [text] of masked) {
      const once = redact(text);
      assert.equal(redact(once), once);
    }
  });

  it('takes any bytes: findings are ordered, disjoint and within the range', () => {
    const parts = fc.constantFrom(
      '219-09-4321',
      'Dr. ',
      'Anna ',
      'MRN ',
      '\x1b[',
      '&#45;',
      '&nbsp;',
      '&#4',
      '%2D',
      '=40',
      '=\n',
      '%26%2345;',
      '\\n',
      '\\\\\\"',
      '\\u002d',
      '\\u20',
      'é',
      ' - ',
      '|',
      '\n',
      '-+-',
      'a@',
      '://',
      '(01)',
      ', NE 68130',
      '12 Oak St',
    );
    const noise = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            parts.map((part) => Buffer.from(part)),
            noise,
          ),
        ),
        (pieces) => {
          const bytes = Buffer.concat(pieces);
          let last = 1;
          for (const { start, end } of detectors.find(bytes, 1, bytes.length)) {
            assert(start >= last && end > start && end <= bytes.length);
            last = end;
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('compileDetectors', () => {
  it("finds what a customer's pattern says, anywhere or behind its context words", () => {
    const custom = compileDetectors({
      custom: [
        { name: 'trial', className: 'trial-id', pattern: 'NCT\\d{8}' },
        {
          name: 'locker',
          className: 'locker',
          pattern: '\\b[A-Z]\\d{2}\\b',
          contextWords: ['Locker'],
        },
      ],
    });
    assert.equal(redact('xNCT01234567y', custom), 'x[trial-id]y');
    assert.equal(
      redact('locker B12, ward B12', custom),
      'locker [locker], ward B12'.replace('ward B12', 'ward [locker]'),
    );
    assert.equal(redact('ward B12', custom), 'ward B12');
  });

  it('refuses patterns that are too long, too many or too large', () => {
    const detector = (pattern: string): { name: string; className: string; pattern: string } => ({
      name: 'x',
      className: 'x',
      pattern,
    });
    assert.throws(() => compileDetectors({ custom: [detector('a'.repeat(1_001))] }), PatternError);
    assert.throws(() => compileDetectors({ custom: [detector('[ab]*a[ab]{13}')] }), PatternError);
    assert.throws(
      () => compileDetectors({ custom: Array.from({ length: 201 }, () => detector('abc')) }),
      PatternError,
    );
  });
});
