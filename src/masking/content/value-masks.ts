import type { DataMapPath } from '../../configuration/data-map.ts';
import { maskDate } from '../fhir/mask-primitive.ts';
import { type ContentMasks, type Counters, NO_CLASS, type ShownClasses } from './content-masks.ts';
import { FREE_TEXT } from './content-plans.ts';
import { KnownNames } from './known-names.ts';

/** What a value is, as the data map or a format says it. */
export type ValueClass = Pick<DataMapPath, 'dataClass' | 'mask'>;

/** What is hidden wherever else it stands. */
const TAUGHT_CLASSES: ReadonlySet<string> = new Set(['name', 'city']);
const DATE_CLASSES: ReadonlySet<string> = new Set(['date', 'birth-date', 'death-date']);

/** Whether values of a class are dates. */
export function isDateClass(className: string): boolean {
  return DATE_CLASSES.has(className);
}

/** Masks the values of one content whose format says by position or path what each is. */
export class ValueMasks {
  readonly #masks: ContentMasks;
  readonly #shown: ShownClasses;
  readonly #counters: Counters;
  readonly #byClass = new Map<string, (text: string) => string | null>();
  #names = new KnownNames();

  constructor(masks: ContentMasks, shown: ShownClasses, counters: Counters) {
    this.#masks = masks;
    this.#shown = shown;
    this.#counters = counters;
  }

  /** The names so far belong to another document than what comes. */
  forgetNames(): void {
    this.#names = new KnownNames();
  }

  /** Whether a value of the class is hidden as a whole. */
  hides({ dataClass }: ValueClass): boolean {
    return dataClass !== NO_CLASS && !this.#shown.has(dataClass);
  }

  /** What stands for a value; undefined: it stays. Of a date only a year of four digits is left. */
  mask(text: string, value: ValueClass): string | undefined {
    const { dataClass, mask: setting } = value;
    if (!this.hides(value)) return undefined;
    if (dataClass === FREE_TEXT && setting === undefined) return this.redact(text);
    this.#counters.evidence.mask(dataClass);
    if (TAUGHT_CLASSES.has(dataClass)) this.#names.add(text, dataClass);
    return this.#maskOf(value)(text) ?? '';
  }

  /** The text without what the detectors find, and without names that the content hid so far; undefined: it stays. */
  redact(text: string): string | undefined {
    if (text === '' || this.#shown.has(FREE_TEXT)) return undefined;
    const named = this.#names.hide(text);
    const bytes = Buffer.from(named ?? text);
    return this.#counters.found.redact(bytes, 0, bytes.length)?.toString('utf8') ?? named;
  }

  #maskOf({ dataClass, mask: setting }: ValueClass): (text: string) => string | null {
    const key = `${dataClass} ${JSON.stringify(setting)}`;
    let mask = this.#byClass.get(key);
    if (mask === undefined) {
      const maskValue = this.#masks.maskValue(dataClass, setting);
      mask = isDateClass(dataClass) ? maskDate(maskValue, 'date') : maskValue;
      this.#byClass.set(key, mask);
    }
    return mask;
  }
}
