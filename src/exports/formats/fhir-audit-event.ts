import { hash } from 'node:crypto';
import { isIP } from 'node:net';
import {
  describeEvent,
  type EventActor,
  type EventFacts,
  type ExportOrigin,
  findFacts,
  PRODUCT,
} from '../event-facts.ts';
import type { ExportRecord } from '../export-record.ts';
import { readObject, readTexts } from '../read-fields.ts';
import {
  type Coding,
  DESTINATION_ROLE,
  dicom,
  ENTITY_ROLE,
  ENTITY_TYPE,
  RECIPIENT,
  SOURCE_ROLE,
  SOURCE_TYPE,
} from './fhir-codes.ts';
import { findRestPattern, REST, type RestPattern } from './rest-pattern.ts';

/** A resource of FHIR R4, as a document. */
export type FhirResource = Readonly<Record<string, unknown>>;

/** Codes of DICOM PS3.16, annex D. */
const APPLICATION_ACTIVITY = dicom('110100', 'Application Activity');
const AUDIT_LOG_USED = dicom('110101', 'Audit Log Used');
const QUERY = dicom('110112', 'Query');
const SECURITY_ALERT = dicom('110113', 'Security Alert');
const USER_AUTHENTICATION = dicom('110114', 'User Authentication');
const PATIENT_RECORD = dicom('110110', 'Patient Record');
const APPLICATION_START = dicom('110120', 'Application Start');
const APPLICATION_STOP = dicom('110121', 'Application Stop');
const LOGIN = dicom('110122', 'Login');
const LOGOUT = dicom('110123', 'Logout');
const EMERGENCY_OVERRIDE_STARTED = dicom('110127', 'Emergency Override Started');
const SECURITY_CONFIGURATION = dicom('110129', 'Security Configuration');
const ROLES_CHANGED = dicom('110136', 'Security Roles Changed');

/** Patients of one result that stand in one resource; how many there were stands in it, too. */
const PATIENTS_MAX = 100;
/** Patients of one result that get an event of their own each. */
const PATIENT_EVENTS_MAX = 20;

/** Whoever took which part in an event. */
type Roles = Pick<RestPattern, 'client' | 'server' | 'user'>;

const USUAL_ROLES: Roles = { client: SOURCE_ROLE, server: DESTINATION_ROLE, user: RECIPIENT };

/**
 * Says an entry as AuditEvents of FHIR R4: one, but for the answer of a FHIR server about several patients, of which
 * IHE's Basic Audit Log Patterns ask for one each.
 *
 * @see https://hl7.org/fhir/R4/auditevent.html
 * @see https://profiles.ihe.net/ITI/BALP
 */
export function toFhirAuditEvents(
  record: ExportRecord,
  origin: ExportOrigin,
): readonly FhirResource[] {
  const patients = listPatients(record.fields);
  const pattern = hasUnnamed(record.fields) ? undefined : findRestPattern(record);
  if (pattern === undefined || patients.length < 2 || patients.length > PATIENT_EVENTS_MAX) {
    return [toFhirAuditEvent(record, origin)];
  }
  return patients.map((patient) => ({
    ...describeInteraction(record, origin, pattern, [patient]),
    id: hash('sha256', `${record.id}:${record.leafHash}:${patient}`, 'hex'),
  }));
}

/** Says an entry as one AuditEvent: of an answer about several patients without the profile, which has one only. */
export function toFhirAuditEvent(record: ExportRecord, origin: ExportOrigin): FhirResource {
  const patients = listPatients(record.fields);
  const pattern = hasUnnamed(record.fields) ? undefined : findRestPattern(record);
  return pattern === undefined || patients.length > 1
    ? describeEntry(record, origin)
    : describeInteraction(record, origin, pattern, patients);
}

