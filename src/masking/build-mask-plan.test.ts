import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCatalog, describeTable } from '../sql/postgres/build-catalog.ts';
import { buildMaskPlan } from './build-mask-plan.ts';
import type { Classification, ClassifiedColumn } from './classification.ts';
import { createMaskKeys } from './masks/pseudonym-keys.ts';

const PATIENTS = 100;
const CONTEXT = { keys: createMaskKeys(Buffer.alloc(32, 1), 1), thisYear: 2026 };

const catalog = buildCatalog({
  serverVersion: 150018,
  relations: [
    describeTable({ oid: PATIENTS, schema: 'public', name: 'patients' }, [
      { name: 'id', typeOid: 23, typeName: 'pg_catalog.int4' },
      'ssn',
      'note',
      { name: 'born', typeOid: 1082, typeName: 'pg_catalog.date' },
    ]),
    describeTable({ oid: 101, schema: 'public', name: 'wards' }, ['name']),
  ],
  userFunctions: [],
});

const COLUMNS: readonly ClassifiedColumn[] = [
  classified('ssn', ['ssn']),
  { ...classified('note', ['free-text']), content: 'text', mask: { kind: 'year' } },
  { ...classified('born', ['birth-date', 'admission-date']), mask: { kind: 'date-shift' } },
];

function classified(name: string, classes: readonly string[]): ClassifiedColumn {
  return {
    name,
    classes,
    mask: { kind: 'redact' },
    content: 'value',
    paths: [],
    because: 'mapped',
  };
}

/** Counts how often it is asked for a relation. */
function classify(version = 'map 1'): Classification & { readonly asked: number[] } {
  const asked: number[] = [];
  const relation = catalog.getRelation(PATIENTS);
  assert(relation !== undefined);
  const columns = new Map(COLUMNS.map((column) => [column.name, column]));
  return {
    version,
    asked,
    classNames: new Set(COLUMNS.flatMap(({ classes }) => classes)),
    find(oid) {
      asked.push(oid);
      return oid === PATIENTS ? { relation, columns, patientKey: 'id' } : undefined;
    },
  };
}

describe('buildMaskPlan', () => {
  it('masks the columns of which not every class is revealed', () => {
    const revealed = new Set(['ssn', 'birth-date']);
    const plan = buildMaskPlan(catalog, classify(), (name) => revealed.has(name), CONTEXT);
    assert.deepEqual([...(plan.find(PATIENTS)?.columns.keys() ?? [])], ['note', 'born']);
    assert.equal(plan.find(101), undefined);
    assert.equal(plan.catalog, catalog);
  });

  it('knows no relation of which everything may be seen', () => {
    const plan = buildMaskPlan(catalog, classify(), () => true, CONTEXT);
    assert.equal(plan.find(PATIENTS), undefined);
  });

  it('redacts free text in expressions, whatever its mask', () => {
    const plan = buildMaskPlan(catalog, classify(), () => false, CONTEXT);
    const note = plan.find(PATIENTS)?.columns.get('note');
    assert.equal(note?.inspect, 'text');
    const redacted = `CASE WHEN n."note" IS NOT NULL THEN '[redacted]'::pg_catalog.text END`;
    assert.equal(note.expression('n."note"'), redacted);
  });

  it('shifts dates by the patient of the same row', () => {
    const plan = buildMaskPlan(catalog, classify(), () => false, CONTEXT);
    const born = plan.find(PATIENTS)?.columns.get('born');
    assert.match(born?.expression('"p"."born"') ?? '', /"p"\."id"::pg_catalog\.text/);
    assert.doesNotMatch(born?.keylessExpression('"p"."born"') ?? '', /sha256|"id"/);
    assert.equal(born?.shiftedBy, 'id');
    assert.deepEqual(born?.classes, ['birth-date', 'admission-date']);
    assert.equal(born?.because, 'mapped');
  });

  it('works a relation out once, and not before it is asked for', () => {
    const classification = classify();
    const plan = buildMaskPlan(catalog, classification, () => false, CONTEXT);
    assert.deepEqual(classification.asked, []);
    assert.equal(plan.find(PATIENTS), plan.find(PATIENTS));
    plan.find(7);
    plan.find(7);
    assert.deepEqual(classification.asked, [PATIENTS, 7]);
  });

  it('has a key that changes with everything a rewrite depends on', () => {
    const { keys } = CONTEXT;
    const otherCatalog = buildCatalog({ serverVersion: 150018, relations: [], userFunctions: [] });
    const none = (): boolean => false;
    const plans = [
      buildMaskPlan(catalog, classify(), none, CONTEXT),
      buildMaskPlan(otherCatalog, classify(), none, CONTEXT),
      buildMaskPlan(catalog, classify('map 2'), none, CONTEXT),
      buildMaskPlan(catalog, classify(), (name) => name === 'ssn', CONTEXT),
      buildMaskPlan(catalog, classify(), none, { keys, thisYear: 2027 }),
      ...[createMaskKeys(Buffer.alloc(32, 1), 2), createMaskKeys(Buffer.alloc(32, 2), 1)].map(
        (other) => buildMaskPlan(catalog, classify(), none, { ...CONTEXT, keys: other }),
      ),
    ];
    assert.equal(new Set(plans.map(({ key }) => key)).size, plans.length);
    const [first] = plans;
    assert.equal(buildMaskPlan(catalog, classify(), none, CONTEXT).key, first?.key);
  });

  it('does not put the keys into its own key', () => {
    const { key } = buildMaskPlan(catalog, classify(), () => false, CONTEXT);
    const { innerBlock, outerBlock } = CONTEXT.keys.derive('pseudonym', 'mrn');
    for (const block of [innerBlock, outerBlock]) assert(!key.includes(block.toString('hex')));
  });

  it('refuses a classification of columns that the relation does not have', () => {
    const classification = classify();
    const plan = buildMaskPlan(
      catalog,
      {
        ...classification,
        find: (oid) => {
          const found = classification.find(oid);
          return found && { ...found, columns: new Map([['gone', classified('gone', ['ssn'])]]) };
        },
      },
      () => false,
      CONTEXT,
    );
    assert.throws(() => plan.find(PATIENTS), /a classified relation has the columns/);
  });
});
