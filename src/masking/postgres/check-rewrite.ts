import type { CatalogRelation, NameContext } from '../../sql/postgres/catalog.ts';
import { NameResolver } from '../../sql/postgres/name-resolver.ts';
import { findOpaqueReason } from '../../sql/postgres/opaque-functions.ts';
import type { ParsedStatement, SqlParser } from '../../sql/postgres/parser.ts';
import { readByOlder } from '../../sql/postgres/read-by-older.ts';
import { closureOf } from '../../sql/postgres/relation-closure.ts';
import type { Node } from '../../sql/postgres/tree.ts';
import type { MaskPlan } from '../mask-plan.ts';
import { CertainColumns } from './certain-columns.ts';
import { CandidateFinder } from './check-rewrite-candidates.ts';
import { PrescribedExpressions } from './check-rewrite-expressions.ts';
import { findMaskingSelect, type MaskingSelect } from './check-rewrite-masking-select.ts';
import { findRawColumnLeak } from './check-rewrite-raw-columns.ts';
import {
  HARMLESS_TO_NAMED,
  NOT_OF_RELATIONS,
  UNDERSTOOD,
  WRITES,
} from './check-rewrite-statements.ts';
import { findTargetLeak } from './check-rewrite-target.ts';
import {
  columnParts,
  forEachTree,
  isTree,
  listIn,
  namesIn,
  openAs,
  type Tree,
  textIn,
} from './check-rewrite-tree.ts';

/** UTF-8 bytes of a rewritten text that are looked at: masks make it larger than a client may send. */
const textBytesMax = 256 * 1024;

/** Whether a rewritten text may be sent. The reason names relations and kinds of nodes, never values. */
export type RewriteCheck =
  | { readonly kind: 'sound' }
  | { readonly kind: 'unsound'; readonly reason: string };

export interface RewriteCheckOptions {
  readonly parser: SqlParser;
  readonly plan: MaskPlan;
  readonly names: NameContext;
}

/**
 * Proves, without knowing how the text came about, that it reaches relations with masked columns only through sub-selects that mask
 * them as the plan prescribes, or as the targets of writes that show and test nothing of them. What it does not understand is unsound.
 */
export function checkRewrite(
  text: string,
  { parser, plan, names }: RewriteCheckOptions,
): RewriteCheck {
  const parsed = parser.parse(text, textBytesMax);
  if (parsed.kind !== 'tree') return unsound('the rewritten text does not parse');
  const effects = effectsOf(parsed.statements);
  const finder = new CandidateFinder(plan, names, effects.changed, effects.changesPath);
  const expressions = new PrescribedExpressions(parser, plan);
  const resolver = new NameResolver(plan.catalog, names);
  for (const { node } of parsed.statements) {
    const reason = new StatementCheck(finder, expressions, resolver).findLeak(node);
    if (reason !== undefined) return unsound(reason);
  }
  return { kind: 'sound' };
}

function unsound(reason: string): RewriteCheck {
  return { kind: 'unsound', reason };
}

/** What the first statements of a text may change for the names in the later ones. */
function effectsOf(statements: readonly ParsedStatement[]): {
  readonly changed: ReadonlySet<string>;
  readonly changesPath: boolean;
} {
  const changed = new Set<string>();
  let changesPath = false;
  if (statements.length < 2) return { changed, changesPath };
  for (const { node } of statements) {
    const isUtility =
      !('SelectStmt' in node) && !Object.keys(node).some((kind) => WRITES.has(kind));
    const mayChangePath = Object.keys(node).some((kind) =>
      ['VariableSetStmt', 'DiscardStmt', 'TransactionStmt', 'ExecuteStmt', 'FetchStmt'].includes(
        kind,
      ),
    );
    if (mayChangePath && !isPlainTransaction(node)) changesPath = true;
    forEachTree(node, (tree) => {
      for (const value of Object.values(tree)) {
        if (typeof value !== 'string') continue;
        if (isUtility) changed.add(value);
        if (value === 'set_config') changesPath = true;
      }
    });
  }
  return { changed, changesPath };
}

/** BEGIN and COMMIT bring no settings back; ROLLBACK may. */
function isPlainTransaction(node: unknown): boolean {
  const kind = openAs(node, 'TransactionStmt')?.['kind'];
  return kind === 'TRANS_STMT_BEGIN' || kind === 'TRANS_STMT_START' || kind === 'TRANS_STMT_COMMIT';
}

/** Names of common table expressions, innermost first. */
interface CteScope {
  readonly names: ReadonlySet<string>;
  readonly outer: CteScope | undefined;
}

