import assert from 'node:assert/strict';
import type { Catalog } from '../sql/postgres/catalog.ts';
import type { Classification, ClassifiedColumn, ClassifiedRelation } from './classification.ts';
import { findHiddenDefaults, type HiddenDefault, maskDefaults } from './hidden-defaults.ts';
import type { Mask } from './mask.ts';
import type { MaskedColumn, MaskedRelation, MaskPlan } from './mask-plan.ts';
import type { MaskContext } from './masks/mask-context.ts';
import { RESTRICTED_ZIPS_VERSION } from './masks/restricted-zips.ts';
import { maskExpression } from './postgres/masks/mask-expression.ts';

/** Changes with what the masks yield, so that no statement rewritten by older ones is used again. */
const MASKS_VERSION = 3;

/**
 * What a principal may not see of one target, given the classes it may see raw.
 *
 * Relations are worked out when they are first asked for, and kept; building the plan itself costs next to nothing.
 *
 * @param isRevealed Asked once for each class of the target.
 */
export function buildMaskPlan(
  catalog: Catalog,
  classification: Classification,
  isRevealed: (className: string) => boolean,
  context: MaskContext,
): MaskPlan {
  const revealed = new Set([...classification.classNames].filter(isRevealed));
  const hidden = [...classification.classNames].filter((name) => !revealed.has(name)).toSorted();
  const { keys, thisYear } = context;
  const relations = new Map<number, MaskedRelation | undefined>();
  const parts = { catalog, context, revealed };
  const findClassified = (oid: number): MaskedRelation | undefined => {
    const classified = classification.find(oid);
    return classified && maskRelation(classified, parts);
  };
  const findHidden = (): readonly HiddenDefault[] => findHiddenDefaults(catalog, findClassified);
  return {
    key: JSON.stringify([
      MASKS_VERSION,
      RESTRICTED_ZIPS_VERSION,
      catalog.version,
      classification.version,
      hidden,
      keys.version,
      keys.fingerprint,
      thisYear,
    ]),
    catalog,
    comparisons: classification.comparisons ?? [],
    find(relationOid) {
      if (!relations.has(relationOid)) {
        const relation = catalog.getRelation(relationOid);
        const defaults = relation && maskDefaults(relation, findHidden);
        const own = findClassified(relationOid);
        const columns = new Map([...(defaults?.columns ?? []), ...(own?.columns ?? [])]);
        relations.set(relationOid, defaults === undefined ? own : { ...defaults, columns });
      }
      return relations.get(relationOid);
    },
  };
}

interface PlanParts {
  readonly catalog: Catalog;
  readonly context: MaskContext;
  readonly revealed: ReadonlySet<string>;
}

function maskRelation(
  classified: ClassifiedRelation,
  parts: PlanParts,
): MaskedRelation | undefined {
  const masked = [...classified.columns.values()]
    .filter(({ classes }) => !classes.every((name) => parts.revealed.has(name)))
    .map((column) => [column.name, maskColumn(column, classified, parts)] as const);
  if (masked.length === 0) return undefined;
  return { relation: classified.relation, columns: new Map(masked) };
}

function maskColumn(
  column: ClassifiedColumn,
  { relation, patientKey }: ClassifiedRelation,
  { catalog, context }: PlanParts,
): MaskedColumn {
  const described = relation.attributes.find(({ name }) => name === column.name);
  assert(described !== undefined, 'a classified relation has the columns of its classification');
  const surroundings = {
    findType: (oid: number) => catalog.findType(oid),
    context,
    serverVersion: catalog.serverVersion,
    patientKey: relation.attributes.find(({ name }) => name === patientKey),
  };
  return {
    name: column.name,
    classes: column.classes,
    ...maskExpression(maskInExpressions(column), described, surroundings),
    inspect: column.content === 'value' ? undefined : column.content,
    because: column.because,
  };
}

/** What is looked through on the wire says nothing anywhere else: no part of a note is a year or an address for sure. */
function maskInExpressions({ content, mask }: ClassifiedColumn): Mask {
  return content === 'value' || mask.kind === 'null' ? mask : { kind: 'redact' };
}
