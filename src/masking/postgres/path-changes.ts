import type { Node } from '../../sql/postgres/tree.ts';
import { stringsOf } from '../../sql/postgres/tree.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import type { StatementState } from './statement-state.ts';

/** What a definition says of roles and schemas. */
interface Definition {
  readonly renameType?: string;
  readonly objtype?: string;
  readonly objectType?: string;
  readonly is_grant?: boolean;
  readonly objects?: readonly Node[];
  readonly object?: Node;
  readonly options?: readonly { readonly DefElem?: { readonly defname?: string } }[];
}

/** Options of ALTER ROLE by which it may use what it might not. */
const WIDENING: ReadonlySet<string> = new Set(['superuser', 'inherit', 'rolemembers']);

/**
 * Refuses what lets a schema come into a search path that has its name already, or "$user": sessions would not see that a name without a
 * schema means a relation there from then on, which hides what the one that it meant does not.
 *
 * @throws {RewriteRefusal}
 */
export function checkPath(statement: StatementState, kind: string, definition: Definition): void {
  if (kind === 'RenameStmt' && definition.renameType === 'OBJECT_ROLE') {
    throw new RewriteRefusal(
      'a role by another name has another "$user" in its search path, unseen by its sessions',
      'Ask someone who may see all data of this target to run it.',
    );
  }
  const schemas = openedBy(kind, definition);
  if (schemas === undefined) return;
  const { plan } = statement.text;
  for (const { oid, schema, name } of plan.catalog.listRelations()) {
    if (schemas !== 'any' && !schemas.includes(schema)) continue;
    const others = plan.catalog.findByName(name).filter((other) => other.schema !== schema);
    const shown = others.find((other) => plan.find(other.oid) === undefined);
    if (shown === undefined || plan.find(oid) === undefined) continue;
    throw new RewriteRefusal(
      `the name ${name} may come to mean ${schema}.${name} where it means ${shown.schema}.${name}, unseen by sessions`,
      'Ask someone who may see all data of this target to run it.',
    );
  }
}

/** The schemas that somebody may use from then on; undefined: none. */
function openedBy(
  kind: string,
  { objtype, objectType, is_grant: isGrant, objects = [], object, options }: Definition,
): readonly string[] | 'any' | undefined {
  const isSchema = (objtype ?? objectType) === 'OBJECT_SCHEMA';
  if (kind === 'GrantStmt') return isGrant === true && isSchema ? stringsOf(objects) : undefined;
  if (kind === 'AlterOwnerStmt') return isSchema && object ? stringsOf([object]) : undefined;
  if (kind === 'GrantRoleStmt') return isGrant === true ? 'any' : undefined;
  if (kind === 'ReassignOwnedStmt') return 'any';
  if (kind !== 'AlterRoleStmt') return undefined;
  const isWider = options?.some(({ DefElem: option }) => WIDENING.has(option?.defname ?? ''));
  return isWider === true ? 'any' : undefined;
}
