import type { DataMapPath } from '../../configuration/data-map.ts';

import {
  type ContentMasks,
  type MaskValue,
  NO_CLASS,
  type ShownClasses,
} from '../content/content-masks.ts';
import { FREE_TEXT } from '../content/content-plans.ts';
import type { Mask } from '../mask.ts';
import { isStandIn } from '../masks/pseudonym.ts';
import { REDACTED_TEXT } from '../masks/redacted-text.ts';
import { CHOOSERS } from './choose-shape.ts';
import { CLASS_OF_ELEMENT, URL_ELEMENTS } from './element-classes.ts';
import { ELEMENT_NAMES, elementsOf, RESOURCE_TYPES } from './element-types.ts';
import { codeOfMask, maskDate, maskNumber, PLACEHOLDERS } from './mask-primitive.ts';
import { isAboutPeople, kindOfResource, type ResourceKind } from './resource-kinds.ts';
import { type Rule, type Shape, stepOf, type ValueForm, type ValueRule } from './rule.ts';
import { YearMasks } from './year-masks.ts';

/** What surrounds a type, as far as it changes what its elements hold. */
export interface Surrounding {
  readonly kind: ResourceKind;
  /** The class of what an extension belongs to. */
  readonly ownerClass?: string | undefined;
  /** Of what class all is that is no code, number or date. */
  readonly whole?: Pick<DataMapPath, 'dataClass' | 'mask'>;
  /** Nobody knows what it holds: codes and numbers are hidden, too. */
  readonly isOpaque?: true;
}

const KEEP: Rule = { kind: 'keep' };
const UNMAPPED = 'unmapped';
const LITERAL: Rule = { kind: 'literal' };
/** Primitives that have no room for anybody's data, or whose values are defined elsewhere. */
const PLAIN_PRIMITIVES: ReadonlySet<string> = new Set(
  'boolean canonical code decimal id integer oid positiveInt time unsignedInt uri uuid'.split(' '),
);
/** Primitives that are no strings. */
const NUMBERS: ReadonlySet<string> = new Set(
  'boolean decimal integer positiveInt unsignedInt'.split(' '),
);
const FORMS: Readonly<Record<string, ValueForm>> = {
  base64Binary: 'base64',
  date: 'date',
  dateTime: 'date',
  instant: 'instant',
  decimal: 'number',
  integer: 'number',
  unsignedInt: 'number',
  positiveInt: 'positive',
  id: 'id',
  oid: 'oid',
  uuid: 'uuid',
  time: 'time',
};
/** Systems of codes that are nobody's own. */
const STANDARD_SYSTEM =
  /^(?:https?:\/\/(?:snomed\.info\/sct|loinc\.org|unitsofmeasure\.org|(?:terminology\.)?hl7\.org\/(?:fhir\/)?(?:CodeSystem\/)?[\w-]+)|urn:iso:std:iso:\d+)$/u;
