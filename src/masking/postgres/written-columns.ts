import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import { closureOf } from '../../sql/postgres/relation-closure.ts';
import type { OnConflictClause } from '../../sql/postgres/tree.ts';
import type { ColumnSource } from '../classify-lineage.ts';
import type { MaskedColumn, MaskPlan, ViewComparison } from '../mask-plan.ts';
import type { Assigned } from './assigned-columns.ts';
import { anyType } from './conversion-check.ts';
import { checkDefaults, checkTested, hiddenDefaultsOf } from './defaults-of-rows.ts';
import { withGenerated } from './generated-columns.ts';
import { hiddenColumnsOf } from './hidden-references.ts';
import { checkDeleted, checkReferred, followersOf } from './referred-rows.ts';
import type { FoundRelation } from './relation-lookup.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import { checkGeneratedStandIns, checkStandIns, isShifted } from './stand-ins.ts';
import type { StatementState } from './statement-state.ts';

/**
 * Refuses to write a masked column where the server would tell whether the value is there already: one of a unique key, or of a
 * foreign key. DEFAULT chooses no value: it is written as where the column is left out of a new row.
 *
 * @throws {RewriteRefusal}
 */
export function checkWritten(
  statement: StatementState,
  { relation, masked }: FoundRelation,
  { isUpdate, names, count, defaults, someDefaults = defaults, parts }: Assigned,
): void {
  const { plan } = statement.text;
  if (relation === undefined) {
    statement.writtenTypes.add(anyType);
    return;
  }
  const columns = names ?? relation.columns.slice(0, count);
  const family = closureOf(plan.catalog, relation, true).relations;
  const isHidden = (column: string): boolean => masked?.columns.has(column) === true;
  const values = columns.filter((_, index) => !defaults.has(index));
  const written = withGenerated(family, columns);
  // What is computed from columns that all can be seen tells nothing that they do not.
  const isSecret = (sources: readonly string[]): boolean => sources.some(isHidden);
  const chosen = withGenerated(family, values, isSecret);
  const overwritten = [...withGenerated(family, columns, isSecret)];
  // DEFAULT that nobody is shown stands beside the rest of the row as what is there does.
  const unseen = hiddenDefaultsOf(plan, family);
  const whole = new Set(columns.filter((one, at) => !someDefaults.has(at) || !unseen.has(one)));
  const isWhole = (sources: readonly string[]): boolean => sources.every((one) => whole.has(one));
  const changes = { family, written, whole: withGenerated(family, [...whole], isWhole) };
  // A view may show any column that is not hidden, by another name.
  const valuesIn = (one: CatalogRelation): readonly string[] =>
    relation.kind !== 'v' || one === relation
      ? values
      : one.columns.filter((column) => plan.find(one.oid)?.columns.has(column) !== true);
  const qualified = `${relation.schema}.${relation.name}`;
  if (isUpdate && overwritten.some(isHidden)) statement.overwritesMasked = true;
  // The rest of an array, a row or a document decides whether the part fits, and whether a check holds.
  const part = columns.find((column) => isHidden(column) && parts?.has(column) === true);
  if (part !== undefined) {
    throw new RewriteRefusal(
      `it writes a part of ${qualified}.${part}, which is masked: the outcome would tell about the rest`,
      'Write the whole column, or ask for the right to see it.',
    );
  }
  for (const column of chosen) {
    const isView = relation.kind === 'v' || relation.kind === 'f';
    const isKey = family.some((one) => mayBeUnique(one, column));
    if (isHidden(column) && (isView || isKey)) throw refuseUnique(qualified, column);
  }
  // In a row that is there, the shift of now() tells that of the row's other dates.
  const isShown = (column: string): boolean => isUpdate && isShifted(masked?.columns.get(column));
  checkStandIns(qualified, masked, [...chosen, ...overwritten.filter(isShown)]);
  // New rows of a table that is not partitioned do not go to its children.
  const beneath = isUpdate || relation.kind !== 'r' ? family.filter((one) => one !== relation) : [];
  for (const one of [relation, ...beneath]) {
    const isBehindView = relation.kind === 'v' && one !== relation;
    checkGeneratedStandIns(plan, one, valuesIn(one), isBehindView);
  }
  for (const one of beneath) checkGenerated(statement, one, { isUpdate, values: valuesIn(one) });
  for (const { name, typeOid } of family.flatMap(({ attributes }) => attributes)) {
    // A row that is new has a value in every column.
    if (!isUpdate || written.has(name)) statement.writtenTypes.add(typeOid);
  }
  const given = withGenerated(family, values);
  checkCompared(statement, relation, { ...changes, written: isUpdate ? written : given, isUpdate });
  if (isUpdate) {
    checkTogether(statement, relation, changes);
    checkMoved(statement, relation, changes);
    checkPatients(statement, relation, changes);
    const isChanged = (column: string): boolean => relation.kind === 'v' || written.has(column);
    checkReferred(statement, family, { deed: 'changes', isChanged });
    checkFollowing(statement, family, isChanged, new Set());
  } else {
    for (const one of [relation, ...beneath]) {
      checkDefaults(plan, one);
      checkTested(plan, one, { chosen: valuesIn(one), whole: changes.whole, target: relation });
    }
  }
  for (const one of family)
    checkReferring(statement, one, withGenerated([one], [...valuesIn(one), ...given]));
}

