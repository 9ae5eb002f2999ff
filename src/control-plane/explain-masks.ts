import type {
  ExplainedColumn,
  ExplainedOutput,
  ExplainedRefusal,
  ShownClass,
} from '../api/explanation.ts';
import { describeTarget } from '../gateway/gateway-session.ts';
import type { Policies } from '../gateway/policies.ts';
import type { ClassifiedColumn, ClassifiedRelation } from '../masking/classification.ts';
import type { Mask } from '../masking/mask.ts';
import type { MaskedRelation, MaskPlan } from '../masking/mask-plan.ts';
import { checkRewrite } from '../masking/postgres/check-rewrite.ts';
import { type Rewrite, rewriteText } from '../masking/postgres/rewrite.ts';
import type { TargetMasking } from '../masking/target-masking.ts';
import type { Catalog, CatalogRelation, NameContext } from '../sql/postgres/catalog.ts';
import type { SqlParser } from '../sql/postgres/parser.ts';
import type { Analysis } from '../sql/statement.ts';
import type { Explainable } from './explain-statement.ts';

/** What masks do to a text for the one who asks. */
export interface MaskExplanation {
  readonly sent: string | undefined;
  readonly columns: readonly ExplainedColumn[] | undefined;
  readonly shown: readonly ShownClass[] | undefined;
  /** Of each statement, where they are known. */
  readonly outputs: readonly (readonly ExplainedOutput[] | undefined)[];
  readonly refusal: ExplainedRefusal | undefined;
}

/** What a text is explained by. */
export interface MaskQuestion {
  readonly policies: Policies;
  readonly parser: SqlParser;
  readonly findMasking: (targetName: string) => TargetMasking | undefined;
  readonly question: Explainable;
  readonly catalog: Catalog;
  readonly names: NameContext;
  readonly analysis: Analysis;
}

/** A key block of a pseudonym or a date shift as SQL spells it: 64 bytes. */
const KEY_BLOCK = /[0-9a-f]{128}/giu;
/** Stands for a key block. It is no hexadecimal, so that the text fails where somebody should run it. */
const KEY_LEFT_OUT = '<key>';

/** Says which columns a text reads under which masks, and how it would be rewritten for that. */
export function explainMasks(asked: MaskQuestion): MaskExplanation {
  const { policies, findMasking, question, catalog } = asked;
  const { principal, grants, target, database, sql } = question;
  const masking = findMasking(target.name);
  if (masking === undefined) {
    const nothing = { columns: undefined, shown: undefined, outputs: [], refusal: undefined };
    return { sent: sql, ...nothing };
  }
  const classification = masking.classify(catalog);
  const scope = policies.scope(
    principal,
    describeTarget(target),
    { database, account: '' },
    grants,
  );
  const revelation = policies.reveal(scope, classification.classNames);
  const plan = masking.findPlan(catalog, revelation.shown);
  const columns = listColumns(asked, (oid) => classification.find(oid), plan);
  const known = { columns, shown: listShown(columns, revelation.shown) };
  if (plan === undefined) return { ...known, sent: sql, outputs: [], refusal: undefined };

  const rewrite = rewriteWithoutKeys(asked, withoutKeys(plan));
  if (rewrite.kind === 'refuse') {
    const { reason, hint } = rewrite;
    return { ...known, sent: undefined, outputs: [], refusal: { reason, hint } };
  }
  const outputs = rewrite.statements.map((statement) =>
    statement.outputs?.map(({ relationOid, column, masked, inspect }) => ({
      column: nameColumn(catalog.getRelation(relationOid), column),
      masked,
      inspect,
    })),
  );
  return { ...known, sent: rewrite.text, outputs, refusal: undefined };
}

