import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import { HOSPITAL_PLAN } from './hospital-plan.fixture.ts';
import { type Rewrite, rewriteText } from './rewrite.ts';
import { RewriteCache } from './rewrite-cache.ts';

const parser = await loadParser();

function rewrite(text: string): Rewrite {
  return rewriteText(text, { parser, plan: HOSPITAL_PLAN, names: session() });
}

function textOf(found: Rewrite | undefined): string | undefined {
  return found?.kind === 'run' ? found.text : undefined;
}

/** Statements with a place for a string and one for a number. */
const SHAPES: readonly ((text: string, number: number) => string)[] = [
  (text, number) => `SELECT ssn FROM customers WHERE name = ${text} AND id = ${number}`,
  (text, number) => `SELECT ${number}, ${text}, c.* FROM customers c WHERE c.id IN (${number}, 2)`,
  (text, number) => `SELECT note FROM audit WHERE id = ${number} OR 'x' = ${text}`,
  (text, number) =>
    `UPDATE customers SET name = ${text} WHERE id = ${number} RETURNING ssn, ${text}`,
  (_, number) =>
    `INSERT INTO staging SELECT ${number}, ssn FROM public.customers WHERE id < ${number}`,
  (text, number) => `SELECT id FROM staging WHERE name = ${text} AND id = ${number}`,
];

describe('RewriteCache', () => {
  it('finds what was stored for the text, in the same context only', () => {
    const cache = new RewriteCache();
    const stored = rewrite('TABLE customers');
    cache.store('TABLE customers', 'a', stored);
    assert.equal(cache.find('TABLE customers', 'a'), stored);
    assert.equal(cache.find('TABLE customers', 'b'), undefined);
    assert.equal(cache.find('TABLE  customers', 'a'), undefined);
  });

  it('keeps refusals for their own text only', () => {
    const cache = new RewriteCache();
    const text = `DELETE FROM customers WHERE ssn = '1'`;
    cache.store(text, '', rewrite(text));
    assert.equal(cache.find(text, '')?.kind, 'refuse');
    assert.equal(cache.find(text.replace('1', '2'), ''), undefined);
  });

  it('makes of one rewrite that of every text of its shape, as the parser would', () => {
    const literal = fc
      .string({ unit: fc.constantFrom('a', "''", ' ', 'FROM customers', '"', '(', '0', '--') })
      .map((text) => `'${text}'`);
    fc.assert(
      fc.property(
        fc.constantFrom(...SHAPES),
        fc.array(fc.tuple(literal, fc.nat()), { minLength: 2, maxLength: 2 }),
        (shape, [first, second]) => {
          assert(first !== undefined && second !== undefined);
          const cache = new RewriteCache();
          cache.store(shape(...first), '', rewrite(shape(...first)));
          const text = shape(...second);
          const found = cache.find(text, '');
          const meant = rewrite(text);
          assert.equal(textOf(found), textOf(meant));
          assert(found?.kind === 'run' && meant.kind === 'run');
          assert.deepEqual(found.statements, meant.statements);
          for (let position = 0; position < found.text.length + 2; position++) {
            const client: number | undefined = found.positions?.toClient(position);
            assert.equal(client, meant.positions?.toClient(position));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('makes no template where a constant has a say, or goes into a change', () => {
    for (const [one, other] of [
      ['SELECT id, ssn FROM customers GROUP BY 1', 'SELECT id, ssn FROM customers GROUP BY 2'],
      [
        'SELECT 1 FROM customers TABLESAMPLE system (1)',
        'SELECT 1 FROM customers TABLESAMPLE system (2)',
      ],
      [`SET x.y = '1'`, `SET x.y = '2'`],
      [`SELECT set_config('x.y', 'z', true)`, `SELECT set_config('role', 'z', true)`],
      ['SELECT 1; SELECT 1', 'SELECT 1; SELECT 2'],
    ] as const) {
      const cache = new RewriteCache();
      cache.store(one, '', rewrite(one));
      assert.equal(cache.find(other, ''), undefined, other);
    }
  });

  it('drops what was used least recently', () => {
    const cache = new RewriteCache({ entriesMax: 2 });
    const stored = rewrite('TABLE "a" -- not reusable');
    for (const text of ['-- a', '-- b', '-- a', '-- c']) {
      if (cache.find(text, '') === undefined) cache.store(text, '', stored);
    }
    assert.equal(cache.size, 2);
    assert.equal(cache.find('-- b', ''), undefined);
    assert.equal(cache.find('-- a', ''), stored);
    const small = new RewriteCache({ bytesMax: 100 });
    small.store('-- a', '', stored);
    assert.equal(small.size, 0);
  });
});
