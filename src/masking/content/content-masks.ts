import type { DataMapPath } from '../../configuration/data-map.ts';
import type { DataMapClasses } from '../../configuration/data-map-classes.ts';
import { buildTargetClasses, findMask, type TargetClasses } from '../classes/target-classes.ts';
import type { Mask } from '../mask.ts';
import type { MaskContext } from '../masks/mask-context.ts';
import { maskText } from '../masks/mask-text.ts';
import { pseudonymise } from '../masks/pseudonym.ts';
import { Findings, type TextMasks } from '../rows/findings.ts';
import type { PatientHasher } from '../rows/patient-hasher.ts';
import type { PseudonymMemory } from '../vault/pseudonym-memory.ts';
import { ContentFindings } from './content-findings.ts';

/** The class of what was looked at, and nothing there is to be masked; as configuration writes it. */
export const NO_CLASS = 'none';

/** The classes that a principal may see raw, each with the policies that permit it. */
export type ShownClasses = ReadonlyMap<string, readonly string[]>;

/** What the contents of one target are masked with. */
export interface ContentMaskingParts {
  readonly dataMap: DataMapClasses;
  readonly textMasks: TextMasks;
  /** Hashes whose records were shown. Absent: that stays unsaid. */
  readonly patientHasher?: PatientHasher;
  /** Remembers what pseudonyms stand for, so that they can be searched by. Absent: they cannot. */
  readonly pseudonyms?: PseudonymMemory | undefined;
  /** Whether vault tokens can be put into contents; else nothing is left of what has that mask. */
  readonly hasTokens?: boolean;
  /** Asked for each content: the year in it changes. */
  readonly context: () => MaskContext;
}

/** Masks one value, given as text; null where nothing is left of it. */
export type MaskValue = (text: string) => string | null;

/** What counts the values of one content. */
export interface Counters {
  readonly found: Findings;
  readonly evidence: ContentFindings;
}

/** What the maskers of a target's contents have in common: values are masked by class, text by what is found in it. */
export class ContentMasks {
  readonly parts: ContentMaskingParts;
  readonly #classes: TargetClasses;

  constructor(parts: ContentMaskingParts) {
    this.parts = parts;
    this.#classes = buildTargetClasses(parts.dataMap);
  }

  /**
   * Starts to count what is shown of one content.
   *
   * @param classNames What it may hold.
   * @param isOfPatients Whether something in it says whose record it is; undefined: it is nobody's.
   */
  begin(
    classNames: readonly string[],
    shown: ShownClasses,
    isOfPatients: boolean | undefined,
  ): Counters {
    const found = new Findings(this.parts.textMasks);
    const raw = classNames.flatMap((name) => {
      const policies = shown.get(name);
      return policies === undefined ? [] : [[name, policies] as const];
    });
    const hasher = isOfPatients === true ? this.parts.patientHasher : undefined;
    const patients = isOfPatients === undefined ? undefined : (hasher ?? 'unsaid');
    return {
      found,
      evidence: new ContentFindings({ found, raw: Object.fromEntries(raw), patients }),
    };
  }

  /** The mask of what the data map, or a format, says is of this class. */
  findMask(className: string, setting: DataMapPath['mask']): Mask {
    return findMask(this.#classes, className, setting);
  }

  /** What becomes of each value of a class. */
  maskValue(className: string, setting: DataMapPath['mask']): MaskValue {
    const mask = this.findMask(className, setting);
    const { context, hasTokens, pseudonyms } = this.parts;
    // Tokens come from the store, which not everybody waits for.
    if (mask.kind === 'vault' && hasTokens !== true) return () => null;
    const now = context();
    if (mask.kind !== 'pseudonym' && mask.kind !== 'vault') {
      return (text) => maskText(mask, text, now);
    }
    const keys = now.keys.derive(mask.kind, mask.domain);
    return (text) => {
      const pseudonym = pseudonymise(text, keys);
      pseudonyms?.remember(pseudonym, text);
      return pseudonym;
    };
  }
}
