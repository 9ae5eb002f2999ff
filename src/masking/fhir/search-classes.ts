import { NO_CLASS } from '../content/content-masks.ts';
import { CLASS_OF_ELEMENT } from './element-classes.ts';
import { elementsOf, RESOURCE_TYPES } from './element-types.ts';
import { isAboutPeople, kindOfResource } from './resource-kinds.ts';

/**
 * What a search parameter asks by.
 *
 * - `shown`: nothing that masks change.
 * - `class`: values of a class.
 * - `identifier`: identifiers, of whatever class their system says.
 * - `provider-identifier`: those of who gives care, of which few are hidden.
 * - `unknown`: nobody knows.
 */
export type SearchClass =
  | { readonly kind: 'shown' | 'identifier' | 'provider-identifier' | 'unknown' }
  | { readonly kind: 'class'; readonly className: string };

const SHOWN: SearchClass = { kind: 'shown' };
const UNKNOWN: SearchClass = { kind: 'unknown' };
const IDENTIFIER: SearchClass = { kind: 'identifier' };
const PROVIDER_IDENTIFIER: SearchClass = { kind: 'provider-identifier' };

/** Parameters that every type has, or that say how the answer is to be, beside those of servers for their pages. */
const PLAIN: ReadonlySet<string> = new Set(
  [
    '_contained _containedType _count _elements _format _id _include _language _list _pretty _profile _revinclude _security _source',
    '_summary _tag _total _type _outputFormat _jobId',
    // Pages, as widespread servers name them.
    '_getpages _getpagesoffset _pageId _bundletype _page _page_token _cursor _offset _skip ct cursor offset page queryId stateid',
  ].flatMap((names) => names.split(' ')),
);
/** Those that search by anything there is. */
const ANYTHING: ReadonlySet<string> = new Set([
  '_content',
  '_filter',
  '_query',
  '_text',
  '_typeFilter',
]);

/** Of people, whatever type they are of. */
const OF_PEOPLE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    name: 'name family given phonetic',
    address: 'address address-use',
    city: 'address-city',
    zip: 'address-postalcode',
    phone: 'phone telecom',
    email: 'email',
    'birth-date': 'birthdate',
    'death-date': 'death-date',
  }).flatMap(([className, names]) => names.split(' ').map((name) => [name, className])),
);
/** Parameters that ask by a part of an element. */
const PARTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    name: 'family given phonetic',
    address: 'address-city address-country address-postalcode address-state address-use',
    telecom: 'phone email',
    'deceased-date-time': 'death-date',
  }).flatMap(([element, names]) => names.split(' ').map((name) => [name, element])),
);
/** Parameters of no element's name that ask by dates. */
const DATES: ReadonlySet<string> = new Set(
  [
    '_lastUpdated _since authored authoredon context-period date effective effective-time end indexed issued last-date',
    'occurrence onset performed period planned-date recorded related-date sent start started timestamp when',
  ].flatMap((names) => names.split(' ')),
);
/** Parameters of no element's name that ask by codes, by other resources, or by numbers. */
const CODES_AND_REFERENCES: ReadonlySet<string> = new Set(
  [
    'actor address-country address-state agent agent-type attester author bodysite care-team claim code code-value-concept combo-code',
    'combo-code-value-quantity combo-value-concept combo-value-quantity component-code component-code-value-quantity',
    'component-value-concept component-value-quantity condition contenttype context coverage deceased diagnosis encounter entity',
    'entity-role entry event evidence-detail facility format general-practitioner ingredient ingredient-code item language link location',
    'location-period manifestation medication member modality nutritionist onset-age organization participant participant-type',
    'patient payee performer practitioner primary-purpose procedure provider reaction reason reason-code reason-reference recipient',
    'relatedperson relation relationship requester reporter result route service-category service-provider service-type setting',
    'source special-arrangement specialty subject substance supporting-info target-disease vaccine-code value-concept value-quantity',
  ].flatMap((names) => names.split(' ')),
);
const DATE_TYPES: ReadonlySet<string> = new Set([
  'date',
  'dateTime',
  'instant',
  'Period',
  'Timing',
]);
const TEXT_TYPES: ReadonlySet<string> = new Set([
  'string',
  'markdown',
  'Annotation',
  'Attachment',
  'xhtml',
]);

/** Types of which masks change nothing that is searched by. */
const PLAIN_TYPES: ReadonlySet<string> = new Set(
  [
    'Age CodeableConcept Coding Duration Money Quantity Range Reference ReferenceToAny ReferenceToPerson ReferenceToProvider',
    'boolean canonical code decimal id integer oid positiveInt time unsignedInt uri uuid',
  ].flatMap((types) => types.split(' ')),
);
/** What may stand in an element's name behind that of its parameter. */
const CHOICE_ENDS: ReadonlySet<string> = new Set(
  'age boolean codeableconcept concept date datetime period quantity range reference string time timing'.split(
    ' ',
  ),
);

