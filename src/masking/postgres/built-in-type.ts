import type { NameResolver } from '../../sql/postgres/name-resolver.ts';
import type { TypeName } from '../../sql/postgres/tree.ts';
import { plainTypeName } from '../../sql/postgres/tree.ts';
import { isUserType } from './conversion-check.ts';

/**
 * The name of a type that is certain to be PostgreSQL's own, without a modifier and no array: a value written under a cast to it is read
 * whole, by the server's own code. Anybody may make a type called `text` in `pg_temp`, which comes first, one with a length or a check.
 */
export function builtInTypeName(
  names: NameResolver,
  type: TypeName | undefined,
): string | undefined {
  const [name = '', schema, ...more] = plainTypeName(type).toReversed();
  if (more.length > 0 || name === '') return undefined;
  if (schema !== undefined) return schema === 'pg_catalog' ? name : undefined;
  const isOwn = names.catalog.findTypesByName(name).some(({ oid }) => isUserType(oid));
  return isOwn || !names.relation(undefined, name).isUnresolved ? undefined : name;
}
