import type { Node, RangeVar } from 'libpg-query';
import type { SqlAction } from '../statement.ts';
import { classifySetting } from './settings.ts';
import type { OperationBuilder, StatementBuilder } from './statement-builder.ts';
import type { StatementHandlers, StatementWalk } from './statement-walk.ts';
import { constantText, isRangeVar, type NodeKind, splitName, stringsOf } from './tree.ts';
import { noteRelation, rangeVars } from './utility-statements.ts';

type DefinitionAction = Extract<SqlAction, 'sql.create' | 'sql.alter' | 'sql.drop'>;

/** Definitions with nothing special about them: action, kind of object, and the field that names the object. */
const PLAIN: Readonly<
  Partial<Record<NodeKind, readonly [action: DefinitionAction, objectKind: string, field: string]>>
> = {
  CreateDomainStmt: ['sql.create', 'domain', 'domainname'],
  CreateEnumStmt: ['sql.create', 'type', 'typeName'],
  CreateRangeStmt: ['sql.create', 'type', 'typeName'],
  CompositeTypeStmt: ['sql.create', 'type', 'typevar'],
  CreateStatsStmt: ['sql.create', 'statistics', 'defnames'],
  CreateOpClassStmt: ['sql.create', 'operator class', 'opclassname'],
  CreateOpFamilyStmt: ['sql.create', 'operator family', 'opfamilyname'],
  CreateConversionStmt: ['sql.create', 'conversion', 'conversion_name'],
  CreateCastStmt: ['sql.create', 'cast', 'targettype'],
  CreateTransformStmt: ['sql.create', 'transform', 'type_name'],
  CreateAmStmt: ['sql.create', 'access method', 'amname'],
  CreatePLangStmt: ['sql.create', 'language', 'plname'],
  CreateEventTrigStmt: ['sql.create', 'event trigger', 'trigname'],
  CreateFdwStmt: ['sql.create', 'foreign data wrapper', 'fdwname'],
  CreateForeignServerStmt: ['sql.create', 'server', 'servername'],
  CreateUserMappingStmt: ['sql.create', 'user mapping', 'servername'],
  CreatePublicationStmt: ['sql.create', 'publication', 'pubname'],
  CreateSubscriptionStmt: ['sql.create', 'subscription', 'subname'],
  CreateRoleStmt: ['sql.create', 'role', 'role'],
  CreatedbStmt: ['sql.create', 'database', 'dbname'],
  CreateTableSpaceStmt: ['sql.create', 'tablespace', 'tablespacename'],
  AlterDomainStmt: ['sql.alter', 'domain', 'typeName'],
  AlterEnumStmt: ['sql.alter', 'type', 'typeName'],
  AlterTypeStmt: ['sql.alter', 'type', 'typeName'],
  AlterStatsStmt: ['sql.alter', 'statistics', 'defnames'],
  AlterOpFamilyStmt: ['sql.alter', 'operator family', 'opfamilyname'],
  AlterOperatorStmt: ['sql.alter', 'operator', 'opername'],
  AlterCollationStmt: ['sql.alter', 'collation', 'collname'],
  AlterTSDictionaryStmt: ['sql.alter', 'text search dictionary', 'dictname'],
  AlterTSConfigurationStmt: ['sql.alter', 'text search configuration', 'cfgname'],
  AlterFunctionStmt: ['sql.alter', 'function', 'func'],
  AlterEventTrigStmt: ['sql.alter', 'event trigger', 'trigname'],
  AlterFdwStmt: ['sql.alter', 'foreign data wrapper', 'fdwname'],
  AlterForeignServerStmt: ['sql.alter', 'server', 'servername'],
  AlterUserMappingStmt: ['sql.alter', 'user mapping', 'servername'],
  AlterPublicationStmt: ['sql.alter', 'publication', 'pubname'],
  AlterSubscriptionStmt: ['sql.alter', 'subscription', 'subname'],
  AlterRoleStmt: ['sql.alter', 'role', 'role'],
  AlterDatabaseStmt: ['sql.alter', 'database', 'dbname'],
  AlterDatabaseRefreshCollStmt: ['sql.alter', 'database', 'dbname'],
  AlterTableSpaceOptionsStmt: ['sql.alter', 'tablespace', 'tablespacename'],
  AlterTableMoveAllStmt: ['sql.alter', 'tablespace', 'orig_tablespacename'],
  ReassignOwnedStmt: ['sql.alter', 'role', 'roles'],
  DropOwnedStmt: ['sql.drop', 'role', 'roles'],
  DropRoleStmt: ['sql.drop', 'role', 'roles'],
  DropdbStmt: ['sql.drop', 'database', 'dbname'],
  DropTableSpaceStmt: ['sql.drop', 'tablespace', 'tablespacename'],
  DropSubscriptionStmt: ['sql.drop', 'subscription', 'subname'],
  DropUserMappingStmt: ['sql.drop', 'user mapping', 'servername'],
};

