import { elementsOf } from './element-types.ts';

/**
 * Elements that say what others beside them hold, and so what is shown of these, in small letters; by the type of what they are in.
 * Types are those of which `CHOOSERS` choose a shape.
 */
export const TELLING_ELEMENTS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    Identifier: 'system type',
    ContactPoint: 'system',
    Extension: 'url',
    Attachment: 'contenttype',
    Binary: 'contenttype',
    Age: 'code unit',
    Reference: 'reference type',
    ReferenceToAny: 'reference type',
    ReferenceToPerson: 'reference type',
    ReferenceToProvider: 'reference type',
    'QuestionnaireResponse.item': 'linkid text',
  }).map(([type, names]) => [type, new Set(names.split(' '))]),
);

/** Of which only itself says what type it is. */
const ANY_RESOURCE = 'Resource';

/** Whether an element of a type says what others of it hold, or may. */
export function isTellingType(type: string): boolean {
  return type === ANY_RESOURCE || TELLING_ELEMENTS.has(type);
}

/** Whether a path from a type leads to, or through, an element that says what others hold. */
export function leadsToTelling(type: string, names: readonly string[]): boolean {
  let at: string | undefined = type;
  for (const name of names) {
    if (at === undefined) return false;
    if (isTelling(at, name)) return true;
    at = typeOfPart(at, name);
  }
  return false;
}

/** Whether a value of a type, merged into what is there, has an element that says what others hold. */
export function mergesTelling(type: string, value: object): boolean {
  return Object.entries(value).some(([name, part]: [string, unknown]) => {
    if (isTelling(type, name)) return true;
    const partType = typeOfPart(type, name);
    // Lists take the place of those that are there.
    const isMerged = typeof part === 'object' && part !== null && !Array.isArray(part);
    return isMerged && partType !== undefined && mergesTelling(partType, part);
  });
}

function isTelling(type: string, name: string): boolean {
  return type === ANY_RESOURCE || TELLING_ELEMENTS.get(type)?.has(name.toLowerCase()) === true;
}

/** Types of elements by their names in small letters: to some servers case makes no difference. By type. */
const FOLDED = new Map<string, ReadonlyMap<string, string>>();

function typeOfPart(type: string, name: string): string | undefined {
  const elements = elementsOf(type);
  if (elements === undefined) return undefined;
  const folded =
    FOLDED.get(type) ??
    new Map([...elements].map(([element, partType]) => [element.toLowerCase(), partType]));
  FOLDED.set(type, folded);
  return folded.get(name.toLowerCase());
}
