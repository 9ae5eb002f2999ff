import type { DataMap } from '../configuration/data-map.ts';
import type { Catalog } from '../sql/postgres/catalog.ts';
import type { SqlParser } from '../sql/postgres/parser.ts';
import { buildMaskPlan } from './build-mask-plan.ts';
import type { Classification } from './classification.ts';
import { createClassifier } from './classify.ts';
import type { MaskPlan } from './mask-plan.ts';
import type { MaskContext } from './masks/mask-context.ts';
import type { TextMasks } from './rows/findings.ts';
import type { PatientHasher } from './rows/patient-hasher.ts';
import type { TargetMasking } from './target-masking.ts';
import type { TokenVault } from './vault/token-vault.ts';

/** What a target's masking is made of. */
export interface TargetMaskingParts {
  readonly dataMap: DataMap;
  /** User-defined functions (`schema.name`) that only compute from their arguments. Default: none. */
  readonly functionsAllowed?: readonly string[];
  readonly parser: SqlParser;
  readonly textMasks: TextMasks;
  readonly patientHasher?: PatientHasher;
  readonly tokenVault?: TokenVault | undefined;
  /** Asked for each plan: the year in it changes. The same object while nothing does. */
  readonly context: () => MaskContext;
}

/** What was worked out for one version of a target's catalog. */
interface Known {
  readonly classification: Classification;
  /** False: the parser could not be asked of a view, which is hidden for that. */
  readonly isWhole: boolean;
  readonly plans: Map<string, MaskPlan>;
  context: MaskContext;
}

/** Applies one data map to whatever catalogs come, and keeps what it worked out as long as they live. */
export function openTargetMasking(parts: TargetMaskingParts): TargetMasking {
  const { dataMap, parser, textMasks, patientHasher, tokenVault, context } = parts;
  const classifier = createClassifier(parser);
  const options = { dataMap, functionsAllowed: new Set(parts.functionsAllowed ?? []) };
  const knownOf = new WeakMap<Catalog, Known>();
  const know = (catalog: Catalog): Known => {
    let known = knownOf.get(catalog);
    if (known?.isWhole !== true) {
      const { interruptions } = parser;
      const classification = classifier.classify(catalog, options);
      const isWhole = parser.interruptions === interruptions;
      known = { classification, isWhole, plans: new Map(), context: context() };
      knownOf.set(catalog, known);
    }
    return known;
  };
  return {
    textMasks,
    ...(patientHasher !== undefined && { patientHasher }),
    ...(tokenVault !== undefined && usesVault(dataMap) && { tokenVault }),
    classify: (catalog) => know(catalog).classification,
    findPlan(catalog, shown) {
      const known = know(catalog);
      const { classification } = known;
      const hidden = [...classification.classNames].filter((name) => !shown.has(name));
      if (hidden.length === 0) return undefined;
      const now = context();
      if (now !== known.context) {
        known.plans.clear();
        known.context = now;
      }
      const key = hidden.toSorted().join(' ');
      let plan = known.plans.get(key);
      if (plan === undefined) {
        plan = buildMaskPlan(catalog, classification, (name) => shown.has(name), now);
        known.plans.set(key, plan);
      }
      return plan;
    },
  };
}

function usesVault({ columns, masks, customClasses }: DataMap): boolean {
  const used = [
    ...columns.flatMap(({ mask, paths }) => [mask, ...paths.map((path) => path.mask)]),
    ...Object.values(masks),
    ...customClasses.map(({ mask }) => mask),
  ];
  return used.some((mask) => mask?.kind === 'vault');
}