/** Kinds of objects that live in no schema. */
const UNQUALIFIED: ReadonlySet<string> = new Set([
  ...[
    'access method',
    'cast',
    'database',
    'event trigger',
    'extension',
    'foreign data wrapper',
    'language',
    'large object',
  ],
  ...[
    'parameter',
    'publication',
    'role',
    'schema',
    'server',
    'subscription',
    'tablespace',
    'transform',
    'user mapping',
  ],
]);

/** `OBJECT_…` names that do not read as people say them. */
const OBJECT_KINDS: Readonly<Record<string, string>> = {
  MATVIEW: 'materialized view',
  FDW: 'foreign data wrapper',
  FOREIGN_SERVER: 'server',
  STATISTIC_EXT: 'statistics',
  TSCONFIGURATION: 'text search configuration',
  TSDICTIONARY: 'text search dictionary',
  TSPARSER: 'text search parser',
  TSTEMPLATE: 'text search template',
  TABCONSTRAINT: 'constraint',
  DOMCONSTRAINT: 'constraint',
  OPCLASS: 'operator class',
  OPFAMILY: 'operator family',
  LARGEOBJECT: 'large object',
  PARAMETER_ACL: 'parameter',
  DEFACL: 'default privileges',
};

/** Kinds of objects that are relations, and those whose name ends a relation's. */
const RELATION_KINDS: ReadonlySet<string> = new Set([
  'table',
  'view',
  'materialized view',
  'sequence',
  'index',
  'foreign table',
]);
const PARTS_OF_RELATIONS: ReadonlySet<string> = new Set([
  'column',
  'constraint',
  'trigger',
  'rule',
  'policy',
]);

/** Kinds of objects that others are part of: partitions, sequences of columns, what an extension brought. */
const HOLDERS: ReadonlySet<string> = new Set(['table', 'foreign table', 'extension']);

/** Kind of object as facts and commands name it: `OBJECT_TABLE` is `table`. */
export function objectKindOf(objectType: string | undefined): string {
  const plain = (objectType ?? 'OBJECT_').replace('OBJECT_', '');
  return OBJECT_KINDS[plain] ?? plain.toLowerCase().replaceAll('_', ' ');
}

/** Starts a definition's operation. */
export function define(
  builder: StatementBuilder,
  action: DefinitionAction,
  objectKind: string,
): OperationBuilder {
  builder.effects.catalogChanged = true;
  // What the path finds, or where "$user" leads, may be another schema now.
  if (objectKind === 'schema') builder.effects.searchPath = 'unknown';
  const verb = action.slice('sql.'.length).toUpperCase();
  return builder.operation(action, `${verb} ${objectKind.toUpperCase()}`, objectKind);
}

