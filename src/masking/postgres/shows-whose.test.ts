import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import { HOSPITAL } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import type { Classification } from '../classification.ts';
import { showsWhose } from './shows-whose.ts';
import { ViewPatients } from './view-patients.ts';

const parser = await loadParser();

const INT = 23;
const NUMERIC = 1700;

/** Customers are patients by `id`, visits name them by `customer_id`, regions are nobody's. */
const KEYS = new Map([
  ['customers', 'id'],
  ['visits', 'customer_id'],
  ['own', 'id'],
  ['mixed', 'id'],
  ['over_mixed', 'id'],
  ['in_windows', 'id'],
  ['joined', 'id'],
]);

/** By name: what a view shows. */
const VIEWS: Readonly<Record<string, string>> = {
  own: 'SELECT id, name FROM public.customers WHERE id IN (SELECT customer_id FROM public.visits)',
  joined: 'SELECT c.id, v.at FROM public.customers c JOIN public.visits v ON v.customer_id = c.id',
  mixed: 'SELECT c.id, o.name FROM public.customers c, public.customers o',
  over_mixed: 'SELECT id, name FROM public.mixed',
  in_windows: 'SELECT id, lag(name) OVER (ORDER BY id) AS name FROM public.customers',
  keyless: 'SELECT name FROM public.customers',
  regions: 'SELECT id, note FROM public.audit',
  broken: 'SELECT',
};

const CATALOG = buildCatalog({
  serverVersion: HOSPITAL.serverVersion,
  userFunctions: [],
  relations: [
    ...HOSPITAL.listRelations(),
    ...Object.entries(VIEWS).map(([name, definition], index) =>
      describeTable({ oid: 100 + index, schema: 'public', name }, ['id', 'name'], {
        kind: 'v',
        definition,
      }),
    ),
  ],
});

function shows(text: string, typeOid = INT): boolean {
  const relations = new Map<number, CatalogRelation>();
  const findRelation = (_schema: string | undefined, name: string): CatalogRelation | undefined => {
    const relation = CATALOG.findRelation('public', name);
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
      const relation = relations.get(oid) ?? CATALOG.getRelation(oid);
      const patientKey = relation && KEYS.get(relation.name);
      return relation && patientKey !== undefined
        ? { relation, columns: new Map(), patientKey }
        : undefined;
    },
  };
  const parsed = parser.parse(text);
  assert(parsed.kind === 'tree' && parsed.statements[0] !== undefined, text);
  const findWhose = ViewPatients.of(parser, CATALOG, classification).find;
  return showsWhose(parsed.statements[0].node, { classification, findRelation, findWhose });
}

