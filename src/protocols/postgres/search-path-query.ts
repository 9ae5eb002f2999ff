import { isReadExactly, type TextEncodings } from '../../sql/postgres/uncertain-names.ts';
import { decodeDataRow } from '../../wire/postgres/data-row.ts';
import { encodeQuery } from '../../wire/postgres/query.ts';

/**
 * Effective schemas in order, without the implied ones; one row each. Valid in every supported
 * version. Where new objects would be temporary and the session has none yet, the server would make
 * its schema for the mere question, which the client could notice: then the answer is `pg_temp`.
 */
export const SEARCH_PATH_QUERY: Buffer = encodeQuery(`SELECT pg_catalog.unnest(CASE
 WHEN pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.=) 0
  AND pg_catalog.current_setting('search_path') OPERATOR(pg_catalog.~*) '^ *("?[$]user"? *, *)*"?pg_temp"? *(,|$)'
 THEN '{pg_temp}'::pg_catalog.name[]
 ELSE pg_catalog.current_schemas(false) END)`);
/** No effective schema is called so: temporary ones have numbers. */
const TEMPORARY_SCHEMA_TO_COME = 'pg_temp';

/**
 * Reads the bodies of the answer's rows, which are in the client's encoding. Undefined where the path depends on a schema that is
 * still to come, or has names that cannot be read in that encoding.
 */
export function readSearchPath(
  rows: readonly Buffer[],
  encodings: TextEncodings,
): readonly string[] | undefined {
  const encoding = encodings.client === 'UTF8' ? 'utf8' : 'latin1';
  const path = rows.map((body) => decodeDataRow(body).fields[0]?.toString(encoding) ?? '');
  if (path[0] === TEMPORARY_SCHEMA_TO_COME) return undefined;
  const isRead = path.every((name) => isReadExactly(name, encodings) && !name.includes('\u{fffd}'));
  return isRead ? path : undefined;
}
