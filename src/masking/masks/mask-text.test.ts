import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Mask } from '../mask.ts';
import { maskText } from './mask-text.ts';
import { createMaskKeys } from './pseudonym-keys.ts';
import { RESTRICTED_ZIPS } from './restricted-zips.ts';

const CONTEXT = { keys: createMaskKeys(Buffer.alloc(32, 7), 1), thisYear: 2026 };
const REDACTED = '[redacted]';

/** What a mask makes of texts; the SQL side is held to the same in test/e2e. */
const CASES: readonly (readonly [Mask, Readonly<Record<string, string>>])[] = [
  [
    { kind: 'partial', keepStart: 0, keepEnd: 4 },
    {
      '123-45-6789': '*******6789',
      '6789': REDACTED,
      '': REDACTED,
      '*6789': REDACTED,
      '🙂🙂🙂🙂🙂': '*🙂🙂🙂🙂',
    },
  ],
  [
    { kind: 'partial', keepStart: 2, keepEnd: 0 },
    { Anna: 'An**', An: REDACTED },
  ],
  [
    { kind: 'year' },
    {
      '1984-05-12': '1984',
      '1984': '1984',
      '19840512': '1984',
      '19840512101530-0500': '1984',
      '1984-05-12T10:00:00.5Z': '1984',
      '5/12/1984': '1984',
      '12.05.1984 10:00': '1984',
      '12-May-1984': '1984',
      'May 12th, 1984': '1984',
      // Who was born in 1936 may be 90 in 2026, and earlier years say more.
      '1936-01-01': '1936',
      '1935-12-31': '1936',
      '1851-01-01': '1936',
      '123-45-1984': REDACTED,
      '555-1984': REDACTED,
      '1984051': REDACTED,
      '198405123': REDACTED,
      'born 1984': REDACTED,
      '1984-05-12 Boston': REDACTED,
      '12 May 84': REDACTED,
    },
  ],
  [
    { kind: 'age' },
    {
      '0': '0',
      '007': '7',
      '89': '89',
      '90': '90',
      '91': '90',
      '110 yrs': '90',
      '45 years old': '45',
      '45 months': REDACTED,
      '-1': REDACTED,
      '1000': REDACTED,
      '45.5': REDACTED,
    },
  ],
  [
    { kind: 'zip3' },
    {
      '02139': '021',
      '02139-4307': '021',
      '021394307': '021',
      '03601': '000',
      '89399': '000',
      '123': REDACTED,
      abcde: REDACTED,
      '02139-43': REDACTED,
      '02139 ': REDACTED,
      '٠٢١٣٩': REDACTED,
    },
  ],
  [
    { kind: 'email-domain' },
    {
      'a.b+c@mail.example.org': '*@mail.example.org',
      '@example.org': REDACTED,
      'a@example': REDACTED,
      'a@b@example.org': REDACTED,
      'a@example.org x': REDACTED,
      'Jane <jane@example.org>': REDACTED,
    },
  ],
  [
    { kind: 'ip-prefix' },
    {
      '10.20.30.40': '10.20.30.0',
      '10.20.30.40/16': '10.20.30.0',
      '2001:db8:85a3::8a2e:370:7334': '2001:db8:85a3::',
      '2001:db8::1': '2001:db8::',
      '1:2:3:4:5:6:7:8': '1:2:3::',
      '::1': '::',
      '::ffff:10.2.3.4': '::',
      '08:00:2b:01:02:03': REDACTED,
      '1:2:3': REDACTED,
      '10.20.30': REDACTED,
      'fe80::1%eth0': 'fe80::',
    },
  ],
  [{ kind: 'redact' }, { a: REDACTED, '': REDACTED }],
  [{ kind: 'bucket', size: 10 }, { '45': REDACTED }],
  [{ kind: 'date-shift' }, { '1984-05-12': '1984' }],
  [{ kind: 'fixed', value: 'x' }, { a: 'x' }],
];

describe('maskText', () => {
  for (const [mask, texts] of CASES) {
    it(`applies ${JSON.stringify(mask)}`, () => {
      for (const [text, expected] of Object.entries(texts)) {
        assert.equal(maskText(mask, text, CONTEXT), expected, text);
      }
    });
  }

  it('has nothing to show for the mask null', () => {
    assert.equal(maskText({ kind: 'null' }, 'a', CONTEXT), null);
  });

  it('keeps pseudonyms apart from what vault tokens stand for', () => {
    assert.match(maskText({ kind: 'pseudonym', domain: 'd' }, 'a', CONTEXT) ?? '', /^ps1_/);
    assert.match(maskText({ kind: 'vault', domain: 'd' }, 'a', CONTEXT) ?? '', /^vk1_/);
  });

  it('takes time in proportion to a text of whatever kind', () => {
    for (const text of [
      '1'.repeat(300),
      '1:'.repeat(150),
      'a.'.repeat(150),
      `${'1984-'.repeat(60)}x`,
    ]) {
      for (const [mask] of CASES) maskText(mask, text.repeat(1), CONTEXT);
      for (const [mask] of CASES) maskText(mask, text.repeat(3000), CONTEXT);
    }
  });
});

describe('RESTRICTED_ZIPS', () => {
  it('is the list of 17 in the guidance of HHS', () => {
    assert.equal(
      RESTRICTED_ZIPS.join(' '),
      '036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893',
    );
  });
});
