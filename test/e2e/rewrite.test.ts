import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client, type QueryArrayResult } from 'pg';
import type { MaskPlan } from '../../src/masking/mask-plan.ts';
import { checkRewrite } from '../../src/masking/postgres/check-rewrite.ts';
import { rewriteText } from '../../src/masking/postgres/rewrite.ts';
import { buildCatalog } from '../../src/sql/postgres/build-catalog.ts';
import type { Catalog, NameContext } from '../../src/sql/postgres/catalog.ts';
import { CATALOG_QUERY } from '../../src/sql/postgres/catalog-queries.ts';
import { decodeCatalogRows } from '../../src/sql/postgres/decode-catalog.ts';
import { loadParser } from '../../src/sql/postgres/parser.ts';
import { majorOf, type PrivatePostgres, startPrivatePostgres } from './private-postgres.ts';
import { REWRITE_SCHEMA, SAME_STATEMENTS, SAME_STATEMENTS_SINCE } from './rewrite-statements.ts';

type Result = QueryArrayResult<(string | null)[]>;

const NAMES: NameContext = {
  searchPaths: [['public']],
  overlay: [],
  functionsAllowed: new Set(),
  standardConformingStrings: true,
  clientEncoding: 'UTF8',
};

const parser = await loadParser();

/** A server with the schema, a session on it, and a plan by which masks change nothing. */
interface World {
  readonly client: Client;
  readonly plan: MaskPlan;
}

async function startWorld(
  version: 'debian' | 'embedded',
  cleanUp: AsyncDisposableStack,
): Promise<World> {
  const server = cleanUp.use(await startPrivatePostgres({ version }));
  await server.execute(REWRITE_SCHEMA);
  const catalog = await readCatalog(server, cleanUp);
  return {
    client: await connect(server, cleanUp),
    plan: planOf(catalog, (reference) => reference),
  };
}

async function connect(
  { host, port, superuser }: PrivatePostgres,
  cleanUp: AsyncDisposableStack,
): Promise<Client> {
  const connected = new Client({ host, port, user: superuser, database: 'postgres' });
  await connected.connect();
  cleanUp.defer(() => connected.end());
  return connected;
}

/** Values as the server writes them. */
function queryText(client: Client, text: string): Promise<Result> {
  const types = { getTypeParser: () => (value: string) => value };
  return client.query<(string | null)[]>({ text, rowMode: 'array', types });
}

/** On a connection of its own, for the query changes settings. */
async function readCatalog(
  server: PrivatePostgres,
  cleanUp: AsyncDisposableStack,
): Promise<Catalog> {
  // Several statements give several results, which the driver's types do not say.
  const results = (await queryText(await connect(server, cleanUp), CATALOG_QUERY)) as
    | Result
    | readonly Result[];
  return buildCatalog(decodeCatalogRows([results].flat().at(-1)?.rows ?? []));
}

/** Masks every column of most tables of ours with the same expression. */
function planOf(catalog: Catalog, expression: (reference: string) => string): MaskPlan {
  return {
    key: 'test',
    catalog,
    find: (oid) => {
      const relation = catalog.getRelation(oid);
      if (relation === undefined || !['public', 'other'].includes(relation.schema))
        return undefined;
      if (!'rpvm'.includes(relation.kind) || relation.name === 'plain') return undefined;
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
async function outcomeOf(client: Client, text: string): Promise<unknown> {
  await client.query('BEGIN');
  try {
    const { fields, rows, command } = await queryText(client, text);
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

for (const version of ['debian', 'embedded'] as const) {
  const statements = [
    ...SAME_STATEMENTS,
    ...Object.entries(SAME_STATEMENTS_SINCE).flatMap(([since, added]) =>
      majorOf(version) >= Number(since) ? added : [],
    ),
  ];
  describe(`a rewritten statement on the ${version} server`, () => {
    const cleanUp = new AsyncDisposableStack();
    let world: World;
    before(async () => {
      world = await startWorld(version, cleanUp);
    });
    after(() => cleanUp.disposeAsync());

    for (const text of statements) {
      it(`shows what the original shows where masks change nothing: ${text}`, async () => {
        const { client, plan } = world;
        const rewrite = rewriteText(text, { parser, plan, names: NAMES });
        assert.equal(rewrite.kind, 'run', rewrite.kind === 'refuse' ? rewrite.reason : '');
        const expected = await outcomeOf(client, text);
        assert.deepEqual(await outcomeOf(client, rewrite.text), expected);
        const check = checkRewrite(rewrite.text, { parser, plan, names: NAMES });
        assert.deepEqual(check, { kind: 'sound' });
      });
    }
  });
}