/**
 * Refuses what a write of these columns may not do where the server does it: foreign keys that follow what they refer to are given the same
 * values, or NULL, or their default.
 */
function checkFollowing(
  statement: StatementState,
  family: readonly CatalogRelation[],
  isChanged: (column: string) => boolean,
  seen: Set<string>,
): void {
  const { catalog } = statement.text.plan;
  for (const { relation, key } of followersOf(catalog, family)) {
    const { columns, referencedColumns, onUpdate } = key;
    const changed = columns.filter((_, index) => isChanged(referencedColumns[index] ?? ''));
    if (onUpdate === undefined || changed.length === 0) continue;
    const given = onUpdate === 'cascade' ? changed : columns;
    checkFollower(statement, relation, { columns: given, names: 'others' }, seen);
    if (onUpdate !== 'cascade') continue;
    for (const one of closureOf(catalog, relation, true).relations)
      checkGeneratedStandIns(statement.text.plan, one, given);
  }
}

/** Columns that the server gives other values; patients whom they name are others from then on, or nobody. */
interface Followed {
  readonly columns: readonly string[];
  readonly names: 'others' | 'nobody';
}

function checkFollower(
  statement: StatementState,
  relation: CatalogRelation,
  { columns, names }: Followed,
  seen: Set<string>,
): void {
  const id = JSON.stringify([relation.oid, columns, names]);
  if (seen.has(id)) return;
  seen.add(id);
  const { relations: own } = closureOf(statement.text.plan.catalog, relation, true);
  const given = new Set(columns);
  const isWhole = (sources: readonly string[]): boolean => sources.every((one) => given.has(one));
  const written = withGenerated(own, columns);
  const changes = { family: own, written, whole: withGenerated(own, columns, isWhole) };
  checkCompared(statement, relation, { ...changes, isUpdate: true });
  checkTogether(statement, relation, changes);
  checkMoved(statement, relation, changes);
  // Dates of nobody are shown by their year alone.
  if (names === 'others') checkPatients(statement, relation, changes);
  const isChanged = (column: string): boolean => written.has(column);
  checkReferred(statement, own, { deed: 'changes', isChanged });
  checkFollowing(statement, own, isChanged, seen);
}

/**
 * Refuses to delete rows where that may not be done by itself, or where what refers to them is given NULL, or its default, beside hidden
 * values.
 *
 * @throws {RewriteRefusal}
 */
export function checkDeletion(statement: StatementState, found: FoundRelation): void {
  const deleted = [...checkDeleted(statement, found)];
  const seen = new Set<string>();
  for (const { relation, key } of followersOf(statement.text.plan.catalog, deleted)) {
    const { onDelete, columns, resetOnDelete = columns } = key;
    if (onDelete !== 'null' && onDelete !== 'default') continue;
    const names = onDelete === 'null' ? 'nobody' : 'others';
    checkFollower(statement, relation, { columns: resetOnDelete, names }, seen);
  }
}

/** Refuses to choose in part what a relation beneath the target generates from hidden values, where that is shown or compared. */
function checkGenerated(
  statement: StatementState,
  relation: CatalogRelation,
  { isUpdate, values }: { readonly isUpdate: boolean; readonly values: readonly string[] },
): void {
  const masked = statement.text.plan.find(relation.oid);
  const isHidden = (column: string): boolean => masked?.columns.has(column) === true;
  const generated = [
    ...withGenerated([relation], values, (sources) => sources.some(isHidden)),
  ].filter((column) => isHidden(column) && !values.includes(column));
  if (isUpdate && generated.length > 0) statement.overwritesMasked = true;
  const qualified = `${relation.schema}.${relation.name}`;
  const unique = generated.find((column) => mayBeUnique(relation, column));
  if (unique !== undefined) throw refuseUnique(qualified, unique);
}

