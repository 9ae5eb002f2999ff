import type { MaskValue } from '../content/content-masks.ts';
import { asksForName } from './asks-for-name.ts';
import {
  CLASS_OF_CONTACT,
  CLASS_OF_EXTENSION,
  CLASS_OF_IDENTIFIER_TYPE,
  CODED_EXTENSIONS,
  classOfSystem,
  PLAIN_EXTENSIONS,
} from './element-classes.ts';
import { ELEMENT_NAMES, elementsOf } from './element-types.ts';
import { isLocalReference, typeOfReference } from './read-reference.ts';
import { isAboutPeople, kindOfResource, type ResourceKind } from './resource-kinds.ts';
import {
  findElement,
  type ObjectReader,
  type Rule,
  readElement,
  type Shape,
  type ValueRule,
} from './rule.ts';
import type { Shapes, Surrounding } from './shapes.ts';

/** What an object may be masked by. */
export interface Choice {
  readonly shapes: Shapes;
  /** As any of its type. */
  readonly shape: Shape;
  readonly surrounding: Surrounding;
}

/** Chooses what an object is masked by, by what it says of itself. */
export type ChooseShape = (object: ObjectReader, choice: Choice) => Shape;

const KEEP: Rule = { kind: 'keep' };
const OTHER_ID = 'other-id';
const SSN = 'ssn';
const NAME = 'name';
/** The oldest age that may be shown: 45 CFR 164.514(b)(2)(i)(C). */
const AGE_SHOWN_MAX = 89;
/** Units of UCUM, or words for them, that are shorter than a year, and how many of them one has. Any other counts as a year. */
const PARTS_OF_YEAR: readonly (readonly [unit: RegExp, perYear: number])[] = [
  [/^mo/iu, 12],
  [/^w/iu, 52],
  [/^d/iu, 365],
  [/^h/iu, 8_766],
  [/^min/iu, 525_960],
];

/** Primitives that are shown where it is known what they mean. */
const CODE_TYPES: ReadonlySet<string> = new Set(
  'canonical code decimal id integer oid positiveInt time unsignedInt uuid'.split(' '),
);
/** What is made of them. */
const CODED_TYPES: ReadonlySet<string> = new Set(
  'Age CodeableConcept Coding Count Distance Dosage Duration Expression Meta Money Quantity Range Ratio SampledData Timing UsageContext'.split(
    ' ',
  ),
);

const CHARSET = /charset\s*=\s*"?([^\s";]+)/iu;
/** Charsets in which detectors find what they look for. */
const READABLE = /^(?:utf-?8|(?:us-)?ascii|iso-8859-1|latin1|windows-1252)$/iu;

const SYSTEM = ELEMENT_NAMES.idOf('system');
const VALUE = ELEMENT_NAMES.idOf('value');
const TYPE = ELEMENT_NAMES.idOf('type');
const CODING = ELEMENT_NAMES.idOf('coding');
const CODE = ELEMENT_NAMES.idOf('code');
const UNIT = ELEMENT_NAMES.idOf('unit');
const URL = ELEMENT_NAMES.idOf('url');
const CONTENT_TYPE = ELEMENT_NAMES.idOf('contentType');
const TEXT = ELEMENT_NAMES.idOf('text');
const LINK_ID = ELEMENT_NAMES.idOf('linkId');
const ANSWER_TYPE = 'QuestionnaireResponse.item.answer';

/** How objects are masked that say themselves what they hold, by their type. */
export const CHOOSERS: ReadonlyMap<string, ChooseShape> = new Map<string, ChooseShape>([
  ['Identifier', chooseIdentifier],
  ['ContactPoint', chooseContact],
  ['Extension', chooseExtension],
  ['Attachment', chooseContent],
  ['Binary', chooseContent],
  ['Age', chooseAge],
  ['QuestionnaireResponse.item', chooseItem],
  ['Reference', chooseReference],
  ['ReferenceToAny', chooseReference],
  ['ReferenceToPerson', chooseReference],
  ['ReferenceToProvider', chooseReference],
]);