/** As the profile has it that is for one patient, or for none. */
function describeInteraction(
  record: ExportRecord,
  origin: ExportOrigin,
  pattern: RestPattern,
  patients: readonly string[],
): FhirResource {
  const { profile, interaction, action, entity } = pattern;
  const facts = findFacts(record);
  return {
    ...describeEntry(record, origin),
    meta: { profile: [profile(patients.length > 0)] },
    type: REST,
    subtype: [interaction, kindOf(record)],
    action,
    agent: describeAgents(facts, origin, pattern),
    entity: [entity, ...patients.map(describePatient), describeLedgerEntry(record, facts)],
  };
}

function describeEntry(record: ExportRecord, origin: ExportOrigin): FhirResource {
  const facts = findFacts(record);
  const isSuccess = facts.outcome === 'success';
  const { type, subtype } = findType(record, facts);
  return {
    resourceType: 'AuditEvent',
    id: resourceId(record),
    type,
    subtype: [...subtype, kindOf(record)],
    action: findAction(facts),
    recorded: record.at,
    outcome: isSuccess ? '0' : '8',
    outcomeDesc: facts.reason ?? describeEvent(facts),
    agent: describeAgents(facts, origin, USUAL_ROLES),
    source: {
      site: origin.hostname,
      observer: { display: `${PRODUCT} ${origin.version}`, identifier: { value: record.log } },
      type: [{ system: SOURCE_TYPE, code: '4', display: 'Application Server' }],
    },
    entity: describeEntities(record, facts),
  };
}

function kindOf({ kind }: ExportRecord): Pick<Coding, 'system' | 'code'> {
  return { system: 'urn:sallyport:entry-kind', code: kind };
}

/** The same for the same entry, so that what comes again replaces itself. 64 characters are the most an id may have. */
export function resourceId({ id, leafHash }: Pick<ExportRecord, 'id' | 'leafHash'>): string {
  return hash('sha256', `${id}:${leafHash}`, 'hex');
}

interface EventType {
  readonly type: Coding;
  readonly subtype: readonly Coding[];
}

function findType({ kind, fields }: ExportRecord, { family, act }: EventFacts): EventType {
  switch (family) {
    case 'datastore':
      if (act === 'connect') return { type: USER_AUTHENTICATION, subtype: [LOGIN] };
      if (act === 'disconnect') return { type: USER_AUTHENTICATION, subtype: [LOGOUT] };
      return { type: listPatients(fields).length > 0 ? PATIENT_RECORD : QUERY, subtype: [] };
    case 'authentication':
      return { type: USER_AUTHENTICATION, subtype: [act === 'logoff' ? LOGOUT : LOGIN] };
    case 'account': {
      const subtype = kind === 'break-glass' ? EMERGENCY_OVERRIDE_STARTED : ROLES_CHANGED;
      return { type: SECURITY_ALERT, subtype: [subtype] };
    }
    case 'api':
      return act === 'read'
        ? { type: AUDIT_LOG_USED, subtype: [] }
        : { type: SECURITY_ALERT, subtype: [SECURITY_CONFIGURATION] };
    case 'lifecycle': {
      const subtype =
        act === 'start' ? [APPLICATION_START] : act === 'stop' ? [APPLICATION_STOP] : [];
      return { type: APPLICATION_ACTIVITY, subtype };
    }
  }
}

/** C, R, U, D or E. */
function findAction({ act, actions }: EventFacts): string {
  if (act === 'operation') {
    if (actions.some((action) => /\.(?:delete|truncate|drop)$/.test(action))) return 'D';
    if (actions.some((action) => /\.(?:update|merge|alter)$/.test(action))) return 'U';
    if (actions.some((action) => /\.(?:insert|create|copy-in)$/.test(action))) return 'C';
    return actions.some((action) => /\.(?:select|fetch|copy-out)$/.test(action)) ? 'R' : 'E';
  }
  if (act === 'create' || act === 'attach') return 'C';
  if (act === 'read') return 'R';
  if (act === 'update') return 'U';
  return act === 'delete' || act === 'detach' ? 'D' : 'E';
}

