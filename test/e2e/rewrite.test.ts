import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Client, type QueryArrayResult } from 'pg';
import type { MaskPlan } from '../../src/masking/mask-plan.ts';
import { checkRewrite } from '../../src/masking/postgres/check-rewrite.ts';
import { rewriteText } from '../../src/masking/postgres/rewrite.ts';
import { buildCatalog } from '../../src/sql/postgres/build-catalog.ts';
import type { Catalog, NameContext } from '../../src/sql/postgres/catalog.ts';
import { CATALOG_QUERY } from '../../src/sql/postgres/catalog-queries.ts';
import { decodeCatalogRows } from '../../src/sql/postgres/decode-catalog.ts';
import { loadParser } from '../../src/sql/postgres/parser.ts';
import { type PrivatePostgres, startPrivatePostgres } from './private-postgres.ts';
import { REWRITE_SCHEMA, SAME_STATEMENTS } from './rewrite-statements.ts';

type Result = QueryArrayResult<(string | null)[]>;

const NAMES: NameContext = {
  searchPaths: [['public']],
  overlay: [],
  functionsAllowed: new Set(),
  standardConformingStrings: true,
  clientEncoding: 'UTF8',
};

const cleanUp = new AsyncDisposableStack();
after(() => cleanUp.disposeAsync());
const parser = await loadParser();
const server = cleanUp.use(await startPrivatePostgres({ version: 'debian' }));
await server.execute(REWRITE_SCHEMA);
const client = await connect(server);
const catalog = await readCatalog();
const identity = planOf(catalog, (reference) => reference);

async function connect({ host, port, superuser }: PrivatePostgres): Promise<Client> {
  const connected = new Client({ host, port, user: superuser, database: 'postgres' });
  await connected.connect();
  cleanUp.defer(() => connected.end());
  return connected;
}

/** Values as the server writes them. */
function queryText(text: string, on: Client = client): Promise<Result> {
  const types = { getTypeParser: () => (value: string) => value };
  return on.query<(string | null)[]>({ text, rowMode: 'array', types });
}

/** On a connection of its own, for the query changes settings. */
async function readCatalog(): Promise<Catalog> {
  // Several statements give several results, which the driver's types do not say.
  const results = (await queryText(CATALOG_QUERY, await connect(server))) as
    | Result
    | readonly Result[];
  return buildCatalog(decodeCatalogRows([results].flat().at(-1)?.rows ?? []));
}

/** Masks every column of every table of ours with the same expression. */
function planOf(of: Catalog, expression: (reference: string) => string): MaskPlan {
  return {
    key: 'test',
    catalog: of,
    find: (oid) => {
      const relation = of.getRelation(oid);
      if (relation === undefined || !['public', 'other'].includes(relation.schema))
        return undefined;
      if (!['r', 'p', 'v', 'm'].includes(relation.kind) || relation.name === 'plain')
        return undefined;
      const columns = relation.columns.map((name) => {
        const masked = { name, classes: ['x'], expression, keylessExpression: expression };
        return [name, { ...masked, inspect: undefined, because: '' }] as const;
      });
      // A key must be writable, or nothing could be written.
      return {
        relation,
        columns: new Map(columns.filter(([name]) => !isKey(relation.name, name))),
      };
    },
  };
}

function isKey(relation: string, column: string): boolean {
  return column === 'id' || (relation === 'notes' && column === 'patient_id');
}

/** What a client can tell of a result, with all that the statement did undone. */
async function outcomeOf(text: string): Promise<unknown> {
  await client.query('BEGIN');
  try {
    const { fields, rows, command } = await queryText(text);
    const columns = fields.map(({ name, dataTypeID, dataTypeModifier }) => [
      name,
      dataTypeID,
      dataTypeModifier,
    ]);
    return { command, columns, rows };
  } finally {
    await client.query('ROLLBACK');
  }
}

describe('a rewritten statement', () => {
  for (const text of SAME_STATEMENTS) {
    it(`shows what the original shows where masks change nothing: ${text}`, async () => {
      const rewrite = rewriteText(text, { parser, plan: identity, names: NAMES });
      assert.equal(rewrite.kind, 'run', rewrite.kind === 'refuse' ? rewrite.reason : '');
      const expected = await outcomeOf(text);
      assert.deepEqual(await outcomeOf(rewrite.text), expected);
      const check = checkRewrite(rewrite.text, { parser, plan: identity, names: NAMES });
      assert.deepEqual(check, { kind: 'sound' });
    });
  }
});