function refuseUnique(qualified: string, column: string): RewriteRefusal {
  return new RewriteRefusal(
    `it writes ${qualified}.${column}, which is masked and may have to be unique: the outcome would tell whether a value exists`,
    'Leave the column out or write DEFAULT, or ask for the right to see it.',
  );
}

/** The columns of a relation that a statement gives other values. */
interface Changes {
  /** The relation and those beneath it. */
  readonly family: readonly CatalogRelation[];
  /** Of which it decides, if only in part. */
  readonly written: ReadonlySet<string>;
  /** Of which nothing else decides. */
  readonly whole: ReadonlySet<string>;
}

function mayBeUnique({ uniqueKeys, comparedColumns }: CatalogRelation, column: string): boolean {
  return comparedColumns.includes(column) || uniqueKeys.some((key) => key.includes(column));
}

/** Whether a value of one's choice in a masked column would tell about others. */
export function tellsOfOthers(relation: CatalogRelation, { name, isKeyed }: MaskedColumn): boolean {
  const isForeign = relation.foreignKeys.some(({ columns }) => columns.includes(name));
  return isKeyed === true || isForeign || mayBeUnique(relation, name);
}

/**
 * Refuses to write what a view puts beside a hidden value: read then, it would tell whether that is the same, or less, or whatever the view
 * asks.
 */
function checkCompared(
  { text: { plan } }: StatementState,
  target: CatalogRelation,
  changes: Changes & { readonly isUpdate: boolean },
): void {
  const oids = oidsOf(changes.family);
  const isHidden = ({ relationOid, column }: ColumnSource): boolean =>
    plan.find(relationOid)?.columns.has(column) === true;
  // A view may show any column that is not hidden, by another name.
  const isIn = (columns: ReadonlySet<string>, source: ColumnSource): boolean =>
    oids.has(source.relationOid) &&
    (target.kind === 'v' ? !isHidden(source) : columns.has(source.column));
  // What a new row holds is known to who writes it, but for defaults.
  const unseen = hiddenDefaultsOf(plan, target.kind === 'r' ? [target] : changes.family);
  const isThere = ({ relationOid, column }: ColumnSource): boolean =>
    changes.isUpdate || (oids.has(relationOid) && unseen.has(column));
  const findTold = ({ columns, isAcross, isRepeated }: ViewComparison): string | undefined => {
    const chosen = columns.filter((one) => isIn(changes.written, one));
    if (chosen.length === 0) return undefined;
    const hidden = columns.filter(isHidden);
    if (!isAcross) {
      const isTold = hidden.some((one) => !isIn(changes.whole, one) && isThere(one));
      return isTold ? chosen[0]?.column : undefined;
    }
    const isBeside = (one: ColumnSource): boolean =>
      hidden.some((other) => isRepeated || !isSame(one, other));
    return chosen.find(isBeside)?.column;
  };
  for (const comparison of plan.comparisons ?? []) {
    const column = findTold(comparison);
    if (column !== undefined) throw refuseCompared(comparison, column);
  }
}

function refuseCompared(
  { view, isOfRows, isAcross }: ViewComparison,
  column: string,
): RewriteRefusal {
  const name = `${view.schema}.${view.name}`;
  const hint = `Leave ${column} out, ask for the right to see what is masked, or`;
  return isOfRows === true
    ? new RewriteRefusal(
        `the view ${name} sorts, groups or counts rows by ${column}, which it writes and which is masked, or stands beside what is: where the row comes would tell about others`,
        `${hint} have the view sort and group by other columns.`,
      )
    : new RewriteRefusal(
        `the view ${name} compares what it writes with a masked column: read then, it would tell about that`,
        `${hint} ${isAcross ? 'have the view compare other columns' : 'write values for all columns that are compared'}.`,
      );
}

function isSame(one: ColumnSource, other: ColumnSource): boolean {
  return one.relationOid === other.relationOid && one.column === other.column;
}

/**
 * Refuses to change what the server puts beside an existing row's hidden value: in a check or a generated column it would be compared with
 * what the statement chose, and so in the key of partitions; in a key of several columns, the outcome would tell which rows have the same.
 */
