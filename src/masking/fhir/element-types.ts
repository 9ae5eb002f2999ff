import { KeyNames } from '../content/key-names.ts';
import { WasmTape } from '../content/wasm-tape.ts';
import { R4_ELEMENTS, R4_RESOURCES } from './r4-elements.ts';

/** The types of resources of FHIR R4. */
export const RESOURCE_TYPES: ReadonlySet<string> = new Set(R4_RESOURCES.trim().split('\n'));

/** What every element has. */
const OF_ELEMENTS: readonly (readonly [string, string])[] = [
  ['id', 'id'],
  ['extension', 'Extension'],
  ['modifierExtension', 'Extension'],
];
/** What every resource has beside. */
const OF_RESOURCES: readonly (readonly [string, string])[] = [
  ['resourceType', 'code'],
  ['meta', 'Meta'],
  ['implicitRules', 'uri'],
  ['language', 'code'],
  ['text', 'Narrative'],
  ['contained', 'Resource'],
];
const REFERENCES: readonly string[] = [
  'ReferenceToAny',
  'ReferenceToPerson',
  'ReferenceToProvider',
];

/** Types of elements by their names, by type. A type that is not here is a primitive. */
const TYPES: ReadonlyMap<string, ReadonlyMap<string, string>> = readTypes();

/** Every name that an element can have, and those of what belongs to primitives (`_birthDate`). */
export const ELEMENT_NAMES: KeyNames = new KeyNames(
  [...TYPES.values()].flatMap((elements) =>
    [...elements.keys()].flatMap((name) => [name, `_${name}`]),
  ),
);

let wasmTape: WasmTape | undefined;

/** What reads tokens by these names. */
export function fhirTape(): WasmTape {
  wasmTape ??= new WasmTape(ELEMENT_NAMES);
  return wasmTape;
}

/** The elements of a type; undefined if it is a primitive. */
export function elementsOf(type: string): ReadonlyMap<string, string> | undefined {
  return TYPES.get(type);
}

function readTypes(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const types = new Map<string, ReadonlyMap<string, string>>();
  for (const line of R4_ELEMENTS.trim().split('\n')) {
    const [type = '', groups = ''] = line.split('=');
    const elements = new Map<string, string>(OF_ELEMENTS);
    if (RESOURCE_TYPES.has(type)) for (const [name, own] of OF_RESOURCES) elements.set(name, own);
    for (const group of groups.split('|')) {
      const [elementType = '', ...names] = group.split(' ');
      for (const name of names) elements.set(name, elementType);
    }
    types.set(type, elements);
  }
  const reference = types.get('Reference');
  if (reference !== undefined) for (const name of REFERENCES) types.set(name, reference);
  return types;
}
