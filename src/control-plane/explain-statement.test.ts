import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { type Explanation, explanationSchema } from '../api/explanation.ts';
import { dataMapSchema } from '../configuration/data-map.ts';
import { Policies } from '../gateway/policies.ts';
import { ALICE, HOSPITAL, loadPolicies } from '../gateway/session.fixture.ts';
import { createMaskKeys, type MaskKeys } from '../masking/masks/pseudonym-keys.ts';
import { openTargetMasking } from '../masking/open-target-masking.ts';
import { buildCatalog, describeTable } from '../sql/postgres/build-catalog.ts';
import type { Catalog, CatalogRelation } from '../sql/postgres/catalog.ts';
import { loadParser, type SqlParser } from '../sql/postgres/parser.ts';
import { type ExplainParts, explainStatement } from './explain-statement.ts';

const PATIENTS = describeTable({ oid: 16_001, schema: 'public', name: 'patients' }, [
  'id',
  'mrn',
  'name',
  'ssn',
  'note',
]);
const WARDS = describeTable({ oid: 16_002, schema: 'public', name: 'wards' }, ['code', 'title']);

const DATA_MAP = dataMapSchema().parse({
  columns: {
    'public.patients.id': 'none',
    'public.patients.mrn': 'mrn',
    'public.patients.name': 'name',
    'public.patients.ssn': { class: 'ssn', mask: 'last4' },
    'public.patients.note': 'free-text',
  },
});

const POLICIES = `
  @id("read") permit(principal, action in Action::"sql.read", resource);
  @id("session") permit(principal, action in Action::"sql.session", resource);
  @id("names") permit(principal, action == Action::"reveal", resource == DataClass::"hospital/name");
  @id("write") permit(principal, action in Action::"sql.write", resource);
  @id("no-drop") @reason("Dropping loses data") forbid(principal, action == Action::"sql.drop", resource);
  @id("bulk") @review("officers") @reason("That is a lot")
  forbid(principal, action == Action::"sql.delete", resource) when { context.bulk };
`;

let parser: SqlParser;
let keys: MaskKeys;

interface Surroundings {
  readonly policies?: string;
  readonly hasDataMap?: boolean;
  /** In the catalog from its second reading on. */
  readonly later?: CatalogRelation;
}

/** What the parts are asked, so that a test can see what reached the target. */
let readings: number;

function catalogOf(...relations: readonly CatalogRelation[]): Catalog {
  const builtInFunctions = ['count', 'upper', 'sha256', 'encode'];
  return buildCatalog({ serverVersion: 150_018, relations, userFunctions: [], builtInFunctions });
}

async function explain(sql: string, surroundings: Surroundings = {}): Promise<Explanation> {
  const { policies = POLICIES, hasDataMap = true, later } = surroundings;
  const masking = openTargetMasking({
    dataMap: DATA_MAP,
    functionsAllowed: [],
    parser,
    textMasks: { redact: () => undefined, redactJson: () => undefined },
    context: () => context,
  });
  const context = { keys, thisYear: 2026 };
  readings = 0;
  let catalog = catalogOf(PATIENTS, WARDS);
  const parts: ExplainParts = {
    policies: new Policies(loadPolicies(policies)),
    parser,
    findMasking: () => (hasDataMap ? masking : undefined),
    findCatalogs: () => ({
      current: catalog,
      isTooOld: false,
      refresh: async () => {
        readings += 1;
        if (later !== undefined) catalog = catalogOf(PATIENTS, WARDS, later);
        return catalog;
      },
    }),
    readNameContext: async () => ({
      searchPaths: [['public']],
      overlay: [],
      functionsAllowed: new Set(),
      standardConformingStrings: true,
      clientEncoding: 'UTF8',
    }),
  };
  const question = { principal: ALICE, grants: [], target: HOSPITAL, database: 'hospital', sql };
  return explainStatement(parts, question, new AbortController().signal);
}

