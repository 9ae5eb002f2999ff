import { elementsOf, RESOURCE_TYPES } from './element-types.ts';

/** An element that a parameter asks by. */
export interface SearchedElement {
  /** Type of the resources that have it. */
  readonly owner: string;
  readonly name: string;
  /** Of references, whatever they lead to: `Reference`. */
  readonly type: string;
}

/** Parameters that ask by a part of an element. */
const PARTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    name: 'family given phonetic',
    address: 'addresscity addresscountry addresspostalcode addressstate addressuse',
    telecom: 'phone email',
    deceaseddatetime: 'deathdate',
    accessionidentifier: 'accession',
    position: 'near',
  }).flatMap(([element, names]) => names.split(' ').map((name) => [name, element])),
);
/** What may stand in an element's name behind that of its parameter. */
const CHOICE_ENDS: readonly string[] =
  'age boolean codeableconcept concept date datetime period quantity range reference string time timing'.split(
    ' ',
  );

const NONE: readonly SearchedElement[] = [];
/** By what a parameter is called that asks by them, folded; of each type. Anybody may ask: they are not looked for each time. */
const ELEMENTS: ReadonlyMap<string, ReadonlyMap<string, SearchedElement>> = new Map(
  [...RESOURCE_TYPES].map((type) => [type, nameElements(type)]),
);
/** The same, of all types. */
const OF_ANY_TYPE: ReadonlyMap<string, readonly SearchedElement[]> = mergeNames();

/** A name of a parameter as it is looked up: servers differ in whether case counts, and elements have capitals for dashes. */
export function foldParameter(name: string): string {
  return name.replaceAll('-', '').toLowerCase();
}

/**
 * The elements of which a parameter has the name: `basedOn` for `based-on`, `onsetDateTime` for `onset-date`; or a part of their name.
 *
 * @param type Of the resources that are searched, which have one such element at most; undefined: of any.
 */
export function findSearchedElements(
  type: string | undefined,
  parameter: string,
): readonly SearchedElement[] {
  const folded = foldParameter(parameter);
  const name = PARTS.get(folded) ?? folded;
  if (type === undefined) return OF_ANY_TYPE.get(name) ?? NONE;
  const element = ELEMENTS.get(type)?.get(name);
  return element === undefined ? NONE : [element];
}

function nameElements(owner: string): ReadonlyMap<string, SearchedElement> {
  const elements = [...(elementsOf(owner) ?? [])].map(([name, type]) => ({
    ...{ owner, name },
    type: type.replace(/^ReferenceTo.*/u, 'Reference'),
  }));
  const named = new Map<string, SearchedElement>();
  for (const element of elements) {
    const name = element.name.toLowerCase();
    // Elements of several types end with the type's name.
    if (!name.endsWith(element.type.toLowerCase())) continue;
    for (const end of CHOICE_ENDS.filter((one) => name.endsWith(one))) {
      const parameter = name.slice(0, -end.length);
      if (!named.has(parameter)) named.set(parameter, element);
    }
  }
  for (const element of elements) named.set(element.name.toLowerCase(), element);
  return named;
}

function mergeNames(): ReadonlyMap<string, readonly SearchedElement[]> {
  const merged = new Map<string, SearchedElement[]>();
  for (const elements of ELEMENTS.values()) {
    for (const [name, element] of elements) {
      const others = merged.get(name);
      if (others === undefined) merged.set(name, [element]);
      else others.push(element);
    }
  }
  return merged;
}
