import type { NameResolver } from './name-resolver.ts';
import { constantText, type Node, plainTypeName, type TypeName } from './tree.ts';

/** `FirstNormalObjectId`: types below are built in. */
const firstUserOid = 16_384;

/** Whether the type of that OID is not built in. */
export function isUserType(oid: number): boolean {
  return oid >= firstUserOid;
}

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
  // Another session may put one before PostgreSQL's own at any moment.
  if (!names.findsBuiltInFirst) return undefined;
  const isOwn = names.catalog.findTypesByName(name).some(({ oid }) => isUserType(oid));
  return isOwn || !names.relation(undefined, name).isUnresolved ? undefined : name;
}

/** The same as {@link constantText}, also under a cast to what `text` means in the session, if that is certain. */
export function castText(names: NameResolver, node: Node | undefined): string | undefined {
  if (node === undefined || !('TypeCast' in node)) return constantText(node);
  const { typeName, arg } = node.TypeCast;
  const name = builtInTypeName(names, typeName);
  return name === 'text' || name === 'varchar' ? castText(names, arg) : undefined;
}
