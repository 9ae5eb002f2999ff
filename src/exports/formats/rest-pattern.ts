import type { ExportRecord } from '../export-record.ts';
import { readObject, readText, readTexts } from '../read-fields.ts';
import {
  APPLICATION,
  AUTHOR,
  type Coding,
  CUSTODIAN,
  DESTINATION_ROLE,
  ENTITY_ROLE,
  ENTITY_TYPE,
  RECIPIENT,
  SOURCE_ROLE,
} from './fhir-codes.ts';

/** How the Basic Audit Log Patterns of IHE have an interaction with a FHIR server. */
export interface RestPattern {
  /** Canonical URL of the profile; without a patient if it is about none. */
  readonly profile: (hasPatient: boolean) => string;
  /** Of `restful-interaction`. */
  readonly interaction: Coding;
  readonly action: 'C' | 'R' | 'U' | 'D' | 'E';
  readonly client: Coding;
  readonly server: Coding;
  readonly user: Coding;
  /** What was asked, or what it was about: the entity that the profile requires beside the patient. */
  readonly entity: Readonly<Record<string, unknown>>;
}

/** What every event of these patterns is. */
export const REST: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
  code: 'rest',
  display: 'Restful Operation',
};

const PROFILES = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.';
/** Stands for what a request asked by: the ledger keeps no values of it here. */
const HIDDEN = '•••';

type Roles = Pick<RestPattern, 'client' | 'server' | 'user'>;

const ASKS: Roles = { client: SOURCE_ROLE, server: DESTINATION_ROLE, user: RECIPIENT };
const WRITES: Roles = { client: SOURCE_ROLE, server: DESTINATION_ROLE, user: AUTHOR };
const DELETES: Roles = { client: APPLICATION, server: CUSTODIAN, user: AUTHOR };

type Kind = Roles & Pick<RestPattern, 'action'> & { readonly name: string };

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['read', { name: 'Read', action: 'R', ...ASKS }],
  ['vread', { name: 'Read', action: 'R', ...ASKS }],
  ['search', { name: 'Query', action: 'E', ...ASKS }],
  ['create', { name: 'Create', action: 'C', ...WRITES }],
  ['update', { name: 'Update', action: 'U', ...WRITES }],
  ['patch', { name: 'Update', action: 'U', ...WRITES }],
  ['delete', { name: 'Delete', action: 'D', ...DELETES }],
]);

/**
 * The pattern that an entry fits: the patterns are for interactions that succeeded, and whether one did is known of its
 * result. Undefined for all other entries.
 *
 * @see https://profiles.ihe.net/ITI/BALP/content.html
 */
export function findRestPattern({ kind, fields }: ExportRecord): RestPattern | undefined {
  if (kind !== 'result') return undefined;
  const { interaction, type, parameters } = readObject(fields['fhir']);
  const known = KINDS.get(readText(interaction) ?? '');
  const status = fields['status'];
  if (known === undefined || typeof status !== 'number' || status < 200 || status > 299) return;
  const resourceType = readText(type);
  const isSearch = known.name === 'Query';
  const code = isSearch ? searchCode(resourceType) : String(interaction);
  const { name, ...rest } = known;
  return {
    ...rest,
    profile: (hasPatient) => `${PROFILES}${hasPatient ? 'Patient' : ''}${name}`,
    interaction: { system: 'http://hl7.org/fhir/restful-interaction', code, display: code },
    entity: isSearch
      ? describeQuery(resourceType, readTexts(parameters))
      : describeData(resourceType),
  };
}

function searchCode(resourceType: string | undefined): string {
  return resourceType === undefined ? 'search-system' : 'search-type';
}

function describeQuery(type = '', parameters: readonly string[]): RestPattern['entity'] {
  const query = parameters.map((name) => `${name}=${HIDDEN}`).join('&');
  const text = `GET ${type}${query === '' ? '' : `?${query}`}`;
  return {
    type: { system: ENTITY_TYPE, code: '2', display: 'System Object' },
    role: { system: ENTITY_ROLE, code: '24', display: 'Query' },
    query: Buffer.from(text).toString('base64'),
  };
}

/** Its id may say whose it is, so that only its type is told. */
function describeData(type: string | undefined): RestPattern['entity'] {
  return {
    type: { system: ENTITY_TYPE, code: '2', display: 'System Object' },
    role: { system: ENTITY_ROLE, code: '4', display: 'Domain Resource' },
    what: { ...(type !== undefined && { type }), display: `${type ?? 'a resource'}, id withheld` },
  };
}