/** What every resource says of itself in few words: others than these could be anything. */
const PATTERNS: Readonly<Record<string, RegExp>> = {
  // A language, perhaps with its script and country (RFC 5646).
  language: /^[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?$/iu,
  implicitRules: /^(?:https?:\/\/|urn:)[^\s?#]+$/u,
};
/** Texts that a code stands for. */
const CODED_TEXTS: ReadonlySet<string> = new Set(['Coding.display']);
/** Types that are somebody's wherever they stand, but for who gives care and what defines. */
const OF_PEOPLE: ReadonlySet<string> = new Set(['HumanName', 'Address']);
const REFERENCE = /^Reference(?=To|$)/u;
/** What is hidden wherever else in a resource it stands. */
const TAUGHT_CLASSES: ReadonlySet<string> = new Set(['name', 'city']);
/** Masks that leave the same of every value. */
const CONSTANT_MASKS: ReadonlySet<Mask['kind']> = new Set(['redact', 'null', 'fixed'] as const);
const DATE_CLASSES: readonly string[] = ['date', 'birth-date', 'death-date'];
/** What extensions of these types hold a part of. */
const OWNER_CLASSES: Readonly<Record<string, string>> = { HumanName: 'name', Address: 'address' };

/** What one principal may see of FHIR, worked out as far as it was met. */
export class Shapes {
  /** Of what no type has. */
  readonly unknown: ValueRule | undefined;
  /** Whether texts, and all that may hold any class, are shown as they are. */
  readonly isTextShown: boolean;
  /** Whether dates move by the days of their patient. */
  readonly shiftsDates: boolean;
  /** Of values, by the number of the class. */
  readonly classNames: string[] = [];
  readonly #masks: ContentMasks;
  readonly #shown: ShownClasses;
  readonly #fields: ReadonlyMap<string, DataMapPath>;
  readonly #shapes = new Map<string, Shape>();
  readonly #resources = new Map<string, Shape>();

  constructor(masks: ContentMasks, shown: ShownClasses, fields: readonly DataMapPath[]) {
    this.#masks = masks;
    this.#shown = shown;
    this.#fields = new Map(fields.map((field) => [unquote(field.path), field]));
    this.isTextShown = shown.has(FREE_TEXT);
    this.shiftsDates = DATE_CLASSES.some((name) => this.value(name, 'date')?.isShifted === true);
    this.unknown = this.value(UNMAPPED, 'string');
  }

  /** Of a resource; undefined if FHIR R4 has no such type. */
  ofResource(type: string): Shape | undefined {
    let shape = this.#resources.get(type);
    if (shape === undefined && RESOURCE_TYPES.has(type)) {
      shape = this.of(type, { kind: kindOfResource(type) });
      this.#resources.set(type, shape);
    }
    return shape;
  }

  /** Of a type that is no primitive. */
  of(type: string, surrounding: Surrounding): Shape {
    const key = JSON.stringify([type, surrounding]);
    const known = this.#shapes.get(key);
    if (known !== undefined) return known;
    const places = new Uint16Array(ELEMENT_NAMES.size);
    const rules: (Rule | undefined)[] = [undefined];
    const add = (name: string, rule: Rule): void => {
      places[ELEMENT_NAMES.idOf(name)] = rules.push(rule) - 1;
    };
    for (const [name, elementType] of elementsOf(type) ?? []) {
      const path = `${REFERENCE.exec(type)?.[0] ?? type}.${name}`;
      const isOfProvider = type === 'ReferenceToProvider' && elementType === 'Identifier';
      const around = isOfProvider ? { ...surrounding, kind: 'provider' as const } : surrounding;
      add(name, this.#rule(path, elementType, around));
      if (elementType === 'Resource' || elementsOf(elementType) !== undefined) continue;
      const ownerClass = ownClassOf(path) ?? surrounding.ownerClass;
      add(`_${name}`, this.#nested('Element', { ...surrounding, ownerClass }));
    }
    const { kind } = surrounding;
    const chooser = CHOOSERS.get(type);
    const shape: Shape = makeShape(
      { type, kind, places, rules, isOfPatient: false },
      chooser && ((object) => chooser(object, choice)),
    );
    const choice = { shapes: this, shape, surrounding };
    this.#shapes.set(key, shape);
    return shape;
  }

  /**
   * A shape with some rules of its own.
   *
   * @param key Says which: equal keys have equal rules.
   */
  variant(
    shape: Shape,
    key: string,
    list: () => Readonly<Record<string, Rule>>,
    isOfPatient = false,
  ): Shape {
    const known = shape.variants.get(key);
    if (known !== undefined) return known;
    const { type, kind, places } = shape;
    const rules = [...shape.rules];
    for (const [name, rule] of Object.entries(list())) {
      rules[places[ELEMENT_NAMES.idOf(name)] as number] = rule;
    }
    const variant = makeShape({ type, kind, places, rules, isOfPatient });
    shape.variants.set(key, variant);
    return variant;
  }

  /** Masks values of a class; undefined where they are shown. @param type Of the primitive. */
  value(className: string, type: string, setting?: DataMapPath['mask']): ValueRule | undefined {
    if (className === NO_CLASS || this.#shown.has(className)) return undefined;
    const mask = this.#masks.findMask(className, setting);
    const form = FORMS[type] ?? 'text';
    const isKeyed = mask.kind === 'pseudonym' || mask.kind === 'vault';
    const maskValue = inForm(form, this.#masks.maskValue(className, setting), isKeyed);
    const isNumber = form === 'number' || form === 'positive';
    const isDate = form === 'date' || form === 'instant';
    const isShifted = isDate && mask.kind === 'date-shift';
    const isConstant = CONSTANT_MASKS.has(mask.kind) && !isNumber;
    return {
      ...{ kind: 'value', className, form, mask: maskValue },
      classNumber: this.#numberOf(className),
      constant: isConstant ? JSON.stringify(maskValue('') ?? REDACTED_TEXT) : undefined,
      isPlain: isKeyed || (isDate && !isShifted),
      years: isDate && mask.kind === 'year' ? new YearMasks(maskValue) : undefined,
      code: codeOfMask(mask),
      isTaught: TAUGHT_CLASSES.has(className) && form === 'text',
      isShifted,
    };
  }

  #numberOf(className: string): number {
    const known = this.classNames.indexOf(className);
    return known === -1 ? this.classNames.push(className) - 1 : known;
  }

  /** What the data map says of a type, an element, a system of identifiers or an extension. */
  field(path: string): DataMapPath | undefined {
    return this.#fields.get(path);
  }

  #rule(path: string, type: string, surrounding: Surrounding): Rule {
    if (type === 'Resource') return { kind: 'resource', isContained: path.endsWith('.contained') };
    const said = this.#fields.get(path) ?? this.#fields.get(type);
    if (elementsOf(type) === undefined) {
      return said === undefined
        ? this.#primitive(path, type, surrounding)
        : this.#mapped(type, said);
    }
    const ownClass = CLASS_OF_ELEMENT.get(path);
    const whole = said ?? (ownClass === undefined ? surrounding.whole : { dataClass: ownClass });
    const { kind, isOpaque } = surrounding;
    const ownerClass = OWNER_CLASSES[type] ?? surrounding.ownerClass;
    return this.#nested(type, {
      kind,
      ownerClass: isAboutPeople(kind) ? ownerClass : undefined,
      ...(whole !== undefined && { whole }),
      ...(isOpaque && { isOpaque }),
    });
  }

  /** What is within an element is worked out when one is met: types hold each other. */
  #nested(type: string, surrounding: Surrounding): Rule {
    let shape: Shape | undefined;
    return { kind: 'object', find: () => (shape ??= this.of(type, surrounding)) };
  }

  #mapped(type: string, { dataClass, mask }: Pick<DataMapPath, 'dataClass' | 'mask'>): Rule {
    if (dataClass !== FREE_TEXT || mask !== undefined)
      return this.value(dataClass, type, mask) ?? KEEP;
    return this.isTextShown ? KEEP : { kind: 'text' };
  }

  #primitive(path: string, type: string, { kind, whole, isOpaque }: Surrounding): Rule {
    if (isOpaque && path.endsWith('.system')) return { kind: 'pattern', pattern: STANDARD_SYSTEM };
    if (isOpaque && type !== 'boolean') return this.value(UNMAPPED, type) ?? KEEP;
    const [owner = '', name = ''] = path.split('.', 2);
    const pattern = path === `${owner}.${name}` && RESOURCE_TYPES.has(owner) && PATTERNS[name];
    if (pattern) return { kind: 'pattern', pattern };
    const isDate = FORMS[type] === 'date' || FORMS[type] === 'instant';
    if (whole !== undefined) {
      const isOf = !PLAIN_PRIMITIVES.has(type) && (!isDate || whole.dataClass.endsWith('-date'));
      if (isOf || whole.dataClass === NO_CLASS) return this.#mapped(type, whole);
    }
    if (!isAboutPeople(kind) && OF_PEOPLE.has(path.slice(0, path.indexOf('.')))) return KEEP;
    const className = CLASS_OF_ELEMENT.get(path);
    if (className !== undefined) return this.value(className, type) ?? KEEP;
    if (NUMBERS.has(type)) return LITERAL;
    if (isDate) return kind === 'definition' ? KEEP : (this.value('date', type) ?? KEEP);
    if (URL_ELEMENTS.has(path) || type === 'url') return { kind: 'url' };
    if (this.isTextShown) return KEEP;
    if (PLAIN_PRIMITIVES.has(type)) return KEEP;
    if (type === 'xhtml') return { kind: 'narrative' };
    if (type === 'base64Binary') return this.value(FREE_TEXT, type) ?? KEEP;
    if (CODED_TEXTS.has(path) || (kind === 'definition' && type === 'string'))
      return { kind: 'names' };
    return { kind: 'text' };
  }
}

