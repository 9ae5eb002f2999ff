import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileDetectors } from './detectors.ts';

const DETECTORS = compileDetectors();

/** What is shown of a text. */
function redact(text: string): string {
  const bytes = Buffer.from(text);
  return (DETECTORS.redact(bytes, 0, bytes.length) ?? bytes).toString();
}

describe('readInsert', () => {
  const masked: readonly (readonly [written: string, shown: string])[] = [
    [
      "INSERT INTO public.p (id, first_name, bed) VALUES (1, 'zzyx', 'b4');",
      "INSERT INTO public.p (id, first_name, bed) VALUES (1, '[name]', 'b4');",
    ],
    [
      "insert ignore into `p`(`bed`,`last_name`)\nvalues\n  (4,'o''zzyx, (q)'),\n  (now(),_utf8'qw\\'op'), (6, NULL)\nx 'zzyx'",
      "insert ignore into `p`(`bed`,`last_name`)\nvalues\n  (4,'[name]'),\n  (now(),_utf8'[name]'), (6, NULL)\nx 'zzyx'",
    ],
    [
      "log: INSERT INTO p (mrn, family) VALUES (55, N'zzyx'::text), (56, 'qwo",
      "log: INSERT INTO p (mrn, family) VALUES ([mrn], N'[name]'::text), ([mrn], '[name]",
    ],
    [
      "INSERT INTO p (id, last_name, dob, city) VALUES (1,upper('zzyx'),to_date('x','y'),'qwop'),(2,'zzyx'||'qw',now(),ARRAY['a','b']),(3,trim(both from 'zzyx'),NULL,lower($1))",
      "INSERT INTO p (id, last_name, dob, city) VALUES (1,upper('[name]'),to_date('[birth-date]','[birth-date]'),'[city]'),(2,'[name]'||'[name]',now(),ARRAY['[city]','[city]']),(3,trim(both from '[name]'),NULL,lower($1))",
    ],
    [
      `INSERT INTO p (note, family) VALUES ('${"it''s long ".repeat(2_000)}', 'zzyx');`,
      `INSERT INTO p (note, family) VALUES ('${"it''s long ".repeat(2_000)}', '[name]');`,
    ],
    [
      "INSERT [dbo].[P] ([Id], [LastName]) VALUES (1, N'zzyx')\nINSERT INTO p (id, family) OVERRIDING SYSTEM VALUE VALUES (1, 'zzyx')",
      "INSERT [dbo].[P] ([Id], [LastName]) VALUES (1, N'[name]')\nINSERT INTO p (id, family) OVERRIDING SYSTEM VALUE VALUES (1, '[name]')",
    ],
    [
      "INSERT INTO p\n(id, family)\nVALUES(1, lower((\nINSERT INTO p (family) VALUES ('zzyx')",
      "INSERT INTO p\n(id, family)\nVALUES(1, lower((\nINSERT INTO p (family) VALUES ('[name]')",
    ],
  ];
  for (const [written, shown] of masked) {
    it(`masks what is inserted, by its column: ${JSON.stringify(written.slice(0, 200))}`, () => {
      assert.equal(redact(written), shown);
    });
  }

  it('leaves parameters, what other columns hold, and sentences', () => {
    for (const text of [
      'INSERT INTO p (first_name, ssn, mrn) VALUES ($1, ?, DEFAULT), (:name, %s, null)',
      'INSERT INTO p (email) VALUES (lower($1)) RETURNING id',
      "INSERT INTO logs (level, text) VALUES ('info', 'zzyx')",
      'insert into the (left) values of family (first_name)',
    ]) {
      assert.equal(redact(text), text);
    }
  });
});
