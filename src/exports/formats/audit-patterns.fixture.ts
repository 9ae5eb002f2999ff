import type { FhirResource } from './fhir-audit-event.ts';

/*
 * The rules of IHE's Basic Audit Log Patterns (BALP 1.1) for interactions with FHIR servers, written down from the profiles'
 * pages and not from what makes the events: codes that are fixed, and how often each slice is there.
 * @see https://profiles.ihe.net/ITI/BALP/content.html
 */

interface Rules {
  readonly action: string;
  readonly subtypes: readonly string[];
  readonly client: string;
  readonly server: string;
  readonly user: readonly string[];
  readonly asks: 'query' | 'data';
}

const WRITERS = ['AUT', 'INF', 'CST'];
const SOURCE = { client: '110153', server: '110152' };

const RULES: ReadonlyMap<string, Rules> = new Map<string, Rules>([
  ['Read', { action: 'R', subtypes: ['read', 'vread'], ...SOURCE, user: ['IRCP'], asks: 'data' }],
  [
    'Query',
    {
      action: 'E',
      subtypes: ['search', 'search-type', 'search-system'],
      ...SOURCE,
      user: ['IRCP'],
      asks: 'query',
    },
  ],
  ['Create', { action: 'C', subtypes: ['create'], ...SOURCE, user: WRITERS, asks: 'data' }],
  [
    'Update',
    { action: 'U', subtypes: ['update', 'patch'], ...SOURCE, user: WRITERS, asks: 'data' },
  ],
  [
    'Delete',
    {
      action: 'D',
      subtypes: ['delete'],
      client: '110150',
      server: 'custodian',
      user: WRITERS,
      asks: 'data',
    },
  ],
]);

const PREFIX = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.';

interface Element {
  readonly code?: string;
  readonly system?: string;
  readonly [name: string]: unknown;
}

/** What of an event breaks the profile that it claims; nothing if it keeps to it. */
export function findViolations(event: FhirResource): readonly string[] {
  const { profile } = (event['meta'] ?? {}) as { readonly profile?: readonly string[] };
  const [url = '', ...others] = profile ?? [];
  const isPatient = url.startsWith(`${PREFIX}Patient`);
  const rules = RULES.get(url.slice(PREFIX.length).replace('Patient', ''));
  if (rules === undefined || others.length > 0 || !url.startsWith(PREFIX)) return ['no profile'];
  const violations: string[] = [];
  const expect = (isKept: boolean, what: string): void => {
    if (!isKept) violations.push(what);
  };
  const type = event['type'] as Element;
  expect(type.code === 'rest' && type.system?.endsWith('/audit-event-type') === true, 'type');
  const interactions = (event['subtype'] as readonly Element[]).filter(
    ({ system }) => system === 'http://hl7.org/fhir/restful-interaction',
  );
  expect(interactions.length === 1 && rules.subtypes.includes(codeOf(interactions[0])), 'subtype');
  expect(event['action'] === rules.action, 'action');
  expect(event['outcome'] === '0', 'outcome');
  violations.push(...findAgentViolations(event['agent'] as readonly Element[], rules));
  violations.push(...findEntityViolations(event['entity'] as readonly Element[], rules, isPatient));
  return violations;
}

function findAgentViolations(agents: readonly Element[], rules: Rules): readonly string[] {
  const violations: string[] = [];
  const having = (codes: readonly string[]): readonly Element[] =>
    agents.filter((agent) => codes.includes(agentCode(agent)));
  for (const [slice, codes] of Object.entries({ client: [rules.client], server: [rules.server] })) {
    const [agent, ...more] = having(codes);
    const isWhole = agent?.['who'] !== undefined && agent['network'] !== undefined;
    const isBare = ['media', 'role', 'altId', 'name', 'location', 'policy', 'purposeOfUse'].every(
      (name) => agent?.[name] === undefined,
    );
    if (!isWhole || more.length > 0 || agent['media'] !== undefined) violations.push(slice);
    if (rules.action === 'D' && !isBare) violations.push(`${slice} says too much`);
  }
  const users = having(rules.user);
  const isUser = (user: Element): boolean =>
    user['who'] !== undefined && user['requestor'] === true && user['network'] === undefined;
  if (users.length > 1 || !users.every(isUser) || agents.length < 2) violations.push('user');
  return violations;
}

function findEntityViolations(
  entities: readonly Element[],
  { asks, action }: Rules,
  isPatient: boolean,
): readonly string[] {
  const violations: string[] = [];
  const objects = entities.filter((entity) => codeOf(entity['type']) === '2');
  const [object] = objects;
  const role = codeOf(object?.['role']);
  const isQuery =
    role === '24' && typeof object?.['query'] === 'string' && object['what'] === undefined;
  const isData = ['3', '4', '20'].includes(role) && object?.['what'] !== undefined;
  if (objects.length !== 1 || !(asks === 'query' ? isQuery : isData)) violations.push(asks);
  if (object?.['detail'] !== undefined || object?.['lifecycle'] !== undefined)
    violations.push(`${asks} says too much`);
  if (action === 'D' && object?.['name'] !== undefined) violations.push('data has a name');
  const patients = entities.filter((entity) => codeOf(entity['type']) === '1');
  const isAbout = patients.every(
    ({ role: part, what }) => codeOf(part) === '1' && (what as Element)['type'] === 'Patient',
  );
  if (patients.length !== (isPatient ? 1 : 0) || !isAbout) violations.push('patient');
  return violations;
}

function codeOf(coding: unknown): string {
  return (coding as Element | undefined)?.code ?? '';
}

function agentCode({ type }: Element): string {
  return codeOf((type as { readonly coding: readonly Element[] }).coding[0]);
}
