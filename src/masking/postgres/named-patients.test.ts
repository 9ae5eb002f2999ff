import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Catalog, CatalogRelation } from '../../sql/postgres/catalog.ts';
import { HOSPITAL } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import type { Classification } from '../classification.ts';
import { textEncodingOf } from '../rows/text-encoding.ts';
import { findNamedPatients, readNamedParameter } from './named-patients.ts';

const parser = await loadParser();

const INT = 23;
const UUID = 2950;
const VARCHAR = 1043;

/** Customers are patients by `id`, visits name them by `customer_id`, regions are nobody's. */
const KEYS = new Map([
  ['customers', 'id'],
  ['visits', 'customer_id'],
  ['customer_names', 'id'],
]);

/** The hospital's relations with keys of one type. */
function namedIn(text: string, typeOid = INT): string[] | undefined {
  const relations = new Map<number, CatalogRelation>();
  const find = (_schema: string | undefined, name: string): CatalogRelation | undefined => {
    const relation = (HOSPITAL satisfies Catalog).findRelation('public', name);
    if (relation === undefined) return undefined;
    const attributes = relation.attributes.map((column) => ({
      ...column,
      typeOid,
      collation: undefined,
    }));
    const typed = { ...relation, attributes };
    relations.set(relation.oid, typed);
    return typed;
  };
  const classification: Classification = {
    version: '1',
    classNames: new Set(),
    find: (oid) => {
      const relation = relations.get(oid);
      const patientKey = relation && KEYS.get(relation.name);
      return relation && patientKey !== undefined
        ? { relation, columns: new Map(), patientKey }
        : undefined;
    },
  };
  const parsed = parser.parse(text);
  assert(parsed.kind === 'tree' && parsed.statements[0] !== undefined, text);
  const named = findNamedPatients(parsed.statements[0].node, {
    classification,
    findRelation: find,
    findWhose: ({ name }) => (name === 'customer_names' ? 'shown' : 'others'),
  });
  return (
    named && [...named.constants, ...[...named.parameters.keys()].map((number) => `$${number}`)]
  );
}

describe('findNamedPatients', () => {
  it('reads the patients whose rows alone a query can show', () => {
    for (const [text, ids] of [
      ['SELECT name FROM customers WHERE id = 42', ['42']],
      ["SELECT name FROM customers WHERE '42' = id AND name LIKE 'A%'", ['42']],
      ['SELECT count(*) FROM customers WHERE id IN (1, 2, $3)', ['1', '2', '$3']],
      ['SELECT name FROM customers c WHERE c.id = $1', ['$1']],
      ['SELECT name FROM customer_names WHERE id = 42', ['42']],
      ['SELECT at FROM visits v JOIN customers c ON c.id = v.customer_id WHERE c.id = 7', ['7']],
      [
        'SELECT at FROM visits v, customers c WHERE c.id = v.customer_id AND v.customer_id = 7',
        ['7'],
      ],
      ['SELECT at FROM visits v, customers c WHERE v.customer_id = 1 AND c.id = 2', ['1', '2']],
      ['SELECT name FROM customers WHERE id = 1 AND (id = 2 OR true)', ['1']],
    ] as const) {
      assert.deepEqual(namedIn(text), ids, text);
    }
  });

  it('is silent where a query can show others', () => {
    for (const text of [
      'SELECT name FROM customers',
      'SELECT name FROM customers WHERE id > 42',
      'SELECT name FROM customers WHERE id <> 42',
      'SELECT name FROM customers WHERE id = 42 OR true',
      'SELECT name FROM customers WHERE NOT id = 42',
      'SELECT name FROM customers WHERE id NOT IN (42)',
      'SELECT name FROM customers WHERE id = 42 + 0',
      'SELECT name FROM customers WHERE id = ANY ($1)',
      'SELECT name FROM customers WHERE id = (SELECT 42)',
      'SELECT name, (SELECT max(name) FROM customers) FROM customers WHERE id = 42',
      'SELECT name FROM customers WHERE id = 42 UNION SELECT name FROM customers',
      'WITH c AS (SELECT * FROM customers) SELECT name FROM customers WHERE id = 42',
      'SELECT name FROM customers, visits WHERE id = 42',
      'SELECT c.name FROM customers c, visits v WHERE c.id = 42',
      'SELECT c.name FROM customers c LEFT JOIN visits v ON v.customer_id = 42 AND c.id = 42',
      'SELECT name FROM customers AS c(name, id) WHERE id = 42',
      'SELECT name FROM customers NATURAL JOIN visits WHERE customers.id = 42',
      'SELECT name FROM (SELECT * FROM customers) c WHERE id = 42',
      'SELECT name, initial FROM customers c, customer_initials i WHERE c.id = 42',
      'SELECT name FROM nowhere, customers WHERE customers.id = 42',
      'UPDATE customers SET name = name WHERE id = 42 RETURNING name',
      'SELECT 1',
    ]) {
      assert.equal(namedIn(text), undefined, text);
    }
  });

  it('is silent where an id may be spelled otherwise in a result', () => {
    for (const constant of ['042', "'042'", "' 42'", '42.0', "'4e1'"]) {
      const ids = namedIn(`SELECT name FROM customers WHERE id = ${constant}`);
      // The parser itself reads 042 as 42.
      assert.deepEqual(ids, constant === '042' ? ['42'] : undefined, constant);
    }
    const uuid = '0A234567-89ab-40cd-80ef-0123456789ab';
    const where = (value: string): string => `SELECT name FROM customers WHERE id = ${value}`;
    assert.deepEqual(namedIn(where(`'${uuid}'`), UUID), [uuid.toLowerCase()]);
    assert.equal(namedIn(where(`'{${uuid}}'`), UUID), undefined);
    assert.deepEqual(namedIn(where("'MRN 042'"), VARCHAR), ['MRN 042']);
    assert.equal(namedIn(where('42'), VARCHAR), undefined);
    assert.equal(namedIn(where('42'), 1700), undefined, 'a number may have zeros behind its point');
  });
});

describe('readNamedParameter', () => {
  it('reads ids in text and in binary as results show them', () => {
    const int4 = Buffer.from('0000002a', 'hex');
    const int8 = Buffer.from('fffffffffffffffe', 'hex');
    const uuid = '01234567-89ab-40cd-80ef-0123456789ab';
    for (const [value, typeOid, isBinary, id] of [
      [Buffer.from('42'), INT, false, '42'],
      [Buffer.from('042'), INT, false, undefined],
      [int4, INT, true, '42'],
      [int4.subarray(2), INT, true, '42'],
      [int8, INT, true, '-2'],
      [Buffer.alloc(3), INT, true, undefined],
      [Buffer.from(uuid.toUpperCase()), UUID, false, uuid],
      [Buffer.from(uuid.replaceAll('-', ''), 'hex'), UUID, true, uuid],
      [Buffer.from('0'), UUID, false, undefined],
      [Buffer.from('MRN 042'), VARCHAR, true, 'MRN 042'],
    ] as const) {
      assert.equal(readNamedParameter(value, typeOid, isBinary), id);
    }
  });

  it('reads an id in the encoding of the client', () => {
    const latin2 = textEncodingOf('LATIN2', 'UTF8');
    const value = Buffer.from('\u00e8-7', 'latin1');
    assert.equal(readNamedParameter(value, VARCHAR, false, latin2), 'č-7');
    assert.equal(readNamedParameter(value, VARCHAR, false), undefined);
  });
});
