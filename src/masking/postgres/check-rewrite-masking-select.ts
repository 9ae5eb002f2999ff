import type { MaskedRelation } from '../mask-plan.ts';
import type { CandidateFinder } from './check-rewrite-candidates.ts';
import type { PrescribedExpressions } from './check-rewrite-expressions.ts';
import { columnParts, isTree, listIn, openAs, type Tree, textIn } from './check-rewrite-tree.ts';

/** Columns of every table that the server keeps for itself; they hold nothing of a person. */
export const SYSTEM_COLUMNS: ReadonlySet<string> = new Set(
  'ctid xmin xmax cmin cmax tableoid'.split(' '),
);

/** A sub-select that shows a relation with its masks, and nothing else of it. */
export interface MaskingSelect {
  readonly select: Tree;
  /** What it shows, in order, the extra ones left out. */
  readonly columns: readonly string[];
  /** Names under which it shows free text or JSON as it is. */
  readonly rawNames: readonly string[];
  /** Arguments of TABLESAMPLE: they are the client's own. */
  readonly sampleArguments: unknown;
}

export interface MaskingSelectRules {
  readonly finder: CandidateFinder;
  readonly expressions: PrescribedExpressions;
  readonly isKeyed: boolean;
  /** COPY names columns in an order of its own; elsewhere they stand in the relation's, for a list of aliases goes by position. */
  readonly allowsAnyOrder: boolean;
}

interface Source {
  readonly relation: MaskedRelation;
  /** Ways in which its columns may be referred to: nothing before the name, or these parts. */
  readonly qualifiers: readonly (readonly string[])[];
  readonly sampleArguments: unknown;
}

const FIELDS: ReadonlySet<string> = new Set(['targetList', 'fromClause', 'limitOption', 'op']);

/** Reads a SELECT that is exactly what the plan prescribes for the one relation in it. Undefined for any other. */
export function findMaskingSelect(
  select: Tree,
  rules: MaskingSelectRules,
): MaskingSelect | undefined {
  if (!Object.keys(select).every((key) => FIELDS.has(key))) return undefined;
  if (select['op'] !== 'SETOP_NONE' || select['limitOption'] !== 'LIMIT_OPTION_DEFAULT') {
    return undefined;
  }
  const source = findSource(listIn(select, 'fromClause'), rules.finder);
  if (source === undefined) return undefined;

  const columns: string[] = [];
  const rawNames: string[] = [];
  const order = source.relation.relation.columns;
  let place = -1;
  for (const item of listIn(select, 'targetList')) {
    const target = openAs(item, 'ResTarget');
    if (target === undefined || target['indirection'] !== undefined) return undefined;
    const shown = shownColumn(target, source, rules);
    const extra = shown === undefined ? extraColumn(target, source) : undefined;
    // What is left out shows nothing. What is added comes last.
    const next = shown === undefined ? order.length : order.indexOf(shown);
    const isInOrder = next > place || (shown === undefined && next === place);
    if (!rules.allowsAnyOrder && !isInOrder) return undefined;
    place = next;
    if (shown !== undefined) columns.push(shown);
    else if (extra === undefined) return undefined;
    else if (extra.isRaw) rawNames.push(extra.name);
    else columns.push(extra.name);
  }
  if (rawNames.some((name) => columns.includes(name))) return undefined;
  return { select, columns, rawNames, sampleArguments: source.sampleArguments };
}

/** FROM with one relation to mask, by its qualified name, and nothing else. */
function findSource(from: readonly unknown[], finder: CandidateFinder): Source | undefined {
  const [item, ...more] = from;
  if (more.length > 0) return undefined;
  const sample = openAs(item, 'RangeTableSample');
  const range = openAs(sample?.['relation'] ?? item, 'RangeVar');
  if (range === undefined || range['catalogname'] !== undefined) return undefined;
  const schema = textIn(range, 'schemaname');
  if (schema === '') return undefined;
  const { relations, masked } = finder.findByRange(range);
  const [relation] = masked;
  if (relation === undefined || relations.length !== 1) return undefined;

  const alias = range['alias'];
  if (alias !== undefined && !isTree(alias)) return undefined;
  if (alias?.['colnames'] !== undefined) return undefined;
  const name = textIn(range, 'relname');
  const qualifiers =
    alias === undefined ? [[], [name], [schema, name]] : [[], [textIn(alias, 'aliasname')]];
  const sampleArguments = [sample?.['args'], sample?.['repeatable']];
  return { relation, qualifiers, sampleArguments };
}

/** The name of the relation's column that the item shows as it may be shown. */
function shownColumn(
  target: Tree,
  source: Source,
  { expressions, isKeyed }: MaskingSelectRules,
): string | undefined {
  const { val } = target;
  const label = textIn(target, 'name');
  const parts = columnParts(val);
  const plain = parts?.at(-1);
  const column = label === '' ? plain : label;
  if (column === undefined || !source.relation.relation.columns.includes(column)) return undefined;
  // In place of a column that nothing reads.
  if (openAs(val, 'A_Const')?.['isnull'] === true) return column;
  const masked = source.relation.columns.get(column);
  if (masked === undefined)
    return plain === column && isReference(parts, source) ? column : undefined;
  const isMask = source.qualifiers.some((qualifier) =>
    expressions.isMask(val, masked, [...qualifier, column], isKeyed),
  );
  return isMask ? column : undefined;
}

/** A system column, or free text as it is. */
function extraColumn(
  target: Tree,
  source: Source,
): { readonly name: string; readonly isRaw: boolean } | undefined {
  const parts = columnParts(target['val']);
  const column = parts?.at(-1);
  if (column === undefined || !isReference(parts, source)) return undefined;
  const name = textIn(target, 'name');
  const isOwn = source.relation.relation.columns.includes(column);
  if (!isOwn && SYSTEM_COLUMNS.has(column)) {
    return { name: name === '' ? column : name, isRaw: false };
  }
  const isInspected = source.relation.columns.get(column)?.inspect !== undefined;
  return isInspected && name !== '' ? { name, isRaw: true } : undefined;
}

function isReference(parts: readonly string[] | undefined, { qualifiers }: Source): boolean {
  const qualifier = parts?.slice(0, -1);
  return qualifiers.some(
    (one) =>
      one.length === qualifier?.length && one.every((part, index) => part === qualifier[index]),
  );
}