/** Notes a name that the statement gives a meaning, or takes one from. */
export function noteDefined(
  builder: StatementBuilder,
  operation: OperationBuilder,
  schema: string | undefined,
  name: string,
): string {
  const qualified = UNQUALIFIED.has(operation.objectKind)
    ? name
    : builder.names.objectName(schema, name);
  operation.objects.add(qualified);
  builder.effects.created.push({ schema: schema ?? builder.names.creationSchema(), name });
  return qualified;
}

/** Notes that relations go with what is dropped or moved which the statement does not name: views, partitions, sequences. */
export function noteDependents(builder: StatementBuilder): void {
  builder.effects.created.push({ schema: undefined, name: '' });
}

/** Handles the definitions of the plain table. False if `kind` is not among them. */
export function walkPlainDefinition(kind: NodeKind, body: object, walk: StatementWalk): boolean {
  const plain = PLAIN[kind];
  if (plain === undefined) return false;
  const [action, objectKind, field] = plain;
  const operation = define(walk.builder, action, objectKind);
  const { [field]: named, ...rest } = body as Record<string, unknown>;
  for (const parts of namesOf(named)) {
    const { schema, name } = splitName(parts);
    noteDefined(walk.builder, operation, schema, name);
  }
  if (kind === 'DropOwnedStmt') noteDependents(walk.builder);
  walk.queries.walkExpressions(rest, operation);
  return true;
}

/** Statements about objects of any kind: drop, rename, move, own, comment, grant. */
export const objectStatements: StatementHandlers = {
  DropStmt: ({ removeType, objects = [], behavior }, { builder }) => {
    const operation = define(builder, 'sql.drop', objectKindOf(removeType));
    // What depends on them goes too, and is not named.
    if (behavior === 'DROP_CASCADE') operation.ambiguous = true;
    if (behavior === 'DROP_CASCADE' || HOLDERS.has(operation.objectKind)) noteDependents(builder);
    for (const object of objects) noteObject(builder, operation, object);
  },
  RenameStmt: ({ renameType, relation, object, newname, subname }, { builder }) => {
    const operation = define(builder, 'sql.alter', objectKindOf(renameType));
    noteSubject(builder, operation, relation, object);
    if (newname === undefined || (relation !== undefined && subname !== undefined)) return;
    const schema = relation?.schemaname ?? splitName(namesOf(object)[0] ?? []).schema;
    builder.effects.created.push({ schema, name: newname });
  },
  AlterObjectSchemaStmt: ({ objectType, relation, object, newschema }, { builder }) => {
    const operation = define(builder, 'sql.alter', objectKindOf(objectType));
    noteSubject(builder, operation, relation, object);
    const name = relation?.relname ?? splitName(namesOf(object)[0] ?? []).name;
    builder.effects.created.push({ schema: newschema, name });
    noteDependents(builder);
  },
  AlterOwnerStmt: ({ objectType, relation, object }, { builder }) => {
    noteSubject(builder, define(builder, 'sql.alter', objectKindOf(objectType)), relation, object);
  },
  AlterObjectDependsStmt: ({ objectType, relation, object }, { builder }) => {
    noteSubject(builder, define(builder, 'sql.alter', objectKindOf(objectType)), relation, object);
  },
  CommentStmt: ({ objtype, object }, { builder }) => {
    noteSubject(
      builder,
      builder.operation('sql.comment', 'COMMENT', objectKindOf(objtype)),
      undefined,
      object,
    );
  },
  SecLabelStmt: ({ objtype, object }, { builder }) => {
    noteSubject(
      builder,
      builder.operation('sql.comment', 'SECURITY LABEL', objectKindOf(objtype)),
      undefined,
      object,
    );
  },
  GrantStmt: ({ is_grant: isGrant, objtype, objects = [], targtype }, { builder }) => {
    const operation = grantOperation(builder, isGrant, objectKindOf(objtype));
    for (const range of rangeVars(objects)) noteRelation(builder, operation, 'writes', range);
    for (const object of objects) {
      if ('RangeVar' in object) continue;
      const suffix = targtype === 'ACL_TARGET_ALL_IN_SCHEMA' ? '.*' : '';
      for (const parts of namesOf(object)) operation.objects.add(`${parts.join('.')}${suffix}`);
    }
  },
  GrantRoleStmt: ({ is_grant: isGrant, granted_roles: roles = [] }, { builder }) => {
    const operation = grantOperation(builder, isGrant, 'role');
    for (const node of roles)
      if ('AccessPriv' in node) operation.objects.add(node.AccessPriv.priv_name ?? '');
  },
  AlterDefaultPrivilegesStmt: ({ action }, { builder }) => {
    grantOperation(builder, action?.is_grant, 'default privileges').objects.add(
      objectKindOf(action?.objtype),
    );
  },
  AlterRoleSetStmt: ({ role, setstmt }, { builder }) => {
    noteDefined(builder, define(builder, 'sql.alter', 'role'), undefined, role?.rolename ?? 'all');
    noteFutureSetting(builder, setstmt?.name, setstmt?.args);
  },
  AlterDatabaseSetStmt: ({ dbname = '', setstmt }, { builder }) => {
    noteDefined(builder, define(builder, 'sql.alter', 'database'), undefined, dbname);
    noteFutureSetting(builder, setstmt?.name, setstmt?.args);
  },
};