/** What parameters were found to ask by: links in Bundles have the same ones again and again. */
const found = new Map<string, SearchClass>();
const FOUND_MAX = 1024;
/** Longer ones are no parameters of FHIR. */
const NAME_LENGTH_MAX = 64;

/**
 * What a parameter asks by, without its modifier.
 *
 * @param type Of the resources that are searched; undefined: of any.
 * @see https://hl7.org/fhir/R4/searchparameter-registry.html
 */
export function findSearchClass(type: string | undefined, name: string): SearchClass {
  if (name.length > NAME_LENGTH_MAX) return lookUp(type, name);
  const key = `${type ?? ''}?${name}`;
  const known = found.get(key);
  if (known !== undefined) return known;
  const searchClass = lookUp(type, name);
  if (found.size === FOUND_MAX) found.clear();
  found.set(key, searchClass);
  return searchClass;
}

function lookUp(type: string | undefined, name: string): SearchClass {
  if (PLAIN.has(name)) return SHOWN;
  if (ANYTHING.has(name)) return UNKNOWN;
  if (DATES.has(name)) return ofDates(type);
  if (type !== undefined) return ofType(type, name);
  // Of any type: what one of them hides.
  const ofEach = [...RESOURCE_TYPES].map((each) => ofType(each, name));
  return (
    ofEach.find(({ kind }) => kind === 'identifier') ??
    ofEach.find(({ kind }) => kind === 'class') ??
    ofEach.find(({ kind }) => kind === 'shown') ??
    UNKNOWN
  );
}

function ofDates(type: string | undefined): SearchClass {
  const isDefinition = type !== undefined && kindOfResource(type) === 'definition';
  return isDefinition ? SHOWN : { kind: 'class', className: 'date' };
}

function ofType(type: string, name: string): SearchClass {
  const isOfPeople = isAboutPeople(kindOfResource(type));
  const ofPeople = OF_PEOPLE.get(name);
  const isDate = ofPeople?.endsWith('-date') === true;
  if (ofPeople !== undefined && hasPeople(type)) {
    return isOfPeople || isDate ? { kind: 'class', className: ofPeople } : SHOWN;
  }
  if (name === 'identifier' || name.endsWith('-identifier')) return ofIdentifiers(type);
  if (CODES_AND_REFERENCES.has(name)) return SHOWN;
  const element = findSearchedElement(type, name);
  const className = element && CLASS_OF_ELEMENT.get(`${type}.${element.name}`);
  if (className !== undefined && className !== NO_CLASS) return { kind: 'class', className };
  const elementType = element?.type;
  if (elementType === undefined) return UNKNOWN;
  if (DATE_TYPES.has(elementType)) return ofDates(type);
  if (elementType === 'Identifier') return ofIdentifiers(type);
  if (TEXT_TYPES.has(elementType))
    return isOfPeople ? { kind: 'class', className: 'free-text' } : SHOWN;
  return PLAIN_TYPES.has(elementType) ? SHOWN : UNKNOWN;
}

function ofIdentifiers(type: string): SearchClass {
  const kind = kindOfResource(type);
  if (isAboutPeople(kind)) return IDENTIFIER;
  return kind === 'provider' ? PROVIDER_IDENTIFIER : SHOWN;
}

/** Whether resources of a type have a name and an address of their own. */
function hasPeople(type: string): boolean {
  const elements = elementsOf(type);
  return elements?.get('name') === 'HumanName' || elements?.get('address') === 'Address';
}

/** An element that a parameter asks by. */
export interface SearchedElement {
  readonly name: string;
  readonly type: string;
}

/** The element of which a parameter has the name: `basedOn` for `based-on`, `onsetDateTime` for `onset-date`; or a part of its name. */
export function findSearchedElement(type: string, parameter: string): SearchedElement | undefined {
  const wanted = (PARTS.get(parameter) ?? parameter).replaceAll('-', '').toLowerCase();
  let found: SearchedElement | undefined;
  for (const [name, elementType] of elementsOf(type) ?? []) {
    const element = { name, type: elementType };
    const written = name.toLowerCase();
    if (written === wanted) return element;
    // Elements of several types end with the type's name.
    const isChoice = written.endsWith(
      elementType.replace(/^ReferenceTo.*/u, 'Reference').toLowerCase(),
    );
    const rest = written.slice(wanted.length);
    if (isChoice && written.startsWith(wanted) && CHOICE_ENDS.has(rest)) found ??= element;
  }
  return found;
}