function checkTogether(
  { text: { plan } }: StatementState,
  target: CatalogRelation,
  { family, written, whole }: Changes,
): void {
  const told = family.find((relation) => {
    const masked = plan.find(relation.oid)?.columns;
    if (masked === undefined) return false;
    const isHidden = (column: string): boolean => masked.has(column);
    // Equal pseudonyms and tokens say the same.
    const hidesEquality = (column: string): boolean =>
      isHidden(column) && masked.get(column)?.keyed === undefined;
    // A view may show any column that is not hidden, by another name.
    const isIn = (some: ReadonlySet<string>, column: string): boolean =>
      target.kind === 'v' ? !isHidden(column) : some.has(column);
    const isBeside = (columns: readonly string[], hides: (column: string) => boolean): boolean =>
      columns.some((column) => isIn(written, column)) &&
      columns.some((column) => !isIn(whole, column) && hides(column));
    const { checks, uniqueKeys, foreignKeys, partitionKey = [] } = relation;
    return (
      [...checks, partitionKey].some((columns) => isBeside(columns, isHidden)) ||
      uniqueKeys.some((columns) => isBeside(columns, hidesEquality)) ||
      foreignKeys.some((key) => {
        const hidden = hiddenColumnsOf(plan, relation, key);
        return isBeside(key.columns, (column) => hidden.includes(column));
      })
    );
  });
  if (told === undefined) return;
  throw new RewriteRefusal(
    `a constraint, an index, statistics, a generated column or the key of the partitions of ${told.schema}.${told.name} puts what it writes beside a masked column: the outcome would tell about that`,
    target.kind === 'v'
      ? `Write to ${told.schema}.${told.name} itself, and there only columns that do not stand beside a masked one, or ask for the right to see what is masked.`
      : 'Leave the column out, or ask for the right to see what is masked.',
  );
}

/**
 * Refuses to move rows to other partitions where their hidden values decide what comes of it: each is a new row there, which is put where the
 * keys beneath say, tested by what that partition alone demands, and locks what it refers to.
 */
function checkMoved(
  { text: { plan } }: StatementState,
  target: CatalogRelation,
  { family, written, whole }: Changes,
): void {
  // Out of a single partition no row is moved.
  if (target.kind === 'r') return;
  const moved = family.find(({ oid, partitionKey = [] }) =>
    partitionKey.some((column) =>
      target.kind === 'v' ? plan.find(oid)?.columns.has(column) !== true : written.has(column),
    ),
  );
  if (moved === undefined) return;
  for (const relation of family) {
    const told = toldByMove(plan, relation, whole);
    if (told === undefined) continue;
    throw new RewriteRefusal(
      `it may move rows of ${moved.schema}.${moved.name} to other partitions, where the server ${told}: that would tell what it holds`,
      target.kind === 'v'
        ? `Write to ${moved.schema}.${moved.name} itself, and leave the columns out by which it is partitioned.`
        : 'Leave the columns out by which it is partitioned, or write to one partition.',
    );
  }
  // Before PostgreSQL 15 a row that moves is deleted where it was.
  if (plan.catalog.serverVersion >= 150_000) return;
  const partitions = family.filter(({ oid }) => oid !== target.oid);
  checkReferred({ text: { plan } }, partitions, { deed: 'moves', isChanged: () => true });
}

/** What the server does with a hidden value of a row that comes to a partition. */
function toldByMove(
  plan: MaskPlan,
  relation: CatalogRelation,
  whole: ReadonlySet<string>,
): string | undefined {
  const { foreignKeys, partitionKey = [], ownChecks = [], uniqueKeys, parents } = relation;
  const masked = plan.find(relation.oid)?.columns;
  if (masked === undefined) return undefined;
  const findHidden = (columns: readonly string[]): string | undefined =>
    columns.find((column) => masked.has(column) && !whole.has(column));
  const referring = foreignKeys.flatMap((key) => hiddenColumnsOf(plan, relation, key))[0];
  if (referring !== undefined) return `locks what their masked ${referring} refers to`;
  const placing = findHidden(partitionKey);
  if (placing !== undefined) return `puts them where their masked ${placing} says`;
  const isAbove = (key: readonly string[]): boolean =>
    parents.some((oid) =>
      plan.catalog.getRelation(oid)?.uniqueKeys.some((other) => other.join() === key.join()),
    );
  const ownKeys = uniqueKeys.filter((key) => !isAbove(key)).flat();
  // Equal pseudonyms and tokens say the same.
  const compared = ownKeys.filter((column) => masked.get(column)?.keyed === undefined);
  const tested = findHidden([...ownChecks, ...compared]);
  return tested === undefined ? undefined : `tests their masked ${tested}`;
}