function describeAgents(
  facts: EventFacts,
  { hostname }: ExportOrigin,
  roles: Roles,
): readonly FhirResource[] {
  const { actor, clientAddress, applicationName } = facts;
  const client = {
    type: { coding: [roles.client] },
    who: { display: applicationName ?? clientAddress ?? hostname },
    requestor: actor === undefined,
    network: describeNetwork(clientAddress ?? hostname),
  };
  const server = {
    type: { coding: [roles.server] },
    who: { display: facts.target ?? hostname },
    requestor: false,
    network: describeNetwork(hostname),
  };
  return actor === undefined
    ? [client, server]
    : [client, server, describeUser(actor, facts, roles)];
}

function describeUser(
  { id, name, groups }: EventActor,
  { policies }: EventFacts,
  { user }: Roles,
): FhirResource {
  return {
    type: { coding: [user] },
    ...(groups.length > 0 && { role: groups.map((text) => ({ text })) }),
    who: { identifier: { value: id } },
    ...(name !== undefined && { name }),
    requestor: true,
    ...(policies.length > 0 && { policy: policies.map(policyUri) }),
  };
}

function policyUri(policy: string): string {
  return `urn:sallyport:policy:${encodeURIComponent(policy.toWellFormed())}`;
}

/** 1: name of a machine, 2: IP address. */
function describeNetwork(address: string): FhirResource {
  return { address, type: isIP(address) === 0 ? '1' : '2' };
}

function describeEntities(record: ExportRecord, facts: EventFacts): readonly FhirResource[] {
  const patients = listPatients(record.fields).slice(0, PATIENTS_MAX).map(describePatient);
  return [...describeQuery(record), ...patients, describeLedgerEntry(record, facts)];
}

/** By which the event is found in the ledger, and what else is there. */
function describeLedgerEntry(record: ExportRecord, facts: EventFacts): FhirResource {
  const { statement, id, leafHash, fields, sessionId } = record;
  const patients = listPatients(fields);
  const details = {
    leafHash,
    session: sessionId,
    target: facts.target,
    database: facts.database,
    actions: facts.actions.join(','),
    relations: facts.relations.join(','),
    rows: typeof fields['rows'] === 'number' ? String(fields['rows']) : undefined,
    patients: patients.length > PATIENTS_MAX ? String(patients.length) : undefined,
    statementBytes: statement === undefined ? undefined : String(statement.bytes),
    statementSha256: statement?.sha256,
    statementCut: statement?.isCut === true ? 'true' : undefined,
    withheld: record.withheld,
  };
  return {
    type: { system: ENTITY_TYPE, code: '4', display: 'Other' },
    role: { system: ENTITY_ROLE, code: '13', display: 'Security Resource' },
    what: { identifier: { value: id } },
    detail: Object.entries(details)
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([type, valueString]) => ({ type, valueString })),
  };
}

function describeQuery({ statement }: ExportRecord): readonly FhirResource[] {
  if (statement?.text === undefined) return [];
  return [
    {
      type: { system: ENTITY_TYPE, code: '2', display: 'System Object' },
      role: { system: ENTITY_ROLE, code: '24', display: 'Query' },
      query: Buffer.from(statement.text).toString('base64'),
    },
  ];
}

/** By the keyed hash that the ledger keeps: who has the key can ask for one patient, and nobody can list them. */
function describePatient(patient: string): FhirResource {
  return {
    type: { system: ENTITY_TYPE, code: '1', display: 'Person' },
    role: { system: ENTITY_ROLE, code: '1', display: 'Patient' },
    what: {
      type: 'Patient',
      identifier: { system: 'urn:sallyport:patient-hash', value: patient },
    },
  };
}

/** Whether a result showed data of patients who are not listed: masked, too many, or not known. */
function hasUnnamed(fields: ExportRecord['fields']): boolean {
  const { patients, pseudonyms, unseen } = fields;
  const isSketch = patients !== undefined && readObject(patients)['form'] !== 'exact';
  return isSketch || pseudonyms !== undefined || unseen !== undefined;
}

/** Of larger sets the ledger keeps a sketch, which lists nobody. */
function listPatients({ patients }: Readonly<Record<string, unknown>>): readonly string[] {
  return readTexts(readObject(patients)['hashes']);
}
