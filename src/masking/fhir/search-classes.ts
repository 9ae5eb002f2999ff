import { NO_CLASS } from '../content/content-masks.ts';
import { CLASS_OF_ELEMENT } from './element-classes.ts';
import { elementsOf, RESOURCE_TYPES } from './element-types.ts';
import { isParameterOfAny, kindOfParameter } from './r4-parameters.ts';
import { isAboutPeople, kindOfResource } from './resource-kinds.ts';
import { findSearchedElements, foldParameter } from './searched-elements.ts';

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
/** Those over 89 are hidden. */
const AGE: SearchClass = { kind: 'class', className: 'age' };
const IDENTIFIER: SearchClass = { kind: 'identifier' };
const PROVIDER_IDENTIFIER: SearchClass = { kind: 'provider-identifier' };

/** Parameters that every type has, or that say how the answer is to be, beside those of servers for their pages. */
const PLAIN: ReadonlySet<string> = foldNames([
  '_contained _containedType _count _elements _format _id _include _language _list _pretty _profile _revinclude _security _source',
  '_summary _tag _total _type _outputFormat _jobId includeAssociatedData on-demand organizeOutputBy persist',
  // Pages, as widespread servers name them.
  '_getpages _getpagesoffset _pageId _bundletype _page _page_token _cursor _offset _skip ct cursor offset page queryId stateid',
]);
/** Those that search by anything there is. */
const ANYTHING: ReadonlySet<string> = foldNames(['_content _filter _query _text _typeFilter']);

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
  }).flatMap(([className, names]) => [...foldNames([names])].map((name) => [name, className])),
);
/** Parameters of no element's name that ask by dates. */
const DATES: ReadonlySet<string> = foldNames([
  '_lastUpdated _since _until authored authoredon context-period date effective effective-time end indexed issued last-date',
  'occurrence onset performed period planned-date recorded related-date sent start started timestamp when',
]);
/** Parameters of no element's name that ask by codes, by other resources, or by numbers. */
const CODES_AND_REFERENCES: ReadonlySet<string> = foldNames([
  'actor address-country address-state agent agent-type attester author bodysite care-team claim code code-value-concept combo-code',
  'combo-code-value-quantity combo-value-concept combo-value-quantity component-code component-code-value-quantity',
  'component-value-concept component-value-quantity condition contenttype context coverage deceased diagnosis encounter entity',
  'entity-role entry event evidence-detail facility format general-practitioner ingredient ingredient-code item language link location',
  'manifestation medication member modality nutritionist organization participant participant-type',
  'patient payee performer practitioner primary-purpose procedure provider reaction reason reason-code reason-reference recipient',
  'relatedperson relation relationship requester reporter result route service-category service-provider service-type setting',
  'source special-arrangement specialty subject substance supporting-info target-disease vaccine-code value-concept value-quantity',
]);
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
    'CodeableConcept Coding Duration Money Quantity Range Reference',
    'boolean canonical code decimal id integer oid positiveInt time unsignedInt uri uuid',
  ].flatMap((types) => types.split(' ')),
);
const IDENTIFIER_NAME = 'identifier';
/** What parameters of these names ask by, of any type of resource; only of names that some type knows. */
const OF_ANY_TYPE = new Map<string, SearchClass>();

/**
 * What a parameter asks by, without its modifier.
 *
 * @param type Of the resources that are searched; undefined: of any.
 * @see https://hl7.org/fhir/R4/searchparameter-registry.html
 */
export function findSearchClass(type: string | undefined, name: string): SearchClass {
  const isIdentifier = name.toLowerCase().endsWith(`-${IDENTIFIER_NAME}`);
  const folded = isIdentifier ? IDENTIFIER_NAME : foldParameter(name);
  if (PLAIN.has(folded)) return SHOWN;
  if (ANYTHING.has(folded)) return UNKNOWN;
  if (DATES.has(folded)) return ofDates(type);
  return type === undefined ? ofAnyType(folded) : ofType(type, folded);
}

/** What one of all types hides. */
function ofAnyType(name: string): SearchClass {
  const found = OF_ANY_TYPE.get(name);
  if (found !== undefined) return found;
  const isKnown =
    OF_PEOPLE.has(name) ||
    CODES_AND_REFERENCES.has(name) ||
    isParameterOfAny(name) ||
    findSearchedElements(undefined, name).length > 0;
  if (!isKnown) return UNKNOWN;
  const ofEach = [...RESOURCE_TYPES].map((each) => ofType(each, name));
  const searchClass =
    ofEach.find(({ kind }) => kind === 'identifier') ??
    ofEach.find(({ kind }) => kind === 'class') ??
    ofEach.find(({ kind }) => kind === 'shown') ??
    UNKNOWN;
  OF_ANY_TYPE.set(name, searchClass);
  return searchClass;
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
  if (name === IDENTIFIER_NAME) return ofIdentifiers(type);
  const own = CODES_AND_REFERENCES.has(name) ? 'code' : kindOfParameter(type, name);
  if (own !== undefined) return own === 'code' ? SHOWN : ofDates(type);
  const [element] = findSearchedElements(type, name);
  const className = element && CLASS_OF_ELEMENT.get(`${type}.${element.name}`);
  if (className !== undefined && className !== NO_CLASS) return { kind: 'class', className };
  const elementType = element?.type;
  if (elementType === undefined) return UNKNOWN;
  if (DATE_TYPES.has(elementType)) return ofDates(type);
  if (elementType === 'Identifier') return ofIdentifiers(type);
  if (elementType === 'Age') return AGE;
  if (TEXT_TYPES.has(elementType))
    return isOfPeople ? { kind: 'class', className: 'free-text' } : SHOWN;
  return PLAIN_TYPES.has(elementType) ? SHOWN : UNKNOWN;
}

function ofIdentifiers(type: string): SearchClass {
  const kind = kindOfResource(type);
  if (isAboutPeople(kind)) return IDENTIFIER;
  return kind === 'provider' ? PROVIDER_IDENTIFIER : SHOWN;
}

/** @param lists Of names with spaces between them. */
function foldNames(lists: readonly string[]): ReadonlySet<string> {
  return new Set(lists.flatMap((names) => names.split(' ')).map(foldParameter));
}

/** Whether resources of a type are somebody, or who gives care: they have a name, an address or a telephone of their own. */
function hasPeople(type: string): boolean {
  const elements = elementsOf(type);
  return (
    kindOfResource(type) === 'provider' ||
    elements?.get('name') === 'HumanName' ||
    elements?.get('address') === 'Address'
  );
}
