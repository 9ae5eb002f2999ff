/** What the detectors are fed: texts that are looked through one by one, as the fields of a result are. */
export interface DetectorWorkload {
  readonly name: string;
  readonly texts: readonly Buffer[];
}

const WORDS =
  'active inactive pending shipped completed normal elevated urgent routine inpatient outpatient stable improving chronic acute mild moderate severe left right upper lower chest abdomen blood glucose panel culture order result specimen cardiology radiology oncology ward clinic transfer review follow plan daily tablet dose oral'.split(
    ' ',
  );

/** The same numbers each time, so that two runs measure the same texts. */
function* numbers(): Generator<number, never> {
  let state = 42;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state >>> 8;
  }
}

function texts(count: number, make: (next: (below: number) => number) => string): Buffer[] {
  const source = numbers();
  const next = (below: number): number => source.next().value % below;
  return Array.from({ length: count }, () => Buffer.from(make(next)));
}

function sentence(next: (below: number) => number, words: number): string {
  const parts = Array.from({ length: words }, () => WORDS[next(WORDS.length)] as string);
  const [first = '', ...rest] = parts;
  return `${first.charAt(0).toUpperCase()}${first.slice(1)} ${rest.join(' ')}.`;
}

/** What a text holds that is found, one in so many sentences. */
const VALUES = [
  'Dr. Helen Carter',
  'SSN 219-09-4321',
  'on 03/14/2021',
  'call (402) 555-0132',
  'MRN 4471120',
  'at 12 Oak Street, Omaha, NE 68130',
  'mail h.carter@example.org',
];

function note(next: (below: number) => number): string {
  const sentences = Array.from({ length: 30 }, (_, index) => {
    const value = index % 6 === 0 ? ` ${VALUES[next(VALUES.length)]}` : '';
    return `${sentence(next, 9)}${value}`;
  });
  return sentences.join(' ');
}

/** Texts of the kinds that results hold, and texts made to be slow. */
export function detectorWorkloads(): readonly DetectorWorkload[] {
  return [
    {
      name: 'text columns, 40 to 200 bytes',
      texts: texts(2_000, (next) => sentence(next, 6 + next(20))),
    },
    {
      name: 'text columns, 8 to 30 bytes',
      texts: texts(4_000, (next) => sentence(next, 1 + next(3))),
    },
    { name: 'notes of 2 kB, a value in 400 bytes', texts: texts(200, note) },
    {
      name: 'one text of 4 MB without values',
      texts: [Buffer.from(texts(1, (next) => sentence(next, 500_000)).join(''))],
    },
    ...HOSTILE.map(([name, part]) => ({
      name: `hostile: ${name}`,
      texts: [Buffer.from(part.repeat(Math.ceil(200_000 / part.length)))],
    })),
  ];
}

/** Each makes one pattern, reader or validator work as hard as it can. */
const HOSTILE: readonly (readonly [string, string])[] = [
  ['digits', '7'],
  ['digits and hyphens', '1-'],
  ['digits and spaces', '4111 '],
  ['groups of letters', 'AB12 '],
  ['colons', 'a:'],
  ['dots', 'a.'],
  ['at signs', 'a@'],
  ['names', 'Anna Smith '],
  ['names and commas', 'Ann Lee,'],
  ['first names and commas', 'Ann,'],
  ['names behind keys', 'last_name=Ann '],
  ['titles', 'Dr. '],
  ['initials', 'A. '],
  ['labels', 'MRN '],
  ['ZIP codes', 'Omaha, NE 68130 '],
  ['streets', '1 A '],
  ['tables', '-+-\n'],
  ['escape sequences', '\x1b['],
  ['accents', '\u00e9A'],
  ['years', '1999-'],
  ['elements', '<given '],
  ['coordinates', '1.234 '],
  ['URLs', '://a'],
  ['domains', '.com'],
  ['dots behind URLs', 'www.'.padEnd(1_990, '.').concat('a ')],
  ['mailboxes', 'a@b.co'],
  ['mailboxes in URLs', '://a@b.co'],
  ['spelled mailboxes', 'a at b dot com '],
  ['ends of spelled mailboxes', 'at dot com '],
  ['one long rule of a table', '-+'],
  ['rules and rows', 'a|b\n-+-\n'],
  ['keys', 'ssn='],
  ['keys in lists', 'dob=a,;'],
  ['lists behind keys', 'dob=["a","b",'],
  ['keys in quoted lists', 'dob=["dob='],
  ['structures', '{Ssn:a '],
  ['structures in structures', '{Zip:'],
  ['one list behind a key', 'given=['.padEnd(100_000, 'Ann, ')],
  ['values without an end', 'dob: "a '],
  ['keys in elements', '<ssn value="a'],
  ['headings', 'ssn,dob\n'],
  ['headings in one line', 'ssn,'],
  ['headings and sentences', 'ssn,dob\na. b\n'],
  ['rows below headings', 'ssn,dob\n'.padEnd(100_000, '1,2\n')],
  ['quotes below headings', 'ssn,dob\n'.padEnd(100_000, '"1,""2\n')],
  ['records', '-[ RECORD 1 ]\na | b\n'],
  ['rules of records in rows of records', '|-[ RECORD 1 ]-|\n'],
  ['rules of records in one line', '-[ RECORD 1 ]'],
  ['rows of one record', '*** 1. row ***\n'.padEnd(100_000, 'a: b\n')],
  ['inserted rows', 'insert into t(a,ssn) values ('.padEnd(100_000, "'a','b'),(")],
  ['calls without an end in insertions', "insert into t(ssn) values (f('"],
  ['insertions in insertions', "insert into t(a,ssn) values ('"],
  ['HL7 segments', 'PID|\n'],
  ['X12 segments', '~N3*'],
  ['relations', 'Son '],
  ['credentials', 'Aa RN '],
  ['counties', 'A County '],
  ['months', 'May 1 '],
  ['dates', '1/1/20 '],
  ['UDIs', '(01)12345678901234'],
  ['account numbers', 'GB82 WEST 1234 '],
  ['names before credentials', 'Aa RN Anna '],
  ['names behind prepositions', "of AO'"],
  ['halves of names behind prepositions', 'to Bo-'],
  ['numbers glued together', '219-09-4321'],
  ['addresses of network cards', 'ab:cd:'],
];