function grantOperation(
  builder: StatementBuilder,
  isGrant: boolean | undefined,
  objectKind: string,
): OperationBuilder {
  return isGrant === true
    ? builder.operation('sql.grant', 'GRANT', objectKind)
    : builder.operation('sql.revoke', 'REVOKE', objectKind);
}

/** A setting for sessions to come, the gateway's own among them. */
function noteFutureSetting(
  builder: StatementBuilder,
  name: string | undefined,
  args: readonly Node[] | undefined,
): void {
  if (name === undefined) return;
  const action = classifySetting(name, args?.length === 1 ? constantText(args[0]) : undefined);
  if (action !== 'sql.set') builder.operation(action, 'ALTER').objects.add(name.toLowerCase());
}

function noteSubject(
  builder: StatementBuilder,
  operation: OperationBuilder,
  relation: RangeVar | undefined,
  object: Node | undefined,
): void {
  if (relation !== undefined) {
    noteRelation(builder, operation, 'writes', relation);
    builder.effects.created.push({ schema: relation.schemaname, name: relation.relname ?? '' });
  } else if (object !== undefined) noteObject(builder, operation, object);
}

/** Notes an object that is named as a list of parts. */
function noteObject(builder: StatementBuilder, operation: OperationBuilder, object: Node): void {
  const kind = operation.objectKind;
  for (const parts of namesOf(object)) {
    const isPart = PARTS_OF_RELATIONS.has(kind);
    const { schema, name } = splitName(isPart ? parts.slice(0, -1) : parts);
    if (isPart || RELATION_KINDS.has(kind)) {
      noteRelation(builder, operation, 'writes', {
        schemaname: schema,
        relname: name,
        inh: true,
      } as RangeVar);
      if (!isPart) builder.effects.created.push({ schema, name });
    } else noteDefined(builder, operation, schema, name);
  }
}

/** Every way in which the tree spells names: a string, lists of them, a RangeVar, a role, a type, a function. */
function namesOf(value: unknown): readonly (readonly string[])[] {
  if (typeof value === 'string') return [[value]];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) {
    const strings = stringsOf(value as Node[]);
    return strings.length > 0 ? [strings] : value.flatMap(namesOf);
  }
  if (isRangeVar(value))
    return [
      value.schemaname === undefined
        ? [value.relname ?? '']
        : [value.schemaname, value.relname ?? ''],
    ];
  const { sval, rolename, objname, names, items, ...node } = value as Record<string, unknown>;
  const direct = sval ?? rolename ?? objname ?? names ?? items;
  if (direct !== undefined) return namesOf(direct);
  const [inner] = Object.values(node);
  return typeof inner === 'object' ? namesOf(inner) : [];
}
