import type { TestRelation } from '../configuration/policy-test-file.ts';
import { analyze } from '../sql/postgres/analyze.ts';
import { buildCatalog, describeTable } from '../sql/postgres/build-catalog.ts';
import type { CatalogRelation, NameContext } from '../sql/postgres/catalog.ts';
import type { SqlParser } from '../sql/postgres/parser.ts';
import type { AnalyseSql } from './run-policy-tests.ts';

/** A session as it starts: nothing set, nothing created. */
const NAMES: NameContext = {
  searchPaths: [['public']],
  overlay: [],
  functionsAllowed: new Set(),
  standardConformingStrings: true,
  clientEncoding: 'UTF8',
};

const SERVER_VERSION = 180_000;

/** OIDs below this belong to the system. */
const FIRST_OID = 16_384;

/**
 * Analyses the statements of policy tests as the gateway would, in a database that has the
 * relations of the test file and nothing else.
 */
export function createTestSqlAnalysis(parser: SqlParser): AnalyseSql {
  return (sql, relations) => {
    const catalog = buildCatalog({
      serverVersion: SERVER_VERSION,
      relations: relations.map(buildRelation),
      userFunctions: [],
    });
    const { statements } = analyze(sql, parser, catalog, NAMES);
    return statements.flatMap(({ operations }) =>
      operations.map(({ action, facts }) => ({
        action,
        facts: { ...facts, statements: statements.length },
      })),
    );
  };
}

function buildRelation(relation: TestRelation, index: number): CatalogRelation {
  const [schema = '', name = ''] = relation.name.split('.');
  const table = { oid: FIRST_OID + index, schema, name };
  return describeTable(table, relation.columns, { uniqueKeys: relation.uniqueKeys });
}