describe('explainStatement', () => {
  before(async () => {
    parser = await loadParser();
    keys = createMaskKeys(Buffer.alloc(32, 7), 1);
  });

  it('says what policies make of each operation, with its facts', async () => {
    const { outcome, statements, searchPath } = await explain('SELECT title FROM wards');
    assert.equal(outcome, 'run');
    assert.deepEqual(searchPath, ['public']);
    const [operation] = statements[0]?.operations ?? [];
    assert.equal(operation?.action, 'sql.select');
    assert.deepEqual(operation?.decision, { kind: 'allow', policies: ['read'] });
    assert.deepEqual(operation?.facts['relations'], ['public.wards']);
    assert.equal(operation?.facts['database'], 'hospital');
  });

  it('says which columns are masked, how and why, and which are shown by which policy', async () => {
    const { columns, shown, statements } = await explain(
      'SELECT name, ssn, note, id FROM patients',
    );
    assert.deepEqual(
      columns?.map(({ column, mask, seen }) => [column, mask, seen]),
      [
        ['public.patients.name', 'redact', 'raw'],
        ['public.patients.ssn', 'last4', 'masked'],
        ['public.patients.note', 'redact', 'inspected'],
      ],
    );
    for (const { because } of columns ?? []) assert.notEqual(because, '');
    assert.deepEqual(shown, [{ className: 'name', policies: ['names'] }]);
    assert.deepEqual(statements[0]?.outputs?.[1]?.masked, ['ssn']);
    assert.deepEqual(
      statements[0]?.outputs?.map(({ column }) => column),
      ['name', 'ssn', 'note', 'id'].map((column) => `public.patients.${column}`),
    );
  });

  it('shows the statement that would be sent, and no byte of a key', async () => {
    const sql = 'SELECT mrn, count(*) FROM patients GROUP BY mrn';
    const explanation = await explain(sql);
    assert.match(explanation.sent ?? '', /sha256.*<key>/s);
    assert.notEqual(explanation.sent, sql);
    const { innerBlock, outerBlock } = keys.derive('pseudonym', 'mrn');
    const text = JSON.stringify(explanation).toLowerCase();
    for (const block of [innerBlock, outerBlock]) {
      // Any four bytes in a row.
      for (let offset = 0; offset + 4 <= block.length; offset++) {
        const piece = block.subarray(offset, offset + 4);
        if (new Set(piece).size === 1) continue;
        assert.ok(!text.includes(piece.toString('hex')), `key bytes from ${offset}`);
        assert.ok(!text.includes(piece.toString('base64').slice(0, 5).toLowerCase()));
      }
    }
    assert.doesNotMatch(text, /[0-9a-f]{64}/);
  });

  it("keeps what looks like a key in the asker's own text", async () => {
    const constant = 'ab'.repeat(64);
    const { sent } = await explain(`SELECT mrn FROM patients WHERE id = '${constant}'`);
    assert.ok(sent?.includes(constant));
    assert.match(sent ?? '', /<key>/);
  });

  it('refuses as a session would, by the policy that decided, and then says no more', async () => {
    const explanation = await explain('DROP TABLE patients');
    assert.equal(explanation.outcome, 'refused');
    assert.match(explanation.refusal?.reason ?? '', /refused by policy "no-drop": Dropping loses/);
    assert.deepEqual(explanation.statements[0]?.decision, {
      kind: 'deny',
      policies: ['no-drop'],
      reason: 'Dropping loses data',
    });
    assert.equal(explanation.sent, undefined);
    assert.equal(explanation.columns, undefined);
  });

  it('denies a text by any one of its statements', async () => {
    const { outcome, statements } = await explain('SELECT name FROM patients; DROP TABLE wards');
    assert.equal(outcome, 'refused');
    assert.deepEqual(
      statements.map(({ text, decision }) => [text, decision.kind]),
      [
        ['SELECT name FROM patients', 'allow'],
        ['DROP TABLE wards', 'deny'],
      ],
    );
  });

  it('says whose review it would need', async () => {
    const { outcome, refusal, statements } = await explain('DELETE FROM wards', {
      hasDataMap: false,
    });
    assert.equal(outcome, 'review');
    assert.match(refusal?.reason ?? '', /asks for review first: That is a lot/);
    assert.deepEqual(statements[0]?.decision.groups, ['officers']);
  });

  it('says what masking refuses although policies allow it', async () => {
    const { outcome, refusal, sent } = await explain(
      "UPDATE patients SET id = 'x' WHERE ssn = '1'",
    );
    assert.equal(outcome, 'refused');
    assert.match(refusal?.reason ?? '', /mask/i);
    assert.equal(sent, undefined);
  });

  it('shows the text as it is to whoever sees every class', async () => {
    const all = '@id("all") permit(principal, action, resource);';
    const sql = 'SELECT ssn FROM patients';
    const { sent, columns, shown } = await explain(sql, { policies: all });
    assert.equal(sent, sql);
    assert.deepEqual(
      columns?.map(({ seen }) => seen),
      ['raw'],
    );
    assert.deepEqual(shown, [{ className: 'ssn', policies: ['all'] }]);
  });

  it('says nothing of classes where there is no data map', async () => {
    const sql = 'SELECT ssn FROM patients';
    const { sent, columns, outcome } = await explain(sql, { hasDataMap: false });
    assert.equal(outcome, 'run');
    assert.equal(sent, sql);
    assert.equal(columns, undefined);
  });

  it('reads the catalog again for a name that it does not know, once', async () => {
    const later = describeTable({ oid: 16_003, schema: 'public', name: 'beds' }, ['id']);
    const { statements } = await explain('SELECT id FROM beds', { later });
    assert.equal(readings, 1);
    assert.equal(statements[0]?.operations[0]?.facts['ambiguous'], false);
    await explain('SELECT id FROM nowhere');
    assert.equal(readings, 1);
    await explain('SELECT id FROM patients');
    assert.equal(readings, 0);
  });

  it('follows what a text prepares, and knows nothing of what a session would hold', async () => {
    const { statements } = await explain(
      'PREPARE p AS SELECT title FROM wards; EXECUTE p; EXECUTE other',
    );
    const relations = statements.map(({ operations }) =>
      operations.flatMap(({ facts }) => facts['relations']),
    );
    assert.ok(relations[1]?.includes('public.wards'));
    assert.deepEqual(statements[2]?.operations[0]?.facts['opaque'], true);
  });

  it('says where a text cannot be read', async () => {
    const { outcome, refusal } = await explain('SELECT FROM WHERE');
    assert.equal(outcome, 'refused');
    assert.match(refusal?.reason ?? '', /syntax error.* at character 13/);
  });

  it('has nothing against an empty text', async () => {
    const { outcome, statements, sent } = await explain(' -- nothing\n');
    assert.equal(outcome, 'run');
    assert.deepEqual(statements, []);
    assert.equal(sent, ' -- nothing\n');
  });

  it('answers what the contract says, with nothing dropped', async () => {
    for (const sql of [
      'SELECT * FROM patients',
      'DROP TABLE wards',
      '',
      'DELETE FROM wards',
      '(',
    ]) {
      const explanation = await explain(sql);
      const plain: unknown = JSON.parse(JSON.stringify(explanation));
      assert.deepEqual(JSON.parse(JSON.stringify(explanationSchema.parse(plain))), plain);
    }
  });
});
