import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Where the table is, in the repository. */
export const RESULT: string = 'src/masking/fhir/r4-elements.ts';

/** What every type has. */
const OF_ELEMENTS: readonly string[] = ['id', 'extension', 'modifierExtension'];
/** What every resource has. */
const OF_RESOURCES: readonly string[] = [
  ...OF_ELEMENTS,
  ...['meta', 'implicitRules', 'language', 'text', 'contained'],
];
const PEOPLE: ReadonlySet<string> = new Set(['Patient', 'RelatedPerson', 'Person', 'Group']);
const PROVIDERS: ReadonlySet<string> = new Set(
  'CareTeam Endpoint HealthcareService InsurancePlan Location Organization OrganizationAffiliation Practitioner PractitionerRole'.split(
    ' ',
  ),
);

/** Of references within elements the definitions at hand do not say what they lead to: those that may lead to people. */
const NAMES_OF_PEOPLE: ReadonlySet<string> = new Set(
  [
    'actor author authorReference entity entityReference individual member onBehalfOf other participant party payee performer',
    'recipient reference reportedReference requester responsible responsibleParty sourcePatientInfo subjectReference target',
    'valueReference verifiedWith who',
  ].flatMap((names) => names.split(' ')),
);
/** Those that lead to who gives care, or pays for it. */
const NAMES_OF_PROVIDERS: ReadonlySet<string> = new Set(
  'collector custodian endpoint facility issuer location locationReference network observer organization provider publisher'.split(
    ' ',
  ),
);

interface Property {
  readonly _name: string;
  readonly _type: string;
  readonly _targetProfiles?: readonly string[];
  readonly _properties?: readonly Property[];
}

type Definitions = Readonly<
  Record<string, { readonly _kind: string; readonly _properties: readonly Property[] }>
>;

/** Types by what a reference may lead to. */
function typeOfReference({ _name: name, _targetProfiles = [] }: Property): string {
  const targets = _targetProfiles.map((url) => url.slice(url.lastIndexOf('/') + 1));
  if (targets.length === 0) {
    if (NAMES_OF_PEOPLE.has(name)) return 'ReferenceToPerson';
    return NAMES_OF_PROVIDERS.has(name) ? 'ReferenceToProvider' : 'Reference';
  }
  if (targets.includes('Resource')) return 'ReferenceToAny';
  if (targets.some((target) => PEOPLE.has(target))) return 'ReferenceToPerson';
  return targets.every((target) => PROVIDERS.has(target)) ? 'ReferenceToProvider' : 'Reference';
}

function typeOf(property: Property, path: string): string {
  const { _type: type, _properties: nested = [] } = property;
  if (type.startsWith('#')) return type.slice(1);
  if (type === 'Reference') return typeOfReference(property);
  const isNested = (type === 'BackboneElement' || type === 'Element') && nested.length > 0;
  return isNested ? path : type;
}

/** Collects the elements of a type, and of the types within it. */
function collect(
  path: string,
  properties: readonly Property[],
  omitted: readonly string[],
  into: Map<string, string>,
): void {
  const byType = new Map<string, string[]>();
  for (const property of properties) {
    const { _name: name, _properties: nested = [] } = property;
    if (name.startsWith('_') || omitted.includes(name)) continue;
    const type = typeOf(property, `${path}.${name}`);
    byType.set(type, [...(byType.get(type) ?? []), name]);
    if (type === `${path}.${name}`) collect(type, nested, OF_ELEMENTS, into);
  }
  const groups = [...byType].sort(([one], [other]) => (one < other ? -1 : 1));
  into.set(path, groups.map(([type, names]) => `${type} ${names.join(' ')}`).join('|'));
}

/**
 * Writes down which elements the types of FHIR R4 have, and of what type each is: facts of the definitions that HL7 publishes
 * (https://hl7.org/fhir/R4/, CC0), as the development dependency `fhir` carries them.
 */
export function writeFhirElements(): string {
  const definitions = JSON.parse(
    readFileSync(createRequire(import.meta.url).resolve('fhir/profiles/types.json'), 'utf8'),
  ) as Definitions;
  const types = new Map<string, string>();
  for (const [name, { _kind: kind, _properties: properties }] of Object.entries(definitions)) {
    if (kind === 'primitive-type') continue;
    collect(name, properties, kind === 'resource' ? OF_RESOURCES : OF_ELEMENTS, types);
  }
  const resources = Object.entries(definitions)
    .filter(([, { _kind: kind }]) => kind === 'resource')
    .map(([name]) => name);
  const lines = [...types].map(([type, elements]) => `${type}=${elements}`);
  return `// NOTE: long file: one table, written by tools/generate-fhir-elements.ts
// What it says are facts of FHIR R4 (4.0.1), https://hl7.org/fhir/R4/, CC0.

/** The types of resources. */
export const R4_RESOURCES: string = \`
${resources.join('\n')}
\`;

/**
 * A type in each line, then its elements by their type: \`Type=type name name|type name\`. Left out is what every type has, or every
 * resource. References are told apart by what they may lead to.
 */
export const R4_ELEMENTS: string = \`
${lines.join('\n')}
\`;
`;
}

if (import.meta.main) writeFileSync(RESULT, writeFhirElements());
