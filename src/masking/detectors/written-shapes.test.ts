import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileDetectors } from './detectors.ts';

const detectors = compileDetectors();

function redact(text: string): string {
  const bytes = Buffer.from(text);
  return detectors.redact(bytes, 0, bytes.length)?.toString() ?? text;
}

describe('Detectors.redact of what is written in many shapes', () => {
  const masked: readonly (readonly [string, string])[] = [
    // Social security numbers: run into words, as Medicare and plans wrote them, over two lines.
    ['SSN219-09-4321 x219-09-4321, 219-09-4321_a', 'SSN[ssn] x[ssn], [ssn]_a'],
    ['id_219-09-4321_scan.pdf, abc219-09-4321xyz', 'id_[ssn]_scan.pdf, abc[ssn]xyz'],
    ['paid 219-09-4321A, 219-09-4321-01', 'paid [ssn]A, [ssn]'],
    ['219/09/4321 or 219 - 09 - 4321', '[ssn] or [ssn]'],
    ['219-09-\n4321, 219-\r\n09-4321', '[ssn], [ssn]'],
    ['SSN: •••-••-4321', 'SSN: [ssn]'],
    // Digits of other scripts, wide spaces, slashes of fractions.
    ['٢١٩-٠٩-٤٣٢١ ۲۱۹-۰۹-۴۳۲۱', '[ssn] [ssn]'],
    ['२१९-०९-४३२१ ২১৯-০৯-৪৩২১ ๒๑๙-๐๙-๔๓๒๑', '[ssn] [ssn] [ssn]'],
    ['𝟐𝟏𝟗-𝟎𝟗-𝟒𝟑𝟐𝟏.', '[ssn].'],
    ['219　09　4321', '[ssn]'],
    ['03⁄04⁄1950, 03∕04∕1950', '[date 1950], [date 1950]'],
    // Telephone numbers.
    ['at 402 - 555 - 0134, ( 402 ) 555 - 0134', 'at [phone], ( [phone]'],
    ['at 402/555/0134 402_555_0134 402-5550134', 'at [phone] [phone] [phone]'],
    ['at [402] 555-0134 or 402 • 555 • 0134', 'at [[phone] or [phone]'],
    ['at 402-555-\n0134', 'at [phone]'],
    ['0044 20 7946 0958 or 011-44-20-7946-0958', '[phone] or [phone]'],
    // Addresses of mail and of pages.
    ['jane.doe@ example.com', '[email]'],
    ['zzyx [at] qwop [dot] com, zz (dot) yx{at}qwop(dot)co(dot)uk', '[email], [email]'],
    ['zzyx AT qwop DOT com, zz.yx at qwop.org', '[email], [email]'],
    ['zzyx (at) qwop.com or zzyx<at>qwop.org', '[email] or [email]'],
    ['server 1.2.3.4, conversion 1.2.3.4', 'server [ip-address], conversion [ip-address]'],
    ['seen at example.com', 'seen at [url]'],
    ['error 503 at example.com, 98.6 at example.org', 'error 503 at [url], 98.6 at [url]'],
    ['x.example.org:8080/p/1234 x.example.org:80', '[url] [url]:80'],
    // Dates.
    ['on 03 / 04 / 1950 and 03 - 04 - 1950', 'on [date 1950] and [date 1950]'],
    ['Sat Mar  4 10:11:12 2023, Mar  4 10:11:12 host', 'Sat [date 2023], [date] host'],
    ['Sat Mar 4 10:11:12 EST 2023', 'Sat [date 2023]'],
    ['March the 4th, 2023', '[date 2023]'],
    ['31.Jan.2024 Jan312024', '[date 2024] [date 2024]'],
    ['on 01312024', 'on [date 2024]'],
    ['20240131T101112Z, 20240131T101112.123+05:30', '[date 2024], [date 2024]'],
    ['20240131-101112.log scan_20240131.pdf', '[date 2024].log scan_[date 2024].pdf'],
    ['2024_01_31 Report_2024_01_31.pdf', '[date 2024] Report_[date 2024].pdf'],
    // Ages.
    ['Age/Sex: 92/F, age (years): 92', 'Age/Sex: [age]/F, age (years): [age]'],
    ['her 95th birthday, 101st birthday', 'her [age]th birthday, [age]st birthday'],
    ['PatientAge=092Y', 'PatientAge=[age]Y'],
  ];
  for (const [text, expected] of masked) {
    it(`masks ${JSON.stringify(text)}`, () => assert.equal(redact(text), expected));
  }

  const kept: readonly string[] = [
    'BP 120/80 HR 72 RR 16 T 98.6, HR 110 RR 22, HR 72, RR 16',
    'NA 138 K 4 CL 102 BUN 18 CR 1, BUN 25 CR 1.0',
    'titrate 10-20-30 mg, q 12-24-36 h, 10/12/14 oz',
    'rates 100_200_3000x, 99-1234567, 300-1234567',
    'age 45/M, 89th birthday, 98th percentile, 0.98 y',
    '12345678 20241331T101112 build_20241399',
    'EF 55 - 60 - 65, 120 / 80 / 60',
    'DE89 3704 0044 0532 0130 01',
    'temp @ 98.6, HR@ rest, 5@ home',
    'it is at the dot com level, dot com dot net',
    'build 1.2.3.4, version: 1.2.3.4, ver. 1.2.3.4, firmware=1.2.3.4',
  ];
  for (const text of kept) {
    it(`keeps ${JSON.stringify(text)}`, () => assert.equal(redact(text), text));
  }

  it('masks roads by their numbers, where no rate or value is written so', () => {
    assert.equal(redact('at 1204 CR 12, 77 RR 2 Box 9'), 'at [address], [address]');
  });
});