/**
 * Refuses to make a row another patient's, where its dates are shifted by a number of days that is the patient's own: under all numbers there
 * are, the latest of what is shown is the day before.
 */
function checkPatients(
  { text: { plan } }: StatementState,
  target: CatalogRelation,
  { family, written }: Changes,
): void {
  const oids = oidsOf(family);
  // A view may show any column by another name.
  const isWritten = (column: string): boolean => target.kind === 'v' || written.has(column);
  const changed = (relation: CatalogRelation): readonly string[] => {
    if (oids.has(relation.oid)) return relation.columns.filter(isWritten);
    // Foreign keys may follow what they refer to.
    return relation.foreignKeys
      .filter(({ referencedRelation }) => oids.has(referencedRelation))
      .flatMap(({ columns, referencedColumns }) =>
        columns.filter((_, index) => isWritten(referencedColumns[index] ?? '')),
      );
  };
  for (const relation of plan.catalog.listRelations()) {
    const columns = new Set(changed(relation));
    const masked = columns.size === 0 ? undefined : plan.find(relation.oid)?.columns;
    const shifted = [...(masked?.values() ?? [])].find(({ shiftedBy = '' }) =>
      columns.has(shiftedBy),
    );
    if (shifted === undefined) continue;
    const row = `${relation.schema}.${relation.name}`;
    throw new RewriteRefusal(
      `it may change whose rows of ${row} are, by which ${row}.${shifted.name} is shifted: shown for other patients, the dates would tell what they are`,
      `${target.kind === 'v' ? 'Write to the table itself, and leave' : 'Leave'} ${row}.${shifted.shiftedBy ?? ''} and what it refers to out, or ask for the right to see the dates.`,
    );
  }
}

/** Refuses to choose a value of a foreign key that is hidden here or where it refers to. */
function checkReferring(
  { text: { plan } }: StatementState,
  { oid, schema, name, foreignKeys }: CatalogRelation,
  chosen: ReadonlySet<string>,
): void {
  const masked = plan.find(oid);
  for (const { columns, referencedRelation, referencedColumns } of foreignKeys) {
    const other = plan.find(referencedRelation);
    const hidden = columns.find(
      (column, index) =>
        chosen.has(column) &&
        (masked?.columns.has(column) === true ||
          other?.columns.has(referencedColumns[index] ?? '') === true),
    );
    if (hidden === undefined) continue;
    throw new RewriteRefusal(
      `it writes ${schema}.${name}.${hidden}, which refers to a masked column: the outcome would tell whether a value exists`,
      'Leave the column out or write DEFAULT, or ask for the right to see it.',
    );
  }
}

/**
 * Refuses ON CONFLICT where whether a masked value is there already decides what happens.
 *
 * @throws {RewriteRefusal}
 */
export function checkArbiter({ masked }: FoundRelation, { infer }: OnConflictClause): void {
  if (masked === undefined) return;
  const { relation, columns } = masked;
  const elements = infer?.indexElems ?? [];
  const named = elements.flatMap((node) => ('IndexElem' in node ? [node.IndexElem.name] : []));
  const tested = elements.length === 0 ? relation.uniqueKeys.flat() : named;
  const isHidden = tested.some((name) => name !== undefined && columns.has(name));
  if (!isHidden && (elements.length > 0 || relation.kind !== 'v')) return;
  throw new RewriteRefusal(
    `ON CONFLICT would tell which masked values ${relation.schema}.${relation.name} holds`,
    'Name columns in ON CONFLICT that are not masked.',
  );
}

/**
 * Refuses to write into a relation what was read from its own masked columns: that would store masks.
 *
 * @throws {RewriteRefusal}
 */
export function checkSources(
  { sources, text: { plan } }: StatementState,
  { relation, masked }: FoundRelation,
): void {
  if (relation === undefined || masked === undefined) return;
  const family = oidsOf(closureOf(plan.catalog, relation, true).relations);
  const own = sources.find((source) => {
    const read = source.relation.relation;
    const beneath = oidsOf(closureOf(plan.catalog, read, true).relations);
    return source.usesMasked && (family.has(read.oid) || beneath.has(relation.oid));
  });
  if (own === undefined) return;
  throw new RewriteRefusal(
    `it would store masks in ${relation.schema}.${relation.name}: what it writes comes from masked columns of the same data`,
    'Write constants, or values of columns that are not masked.',
  );
}

function oidsOf(relations: readonly CatalogRelation[]): ReadonlySet<number> {
  return new Set(relations.map(({ oid }) => oid));
}