function chooseIdentifier(object: ObjectReader, { shapes, shape }: Choice): Shape {
  const system = readElement(object, SYSTEM);
  const said = system === '' ? undefined : shapes.field(system);
  const className = said?.dataClass ?? classOfSystem(system) ?? classOfType(object) ?? OTHER_ID;
  const isShown = said === undefined && className !== SSN && !isAboutPeople(shape.kind);
  if (isShown) return shapes.variant(shape, 'shown', () => ({ value: KEEP }));
  const key = said === undefined ? className : `${className} ${system}`;
  return shapes.variant(shape, key, () => ({
    value: shapes.value(className, 'string', said?.mask) ?? KEEP,
  }));
}

/** By the codes of the type of an identifier. */
function classOfType(object: ObjectReader): string | undefined {
  const { tape, token } = object;
  const type = findElement(object, token, TYPE);
  const codings = type === -1 ? -1 : findElement(object, type, CODING);
  if (codings === -1) return undefined;
  const end = tape.links[codings] as number;
  for (let coding = codings + 1; coding < end; coding = tape.links[coding] as number) {
    const code = readElement(object, CODE, coding);
    const className = CLASS_OF_IDENTIFIER_TYPE.get(code);
    if (className !== undefined) return className;
  }
  return undefined;
}

function chooseContact(object: ObjectReader, { shapes, shape }: Choice): Shape {
  if (shape.kind === 'provider') return shapes.variant(shape, 'shown', () => ({ value: KEEP }));
  const className = CLASS_OF_CONTACT.get(readElement(object, SYSTEM)) ?? 'phone';
  return shapes.variant(shape, className, () => ({
    value: shapes.value(className, 'string') ?? KEEP,
  }));
}

/** Of a person, what no one knows is hidden; elsewhere it is looked through. */
function chooseExtension(object: ObjectReader, choice: Choice): Shape {
  const { shapes, shape, surrounding } = choice;
  const url = readElement(object, URL);
  const said = shapes.field(url);
  const isUnknown = shape.kind === 'person' && !PLAIN_EXTENSIONS.has(url);
  const className =
    said?.dataClass ??
    CLASS_OF_EXTENSION.get(url) ??
    surrounding.ownerClass ??
    (isUnknown ? 'unmapped' : undefined);
  if (className === undefined) return shape;
  const key = `${className} ${said === undefined ? '' : url}`;
  const isCoded = CLASS_OF_EXTENSION.has(url) || CODED_EXTENSIONS.has(url);
  const hidesCodes = isUnknown && said === undefined && !isCoded;
  const valueOf = (type: string): Rule => shapes.value(className, type, said?.mask) ?? KEEP;
  const isNumber = said !== undefined || className === 'geo-coordinates';
  const isDate = said !== undefined || className.endsWith('-date');
  return shapes.variant(shape, `${key} ${hidesCodes}`, () => ({
    ...(hidesCodes && hideCodes(choice)),
    valueString: valueOf('string'),
    valueMarkdown: valueOf('markdown'),
    valueUri: valueOf('uri'),
    valueUrl: valueOf('url'),
    ...(isNumber && { valueDecimal: valueOf('decimal'), valueInteger: valueOf('integer') }),
    ...(isDate && { valueDate: valueOf('date'), valueDateTime: valueOf('dateTime') }),
  }));
}

/** Whatever else could say something of somebody: codes, numbers, and what is made of them. Dates have a class of their own. */
function hideCodes({ shapes, surrounding }: Choice): Readonly<Record<string, Rule>> {
  const rules: Record<string, Rule> = {};
  for (const [name, type] of elementsOf('Extension') ?? []) {
    if (!name.startsWith('value')) continue;
    if (CODE_TYPES.has(type)) rules[name] = shapes.value('unmapped', type) ?? KEEP;
    if (!CODED_TYPES.has(type)) continue;
    const { kind } = surrounding;
    rules[name] = { kind: 'object', find: () => shapes.of(type, { kind, isOpaque: true }) };
  }
  return rules;
}

