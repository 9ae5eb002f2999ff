import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { Client } from 'pg';
import type { Mask } from '../../src/masking/mask.ts';
import { maskText } from '../../src/masking/masks/mask-text.ts';
import { createMaskKeys } from '../../src/masking/masks/pseudonym-keys.ts';
import { maskExpression } from '../../src/masking/postgres/masks/mask-expression.ts';
import { describeTable } from '../../src/sql/postgres/build-catalog.ts';
import { NASTY_TEXTS } from './masks-columns.ts';
import { queryText } from './masks-table.ts';
import { type PrivatePostgres, startPrivatePostgres } from './private-postgres.ts';

const CONTEXT = { keys: createMaskKeys(Buffer.alloc(32, 7), 3), thisYear: 2026 };

const MASKS: readonly Mask[] = [
  { kind: 'redact' },
  { kind: 'null' },
  { kind: 'fixed', value: `it's \\ "fine"` },
  { kind: 'partial', keepStart: 0, keepEnd: 4 },
  { kind: 'partial', keepStart: 2, keepEnd: 1 },
  { kind: 'partial', keepStart: 3, keepEnd: 0 },
  { kind: 'partial', keepStart: 0, keepEnd: 0 },
  { kind: 'year' },
  { kind: 'age' },
  { kind: 'zip3' },
  { kind: 'email-domain' },
  { kind: 'ip-prefix' },
  { kind: 'bucket', size: 10 },
  { kind: 'date-shift' },
  { kind: 'pseudonym', domain: 'mrn' },
  { kind: 'vault', domain: 'mrn' },
];

/** PostgreSQL's text holds any character but NUL; halves of surrogate pairs are none. */
const anyText = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
const oneCharacterOf = (characters: string): fc.Arbitrary<string> =>
  fc.constantFrom(...characters.split(''));
/** Texts of the characters that shapes are made of, which are often almost of a shape. */
const nearlyShaped = fc.string({
  unit: oneCharacterOf('0123456789129:.-/ ,@TZ+aAfFmMyY*%\n'),
  maxLength: 24,
});
const digits = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: oneCharacterOf('0123456789'), minLength: length, maxLength: length });
const separator = fc.constantFrom('-', '/', '.', ' ', '', ', ', ':');
const year = fc.integer({ min: 1850, max: 2100 }).map(String);
const dated = fc
  .tuple(fc.oneof(year, digits(2)), separator, digits(2), separator, fc.oneof(year, digits(2)))
  .map((parts) => parts.join(''));
const shaped = fc.oneof(
  dated,
  fc
    .tuple(dated, fc.constantFrom('', 'T10:11:12Z', ' 10:11 PM', ' x'))
    .map((parts) => parts.join('')),
  fc
    .tuple(fc.constantFrom('May', 'mai', 'Sept.'), separator, digits(2), separator, year)
    .map((parts) => parts.join('')),
  fc.tuple(digits(5), separator, fc.constantFrom('', '1234', '12')).map((parts) => parts.join('')),
  fc
    .tuple(digits(2), fc.constantFrom('', ' y', 'YO', ' years old', ' months'))
    .map((parts) => parts.join('')),
  fc.emailAddress(),
  fc.ipV4(),
  fc.ipV4Extended(),
  fc.ipV6(),
);
const text = fc.oneof(
  anyText,
  nearlyShaped,
  shaped,
  fc.constantFrom('[redacted]', 'é'.repeat(400), `${'é'.repeat(200)}@example.org`),
);

let server: PrivatePostgres;
let client: Client;

before(async () => {
  server = await startPrivatePostgres({ version: 'debian' });
  client = new Client({
    host: server.host,
    port: server.port,
    user: server.superuser,
    database: 'postgres',
  });
  await client.connect();
});
after(async () => {
  await client.end();
  await server.stop();
});

describe('maskText', () => {
  for (const mask of MASKS) {
    it(`does what SQL does: ${JSON.stringify(mask)}`, async () => {
      await assertSame(mask, await nastyTexts());
      await fc.assert(
        fc.asyncProperty(fc.array(text, { minLength: 40, maxLength: 80 }), (values) =>
          assertSame(mask, values),
        ),
        { numRuns: 15 },
      );
    });
  }
});

/** The same texts that the columns are tried with; SQL expressions, so the server evaluates them. */
async function nastyTexts(): Promise<readonly string[]> {
  const { rows } = await queryText(client, `SELECT ${NASTY_TEXTS.join(', ')}`);
  return rows.flat().filter((value) => value !== null);
}

async function assertSame(mask: Mask, values: readonly string[]): Promise<void> {
  const [column] = describeTable({ oid: 1, schema: 'public', name: 't' }, ['v']).attributes;
  assert(column !== undefined);
  const { expression } = maskExpression(mask, column, {
    findType: () => undefined,
    context: CONTEXT,
    serverVersion: 150_000,
  });
  const sql = `SELECT ${expression('t."v"')} FROM unnest($1::text[]) WITH ORDINALITY AS t(v, n) ORDER BY n`;
  const { rows } = await client.query<[string | null]>({
    text: sql,
    values: [values],
    rowMode: 'array',
  });
  assert.deepEqual(
    rows.map(([value]) => value),
    values.map((value) => maskText(mask, value, CONTEXT)),
  );
}
