import { randomBytes } from 'node:crypto';
import type { MaskContext } from '../masking/masks/mask-context.ts';
import { createMaskKeys } from '../masking/masks/pseudonym-keys.ts';
import { openTargetMasking } from '../masking/open-target-masking.ts';
import type { TextMasks } from '../masking/rows/findings.ts';
import type { TargetMasking } from '../masking/target-masking.ts';
import type { SqlParser } from '../sql/postgres/parser.ts';
import type { PostgresTarget } from '../targets/target.ts';

/** No row passes through what is made here. */
const NO_TEXT_MASKS: TextMasks = { redact: () => undefined, redactJson: () => undefined };

/**
 * The masking of targets for who looks at statements beside the sessions, under a key that was rolled for it alone. A target
 * is another object once the configuration was read again.
 */
export class MaskingByTarget {
  readonly #known = new WeakMap<PostgresTarget, TargetMasking>();
  readonly #context: MaskContext = {
    keys: createMaskKeys(randomBytes(32), 1),
    thisYear: new Date().getUTCFullYear(),
  };

  /** Undefined for a target without a data map. */
  find(target: PostgresTarget, parser: SqlParser): TargetMasking | undefined {
    const { dataMap } = target;
    if (dataMap === undefined) return undefined;
    let masking = this.#known.get(target);
    if (masking === undefined) {
      masking = openTargetMasking({
        dataMap,
        functionsAllowed: target.functionsAllowed,
        parser,
        textMasks: NO_TEXT_MASKS,
        context: () => this.#context,
      });
      this.#known.set(target, masking);
    }
    return masking;
  }
}