interface Surroundings {
  readonly ctes: CteScope | undefined;
  /** Whether masks may have keys in them: not where the text is shown or stored. */
  readonly isKeyed: boolean;
  /** In a definition: a name may be of something new, and strings may name relations. */
  readonly isDefinition: boolean;
}

const OUTERMOST: Surroundings = { ctes: undefined, isKeyed: true, isDefinition: false };

/** Walks every node of one statement, also those of kinds that it has never heard of. */
class StatementCheck {
  readonly #finder: CandidateFinder;
  readonly #expressions: PrescribedExpressions;
  readonly #resolver: NameResolver;
  readonly #rawSources: MaskingSelect[] = [];
  #statement: unknown;
  #certainColumns: CertainColumns | undefined;
  #reason: string | undefined;

  constructor(finder: CandidateFinder, expressions: PrescribedExpressions, resolver: NameResolver) {
    this.#finder = finder;
    this.#expressions = expressions;
    this.#resolver = resolver;
  }

  findLeak(statement: unknown): string | undefined {
    this.#statement = statement;
    const execution = openAs(statement, 'ExecuteStmt');
    this.#visit(execution ?? statement, OUTERMOST);
    if (this.#reason === undefined && this.#rawSources.length > 0) {
      this.#reason = findRawColumnLeak(statement, this.#rawSources);
    }
    return this.#reason;
  }