/** All shapes are made in one way: what goes by them is faster then. */
function makeShape(
  { type, kind, places, rules, isOfPatient }: Omit<Shape, 'choose' | 'steps' | 'variants'>,
  choose?: Shape['choose'],
): Shape {
  const steps = Uint8Array.from(rules, stepOf);
  return { type, kind, places, rules, steps, isOfPatient, variants: new Map(), choose };
}

/** Masks values so that they keep the form that their type asks for. */
function inForm(form: ValueForm, maskValue: MaskValue, isKeyed: boolean): MaskValue {
  switch (form) {
    case 'date':
    case 'instant':
      return maskDate(maskValue, form);
    case 'number':
    case 'positive':
      return maskNumber(maskValue, form);
    case 'base64':
    case 'id':
    case 'oid':
    case 'uuid':
    case 'time':
      return () => PLACEHOLDERS[form];
    case 'text':
      // What stands for a value already is nobody's.
      return isKeyed ? (text) => (isStandIn(text) ? text : maskValue(text)) : maskValue;
  }
}

/** What extensions of a primitive may hold in its place. */
function ownClassOf(path: string): string | undefined {
  const className = CLASS_OF_ELEMENT.get(path);
  return className === NO_CLASS ? undefined : className;
}

/** A path as configuration writes it: what is no plain name stands in quotes. */
function unquote(path: string): string {
  return path.startsWith('"') ? path.slice(1, -1).replaceAll('""', '"') : path;
}