describe('showsWhose', () => {
  for (const text of [
    'SELECT id, name FROM customers',
    'SELECT * FROM customers c JOIN audit a ON a.id = c.id',
    'SELECT id, max(name) FROM customers GROUP BY id',
    'SELECT id, name FROM (SELECT * FROM customers) c ORDER BY rank() OVER (ORDER BY name)',
    'WITH c AS (SELECT id, name FROM customers) SELECT * FROM c',
    'SELECT id, name FROM customers WHERE id IN (SELECT customer_id FROM visits)',
    'SELECT c.id, v.at FROM customers c JOIN visits v ON v.customer_id = c.id',
    'SELECT c.id, v.at FROM customers c LEFT JOIN visits v ON c.id = v.customer_id AND v.at > $1',
    'SELECT v.customer_id, c.name FROM customers c RIGHT JOIN visits v ON c.id = v.customer_id',
    'SELECT customer_id, name FROM visits, customers c WHERE c.id = customer_id',
    'SELECT c.id, w.at FROM customers c JOIN visits v ON v.customer_id = c.id JOIN visits w ON w.customer_id = v.customer_id',
    'SELECT c.id, max(v.at) FROM customers c JOIN visits v ON v.customer_id = c.id GROUP BY c.id',
    'SELECT customer_id, w.at FROM visits v JOIN visits w USING (customer_id)',
    'SELECT * FROM visits v LEFT JOIN visits w USING (customer_id)',
    'SELECT c.*, v.* FROM customers c, visits v',
    'SELECT c.id, v.at FROM customers c JOIN visits v ON v.customer_id = c.id JOIN audit a ON a.id = v.id',
    'SELECT id, name FROM own',
    'SELECT * FROM joined WHERE id = 1',
    'SELECT o.id, v.at FROM own o JOIN visits v ON v.customer_id = o.id',
    'SELECT o.id, r.note FROM own o, regions r',
    'UPDATE customers SET name = $1 WHERE id = 1 RETURNING id, name',
    'PREPARE p AS SELECT id, name FROM customers',
    'DECLARE c CURSOR FOR SELECT id, name FROM customers',
    'COPY (SELECT id, name FROM customers) TO STDOUT',
  ]) {
    it(`holds of ${text}`, () => assert.equal(shows(text), true));
  }

  for (const text of [
    'SELECT c.id, o.name FROM customers c, customers o WHERE o.id = 2',
    'SELECT c.id, o.name FROM customers c JOIN customers o ON o.id = c.id + 1',
    'SELECT c.id, o.name FROM customers c JOIN customers o ON o.id = c.id OR true',
    'SELECT c.id, o.name FROM customers c JOIN customers o ON NOT o.id = c.id',
    'SELECT id, lag(name) OVER (ORDER BY id) FROM customers',
    'SELECT id, first_value(name) OVER w FROM customers WINDOW w AS (ORDER BY id)',
    'SELECT id, max(name) FROM customers GROUP BY ROLLUP (id)',
    'SELECT id, (SELECT name FROM customers WHERE id = 2) FROM customers WHERE id = 1',
    'WITH o AS (SELECT name FROM customers WHERE id = 2) SELECT c.id, o.name FROM customers c, o',
    'WITH c AS (SELECT * FROM customers) SELECT a.id, b.name FROM c a, c b',
    'SELECT c.id, o.name FROM customers c, LATERAL (SELECT name FROM customers LIMIT 1) o',
    // Where the side with the key has no row, the other's is shown without one.
    'SELECT c.id, v.at FROM visits v LEFT JOIN customers c ON c.id = v.customer_id',
    'SELECT v.customer_id, c.name FROM customers c LEFT JOIN visits v ON c.id = v.customer_id',
    'SELECT c.id, v.at FROM customers c FULL JOIN visits v ON c.id = v.customer_id',
    'SELECT w.customer_id, v.at FROM visits v LEFT JOIN visits w USING (customer_id)',
    'SELECT c.id, v.at FROM customers c NATURAL JOIN visits v',
    'SELECT c.id, v.at FROM customers c JOIN visits v ON v.customer_id > c.id',
    'SELECT c.id, v.at FROM customers c JOIN visits v ON v.id = c.id',
    'SELECT id, name FROM customers UNION ALL SELECT customer_id, at FROM visits',
    'SELECT c.id, n.id FROM customers c, nowhere n',
    'SELECT id, name FROM mixed WHERE id = 1',
    'SELECT id, name FROM over_mixed',
    'SELECT id, name FROM in_windows',
    'SELECT id, k.name FROM customers c, keyless k',
    'SELECT name FROM keyless',
    'SELECT id, name FROM broken',
    'COPY (SELECT c.id, o.name FROM customers c, customers o) TO STDOUT',
    'EXECUTE p',
  ]) {
    it(`does not hold of ${text}`, () => assert.equal(shows(text), false));
  }

  it('takes no keys for equal that may be spelled in several ways', () => {
    const equal = 'SELECT c.id, v.at FROM customers c JOIN visits v ON v.customer_id = c.id';
    assert.equal(shows(equal, NUMERIC), false);
    assert.equal(shows(equal.replace('v.at', 'v.customer_id'), NUMERIC), true);
  });
});