/** Texts are looked through; of other content nobody knows what it shows. */
function chooseContent(object: ObjectReader, { shapes, shape, surrounding }: Choice): Shape {
  const type = readElement(object, CONTENT_TYPE);
  const charset = CHARSET.exec(type)?.[1] ?? 'utf-8';
  const isText = type.startsWith('text/') && READABLE.test(charset);
  if (!isText || shapes.isTextShown || surrounding.whole !== undefined) return shape;
  return shapes.variant(shape, 'text', () => ({ data: { kind: 'encoded-text' } }));
}

/** Of what is asked in a form, only the question says that it is a name. */
function chooseItem(object: ObjectReader, { shapes, shape, surrounding }: Choice): Shape {
  const isName = [TEXT, LINK_ID].some((element) => asksForName(readElement(object, element)));
  if (!isName || surrounding.whole !== undefined) return shape;
  const whole = { dataClass: NAME };
  return shapes.variant(shape, NAME, () => ({
    answer: { kind: 'object', find: () => shapes.of(ANSWER_TYPE, { ...surrounding, whole }) },
  }));
}

/** Ages over 89 are one category. */
function chooseAge(object: ObjectReader, { shapes, shape }: Choice): Shape {
  const { tape, bytes } = object;
  const value = findElement(object, object.token, VALUE);
  if (value === -1) return shape;
  const age = Number(bytes.toString('latin1', tape.starts[value], tape.ends[value]));
  const unit = readElement(object, CODE) || readElement(object, UNIT);
  const perYear = PARTS_OF_YEAR.find(([part]) => part.test(unit))?.[1] ?? 1;
  if (!(age / perYear > AGE_SHOWN_MAX)) return shape;
  return shapes.variant(shape, `old ${perYear}`, () => {
    const ofYears = shapes.value('age', 'decimal');
    return { value: ofYears === undefined ? KEEP : inParts(ofYears, perYear) };
  });
}

/** The same for numbers of which a year has several: what is shown of an age in months are months. */
function inParts(rule: ValueRule, perYear: number): ValueRule {
  if (perYear === 1) return rule;
  const mask: MaskValue = (text) => {
    const years = rule.mask(String(Math.ceil(Number(text) / perYear)));
    return years === null ? null : String(Number(years) * perYear);
  };
  return { ...rule, mask };
}

/** The name of what may be a person is hidden, that of who gives care is shown; of what else there is, it is looked through. */
function chooseReference(object: ObjectReader, { shapes, shape }: Choice): Shape {
  const target = typeOfReference(object);
  const isLocal = isLocalReference(object);
  const kind = target === undefined ? KIND_OF_REFERENCE[shape.type] : kindOfResource(target);
  const mayBePerson =
    shape.type === 'ReferenceToPerson' || (target === undefined && shape.type === 'ReferenceToAny');
  if (kind === 'person' || isLocal || mayBePerson) {
    const isTaught = kind === 'person';
    const isOfPatient = target === 'Patient';
    const key = isOfPatient ? 'patient' : isTaught ? 'person' : 'unclear';
    const list = (): Readonly<Record<string, Rule>> => {
      const hidden = shapes.value(NAME, 'string');
      // Perhaps a person's name, perhaps that of who gives care, or of what somebody has.
      return { display: hidden === undefined ? KEEP : { ...hidden, isTaught } };
    };
    return shapes.variant(shape, key, list, isOfPatient);
  }
  if (shapes.isTextShown) return shape;
  return shapes.variant(shape, kind ?? 'record', () => ({
    display: { kind: kind === 'provider' ? 'names' : 'text' },
  }));
}

/** What references lead to that do not say it, by what they may lead to. */
const KIND_OF_REFERENCE: Readonly<Record<string, ResourceKind>> = {
  ReferenceToPerson: 'person',
  ReferenceToProvider: 'provider',
};