  #fail(reason: string): void {
    this.#reason ??= reason;
  }

  #visit(value: unknown, around: Surroundings): void {
    if (this.#reason !== undefined) return;
    if (Array.isArray(value)) {
      for (const item of value) this.#visit(item, around);
      return;
    }
    if (!isTree(value)) return;
    if (typeof value['relname'] === 'string') this.#visitRange(value, around);
    else if (value['limitOption'] !== undefined && value['op'] !== undefined) {
      this.#visitSelect(value, around);
    } else {
      if (Array.isArray(value['funcname'])) this.#checkFunction(namesIn(value['funcname']) ?? []);
      for (const [key, child] of Object.entries(value)) this.#visitField(key, child, around);
    }
  }

  /** A field of a node, or the kind of one: kinds begin with a capital. */
  #visitField(key: string, child: unknown, around: Surroundings): void {
    if (key.endsWith('Stmt') && isTree(child) && key !== 'SelectStmt' && /^[A-Z]/.test(key)) {
      this.#visitStatement(key, child, around);
      return;
    }
    if (isTree(child)) this.#checkOlder({ [key]: child } as unknown as Node);
    // It names what stands in FROM, by its alias.
    if (key === 'LockingClause') return;
    if (key === 'ColumnRef') {
      const parts = columnParts({ ColumnRef: child }) ?? [];
      this.#checkCallOfRow(parts.slice(1), parts.at(-2));
    }
    if (key === 'A_Indirection' && isTree(child)) {
      const fields = listIn(child, 'indirection').map((item) => openAs(item, 'String'));
      this.#checkCallOfRow(fields.map((field) => textIn(field ?? {}, 'sval')));
    }
    if (key === 'A_Expr' && isTree(child))
      this.#checkOperator(namesIn(listIn(child, 'name')) ?? []);
    if (key === 'operName' || key === 'useOp') {
      this.#checkOperator(namesIn(Array.isArray(child) ? child : []) ?? []);
    }
    if (around.isDefinition && Array.isArray(child) && !NOT_OF_RELATIONS.has(key)) {
      this.#checkNames(namesIn(child) ?? []);
    }
    this.#visit(child, around);
  }

  #visitSelect(select: Tree, around: Surroundings): void {
    const inQuery = { ...around, isDefinition: false };
    const masking = findMaskingSelect(select, {
      finder: this.#finder,
      expressions: this.#expressions,
      isKeyed: around.isKeyed,
      allowsAnyOrder: false,
    });
    if (masking !== undefined) {
      if (masking.rawNames.length > 0) this.#rawSources.push(masking);
      this.#visit(masking.sampleArguments, inQuery);
      return;
    }
    const { withClause, intoClause, ...rest } = select;
    const ctes = this.#visitWith(withClause, inQuery);
    // The table that SELECT INTO makes is new: its name reads nothing.
    this.#visitCreated(intoClause, inQuery);
    for (const [key, child] of Object.entries(rest)) {
      this.#visitField(key, child, { ...inQuery, ctes });
    }
  }

  /** A CTE is in sight of those after it and of the query; under RECURSIVE, of all of them. */
  #visitWith(clause: unknown, around: Surroundings): CteScope | undefined {
    if (!isTree(clause)) return around.ctes;
    const expressions = listIn(clause, 'ctes').map((item) => openAs(item, 'CommonTableExpr') ?? {});
    const all = new Set(expressions.map((expression) => textIn(expression, 'ctename')));
    const whole: CteScope = { names: all, outer: around.ctes };
    let ctes = clause['recursive'] === true ? whole : around.ctes;
    for (const expression of expressions) {
      this.#visit(expression, { ...around, ctes });
      if (clause['recursive'] !== true) {
        ctes = { names: new Set([textIn(expression, 'ctename')]), outer: ctes };
      }
    }
    return whole;
  }

  #visitStatement(kind: string, body: Tree, around: Surroundings): void {
    const inQuery = { ...around, isDefinition: false };
    if (WRITES.has(kind)) this.#visitWrite(kind, body, inQuery);
    else if (kind === 'ExplainStmt' || kind === 'ViewStmt') {
      const { view, ...rest } = body;
      if (body['replace'] === true) this.#visit(view, { ...around, isDefinition: true });
      this.#visit(rest, { ...inQuery, isKeyed: false });
    } else if (kind === 'CreateTableAsStmt') {
      const { into, ...rest } = body;
      this.#visitCreated(into, inQuery);
      const isStored = body['objtype'] !== 'OBJECT_TABLE';
      this.#visit(rest, { ...inQuery, isKeyed: inQuery.isKeyed && !isStored });
    } else if (kind === 'CopyStmt') this.#visitCopy(body, inQuery);
    else if (kind === 'DeclareCursorStmt' || kind === 'PrepareStmt') this.#visit(body, inQuery);
    else if (HARMLESS_TO_NAMED.has(kind)) return;
    else if (kind === 'CallStmt') this.#visitCall(body, inQuery);
    else if (UNDERSTOOD.has(kind)) this.#visitDefinition(kind, body, around);
    else this.#fail(`${kind} may not be run`);
  }

  #visitDefinition(kind: string, body: Tree, around: Surroundings): void {
    // Data maps know schemas by their names: another name would hold nothing to mask.
    if (kind === 'RenameStmt' && body['renameType'] === 'OBJECT_SCHEMA') {
      return this.#fail('a schema is renamed');
    }
    const isCreation = kind === 'CreateStmt' || kind === 'CreateSeqStmt';
    const { relation: _relation, sequence: _sequence, ...rest } = body;
    const inner = { ...around, isDefinition: true };
    this.#visit(isCreation ? rest : body, inner);
  }

  #visitWrite(kind: string, body: Tree, around: Surroundings): void {
    const { relation, withClause, ...rest } = body;
    const ctes = this.#visitWith(withClause, around);
    if (!isTree(relation)) return this.#fail(`${kind} without a relation`);
    const { relations, masked, isUnknown } = this.#finder.findByRange(relation);
    if (isUnknown) return this.#fail('a relation is written that is not known');
    const returning = body['returningClause'] ?? body['returningList'];
    if (returning !== undefined) this.#checkReturning(relations);
    for (const one of masked) {
      const leak = findTargetLeak(kind, body, {
        masked: one,
        range: relation,
        finder: this.#finder,
        expressions: this.#expressions,
        isKeyed: around.isKeyed,
      });
      if (leak !== undefined) this.#fail(leak);
    }
    this.#visit(rest, { ...around, ctes });
  }

  /** A rule may show anything in place of what is written. */
  #checkReturning(relations: readonly CatalogRelation[]): void {
    const { catalog } = this.#resolver;
    const isRuled = relations.some((one) =>
      closureOf(catalog, one, true).relations.some(({ returnsByRule }) => returnsByRule === true),
    );
    if (isRuled) this.#fail('RETURNING shows what a rule says');
  }

  #visitCopy(body: Tree, around: Surroundings): void {
    const { relation, query, ...rest } = body;
    if (typeof body['filename'] === 'string' || body['is_program'] === true) {
      return this.#fail('COPY reads or writes files of the server');
    }
    this.#visit(rest, around);
    if (isTree(relation)) this.#visitCopied(relation, body, around);
    const select = openAs(query, 'SelectStmt');
    const masking =
      select === undefined
        ? undefined
        : findMaskingSelect(select, {
            finder: this.#finder,
            expressions: this.#expressions,
            isKeyed: around.isKeyed,
            allowsAnyOrder: true,
          });
    if (masking === undefined) return this.#visit(query, around);
    if (masking.rawNames.length > 0) return this.#fail('COPY shows raw free text');
    this.#visit(masking.sampleArguments, around);
  }

  /** COPY FROM writes; its WHERE sees the rows that come, not those that are there. */
  #visitCopied(relation: Tree, body: Tree, around: Surroundings): void {
    const { masked, isUnknown } = this.#finder.findByRange(relation);
    if (isUnknown) this.#fail('a relation is copied that is not known');
    const [first] = masked;
    if (first === undefined) return;
    if (body['is_from'] !== true) this.#fail(`COPY shows ${first.relation.name}`);
    else this.#visit(body['whereClause'], around);
  }

  #visitCall(body: Tree, around: Surroundings): void {
    const call = isTree(body['funccall']) ? body['funccall'] : {};
    const names = namesIn(listIn(call, 'funcname')) ?? [];
    const [name, schema] = [names.at(-1) ?? '', names.at(-2)];
    const candidates = this.#resolver
      .function(schema, name)
      .names.filter((one) => !one.startsWith('pg_catalog.'));
    if (candidates.length === 0 || !candidates.every((one) => this.#resolver.isAllowed(one))) {
      return this.#fail('CALL runs code that the statement does not show');
    }
    this.#visit(call['args'], around);
  }

  /** The new relation of CREATE TABLE AS, SELECT INTO and CREATE MATERIALIZED VIEW. */
  #visitCreated(into: unknown, around: Surroundings): void {
    if (!isTree(into)) return;
    const { rel: _rel, ...rest } = into;
    this.#visit(rest, around);
  }

  /** A relation that is named where this check has accepted no masking sub-select. */
  #visitRange(range: Tree, around: Surroundings): void {
    const name = textIn(range, 'relname');
    if (!around.isDefinition && textIn(range, 'schemaname') === '' && isCte(around.ctes, name)) {
      return;
    }
    const { masked, isUnknown } = this.#finder.findByRange(range);
    const [first] = masked;
    if (first !== undefined) {
      this.#fail(`${first.relation.schema}.${first.relation.name} is reached past its masks`);
    } else if (isUnknown && !around.isDefinition)
      this.#fail('a relation is read that is not known');
    this.#visit(range['alias'], around);
  }

  /** Strings in definitions, each of which may be a relation's name, qualified by the one before it. */
  #checkNames(names: readonly string[]): void {
    for (const [index, name] of names.entries()) {
      const schema = index === 0 ? '' : (names[index - 1] ?? '');
      const [first] = this.#finder.find(schema, name).masked;
      if (first !== undefined) this.#fail(`a definition names ${first.relation.name}`);
    }
  }

  #checkFunction(names: readonly string[]): void {
    const [name, schema] = [names.at(-1) ?? '', names.at(-2)];
    const resolved = this.#resolver.function(schema, name);
    if (resolved.names.length > 0 && resolved.names.every((one) => this.#resolver.isAllowed(one)))
      return;
    if (resolved.isOpaque) this.#fail('a function is called that is not built in');
    else if (findOpaqueReason(name) !== undefined)
      this.#fail(`${name} may read more than its arguments`);
  }

  /** A word that the server does not have is a name there. */
  #checkOlder(node: Node): void {
    const reading = readByOlder(node, this.#resolver.catalog.serverVersion);
    if (reading?.kind === 'column') this.#fail(`${reading.name} is a column to this server`);
    else if (reading !== undefined) this.#checkFunction([reading.name]);
  }

  /** `OPERATOR(app.=)` runs a function that anyone may have written. */
  #checkOperator(names: readonly string[]): void {
    const [name = '', schema] = [names.at(-1), names.at(-2)];
    if (schema === undefined || schema === 'pg_catalog') return;
    if (!this.#resolver.isAllowed(`${schema}.${name}`)) this.#fail('an operator is not built in');
  }

  /**
   * `p.f` and `(p).f` call f(p) if p has no column f.
   *
   * @param alias What the last of the names is said to be of, where that is the alias of a row.
   */
  #checkCallOfRow(names: readonly string[], alias?: string): void {
    for (const [index, name] of names.entries()) {
      if (name === '' || name === '*') continue;
      const isUserCode = this.#resolver.catalog.userFunctionSchemas(name).length > 0;
      if (!isUserCode && findOpaqueReason(name) === undefined) continue;
      const isColumn =
        alias !== undefined && index === names.length - 1 && this.#certain().has(alias, name);
      if (!isColumn) this.#checkFunction([name]);
    }
  }

  #certain(): CertainColumns {
    this.#certainColumns ??= new CertainColumns(this.#statement, this.#finder);
    return this.#certainColumns;
  }
}

function isCte(scope: CteScope | undefined, name: string): boolean {
  for (let current = scope; current !== undefined; current = current.outer) {
    if (current.names.has(name)) return true;
  }
  return false;
}