/** As a session would do it, the proof included. */
function rewriteWithoutKeys(
  { parser, names, question: { sql } }: MaskQuestion,
  plan: MaskPlan,
): Rewrite {
  const rewrite = rewriteText(sql, { parser, plan, names });
  if (rewrite.kind === 'refuse') return rewrite;
  const check = checkRewrite(rewrite.text, { parser, plan, names });
  if (check.kind === 'sound') return rewrite;
  return { kind: 'refuse', reason: `masks could not be proven: ${check.reason}`, hint: '' };
}

/**
 * The plan with every key left out of its expressions before anything is written with them. What the asker's own text holds stays as
 * it is.
 */
function withoutKeys(plan: MaskPlan): MaskPlan {
  const known = new Map<number, MaskedRelation | undefined>();
  return {
    key: plan.key,
    catalog: plan.catalog,
    find(oid) {
      if (!known.has(oid)) known.set(oid, leaveKeysOut(plan.find(oid)));
      return known.get(oid);
    },
  };
}

function leaveKeysOut(relation: MaskedRelation | undefined): MaskedRelation | undefined {
  if (relation === undefined) return undefined;
  const columns = [...relation.columns].map(([name, column]) => {
    const expression = (reference: string): string =>
      column.expression(reference).replaceAll(KEY_BLOCK, KEY_LEFT_OUT);
    return [name, { ...column, expression }] as const;
  });
  return { relation: relation.relation, columns: new Map(columns) };
}

function listColumns(
  { analysis, catalog }: MaskQuestion,
  find: (oid: number) => ClassifiedRelation | undefined,
  plan: MaskPlan | undefined,
): readonly ExplainedColumn[] {
  const operations = analysis.statements.flatMap((statement) => statement.operations);
  const named = new Set(operations.flatMap(({ facts }) => facts.columns));
  const relations = new Set(operations.flatMap(({ facts }) => facts.relations));
  return [...relations]
    .toSorted()
    .flatMap((name) =>
      findRelations(catalog, name).flatMap((relation) =>
        [...(find(relation.oid)?.columns.values() ?? [])]
          .filter(({ name: column }) => named.has(`${name}.*`) || named.has(`${name}.${column}`))
          .map((column) => describeColumn(relation, column, plan)),
      ),
    );
}

/** Facts do not quote names, so a dot may be part of one. */
function findRelations(catalog: Catalog, name: string): readonly CatalogRelation[] {
  const parts = name.split('.');
  return parts.flatMap((_, index) => {
    const schema = parts.slice(0, index).join('.');
    const relation = catalog.findRelation(schema, parts.slice(index).join('.'));
    return relation ?? [];
  });
}

function describeColumn(
  relation: CatalogRelation,
  { name, classes, mask, because }: ClassifiedColumn,
  plan: MaskPlan | undefined,
): ExplainedColumn {
  const masked = plan?.find(relation.oid)?.columns.get(name);
  const seen = masked === undefined ? 'raw' : masked.inspect === undefined ? 'masked' : 'inspected';
  return { column: nameColumn(relation, name), classes, mask: nameMask(mask), seen, because };
}

function nameColumn(relation: CatalogRelation | undefined, column: string): string {
  return relation === undefined ? '' : `${relation.schema}.${relation.name}.${column}`;
}

/** As a data map names it. */
function nameMask(mask: Mask): string {
  if (mask.kind === 'bucket') return `bucket of ${mask.size}`;
  if (mask.kind !== 'partial') return mask.kind;
  const { keepStart, keepEnd } = mask;
  return keepStart === 0
    ? `last${keepEnd}`
    : `partial, ${keepStart} and ${keepEnd} characters kept`;
}

function listShown(
  columns: readonly ExplainedColumn[],
  shown: ReadonlyMap<string, readonly string[]>,
): readonly ShownClass[] {
  const classNames = new Set(columns.flatMap(({ classes }) => classes));
  return [...classNames].toSorted().flatMap((className) => {
    const policies = shown.get(className);
    return policies === undefined ? [] : { className, policies };
  });
}
