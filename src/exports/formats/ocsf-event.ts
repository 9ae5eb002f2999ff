import type { EntryAct, EntryFamily, EntrySeverity } from '../entry-meanings.ts';
import {
  describeEvent,
  type EventFacts,
  type ExportOrigin,
  findFacts,
  PRODUCT,
} from '../event-facts.ts';
import type { ExportRecord } from '../export-record.ts';

/** Version of the schema that events are written for. */
export const OCSF_VERSION = '1.3.0';

/** An event of the Open Cybersecurity Schema Framework, as a document. */
export type OcsfEvent = Readonly<Record<string, unknown>>;

interface OcsfClass {
  readonly category: number;
  readonly class: number;
  readonly name: string;
}

/** Classes by their published numbers. @see https://schema.ocsf.io/1.3.0/classes */
const CLASSES: Readonly<Record<EntryFamily, OcsfClass>> = {
  account: { category: 3, class: 3001, name: 'Account Change' },
  authentication: { category: 3, class: 3002, name: 'Authentication' },
  lifecycle: { category: 6, class: 6002, name: 'Application Lifecycle' },
  api: { category: 6, class: 6003, name: 'API Activity' },
  datastore: { category: 6, class: 6005, name: 'Datastore Activity' },
};

interface OcsfActivity {
  readonly id: number;
  readonly name: string;
}

const OTHER: OcsfActivity = { id: 99, name: 'Other' };

/** What an activity is called in each class; what a class does not know is `Other` there. */
const ACTIVITIES: Readonly<Record<EntryFamily, Partial<Record<EntryAct, OcsfActivity>>>> = {
  account: { attach: { id: 7, name: 'Attach Policy' }, detach: { id: 8, name: 'Detach Policy' } },
  authentication: { logon: { id: 1, name: 'Logon' }, logoff: { id: 2, name: 'Logoff' } },
  lifecycle: { start: { id: 3, name: 'Start' }, stop: { id: 4, name: 'Stop' } },
  api: {
    create: { id: 1, name: 'Create' },
    read: { id: 2, name: 'Read' },
    update: { id: 3, name: 'Update' },
    delete: { id: 4, name: 'Delete' },
  },
  datastore: { read: { id: 1, name: 'Read' }, connect: { id: 3, name: 'Connect' } },
};

/** Of the class Datastore Activity, by the verb of an operation; the gravest of several counts. */
const OPERATIONS: readonly (readonly [verbs: RegExp, OcsfActivity])[] = [
  [/\.(?:delete|truncate|drop)$/, { id: 7, name: 'Delete' }],
  [/\.(?:update|merge|alter|grant|revoke)$/, { id: 2, name: 'Update' }],
  [/\.(?:insert|copy-in|copy-file)$/, { id: 5, name: 'Write' }],
  [/\.create$/, { id: 6, name: 'Create' }],
  [/\.(?:select|fetch|declare|copy-out|explain|show)$/, { id: 4, name: 'Query' }],
];

const SEVERITIES: Readonly<Record<EntrySeverity, { readonly id: number; readonly name: string }>> =
  {
    informational: { id: 1, name: 'Informational' },
    low: { id: 2, name: 'Low' },
    medium: { id: 3, name: 'Medium' },
    high: { id: 4, name: 'High' },
  };

/**
 * Says an entry as an event of OCSF.
 *
 * @see https://schema.ocsf.io/1.3.0
 */
export function toOcsfEvent(record: ExportRecord, origin: ExportOrigin): OcsfEvent {
  const facts = findFacts(record);
  const { family } = facts;
  const { category, class: classUid, name } = CLASSES[family];
  const activity = findActivity(facts);
  const severity = SEVERITIES[facts.severity];
  const isSuccess = facts.outcome === 'success';
  return {
    activity_id: activity.id,
    activity_name: activity.name,
    category_uid: category,
    class_uid: classUid,
    class_name: name,
    type_uid: classUid * 100 + activity.id,
    time: record.atMs,
    severity_id: severity.id,
    severity: severity.name,
    status_id: isSuccess ? 1 : 2,
    status: isSuccess ? 'Success' : 'Failure',
    ...(facts.reason !== undefined && { status_detail: facts.reason }),
    message: describeEvent(facts),
    metadata: describeMetadata(record, origin),
    ...describeFamily(record, facts, origin),
    unmapped: describeUnmapped(record, family),
  };
}

function findActivity({ family, act, actions }: EventFacts): OcsfActivity {
  if (act !== 'operation') return ACTIVITIES[family][act] ?? OTHER;
  const found = OPERATIONS.find(([verbs]) => actions.some((action) => verbs.test(action)));
  return found?.[1] ?? OTHER;
}

function describeMetadata(record: ExportRecord, { version }: ExportOrigin): OcsfEvent {
  const { id, log, seq, at, kind, sessionId } = record;
  return {
    version: OCSF_VERSION,
    product: { name: PRODUCT, vendor_name: PRODUCT, version },
    uid: id,
    log_name: log,
    sequence: seq,
    original_time: at,
    event_code: kind,
    ...(sessionId !== undefined && { correlation_uid: sessionId }),
  };
}

/** What a class asks for beside the base event. */
function describeFamily(record: ExportRecord, facts: EventFacts, origin: ExportOrigin): OcsfEvent {
  const { family, clientAddress } = facts;
  const source = {
    src_endpoint: clientAddress === undefined ? { name: 'unknown' } : { ip: clientAddress },
  };
  switch (family) {
    case 'datastore':
      return {
        actor: describeActor(record, facts),
        ...source,
        ...(facts.target !== undefined && { dst_endpoint: { name: facts.target } }),
        // 1: relational
        database: { name: facts.database ?? facts.target ?? 'unknown', type_id: 1 },
        type_id: 1,
        ...describeQuery(record),
      };
    case 'authentication':
      return {
        actor: describeActor(record, facts),
        user: describeUser(facts),
        ...source,
        service: { name: PRODUCT, version: origin.version },
        is_remote: true,
      };
    case 'account':
      return {
        actor: describeActor(record, facts),
        ...source,
        user: facts.subjectId === undefined ? describeUser(facts) : { uid: facts.subjectId },
        policy: { name: readName(record), uid: record.id },
      };
    case 'api':
      return {
        actor: describeActor(record, facts),
        ...source,
        api: { operation: record.kind, service: { name: PRODUCT } },
        ...(facts.target !== undefined && { resources: [{ name: facts.target, type: 'target' }] }),
      };
    case 'lifecycle':
      return { app: { name: PRODUCT, vendor_name: PRODUCT, version: origin.version } };
  }
}

/** The grant or delegation that an entry is about. */
function readName({ fields, kind }: ExportRecord): string {
  const { name, delegation } = fields;
  if (typeof name === 'string') return name;
  return typeof delegation === 'string' ? delegation : kind;
}

function describeActor({ sessionId }: ExportRecord, facts: EventFacts): OcsfEvent {
  const { actor, applicationName } = facts;
  return {
    ...(actor === undefined ? { app_name: PRODUCT } : { user: describeUser(facts) }),
    ...(sessionId !== undefined && { session: { uid: sessionId } }),
    ...(actor !== undefined && applicationName !== undefined && { app_name: applicationName }),
  };
}

function describeUser({ actor }: EventFacts): OcsfEvent {
  // Of a token that nobody could read, nobody knows whose it is.
  if (actor === undefined) return { name: 'unknown', type_id: 0 };
  return {
    uid: actor.id,
    name: actor.name ?? actor.id,
    ...(actor.groups.length > 0 && { groups: actor.groups.map((name) => ({ name })) }),
  };
}

function describeQuery({ statement, id }: ExportRecord): OcsfEvent {
  if (statement?.text === undefined) return {};
  return { query_info: { query_string: statement.text, uid: id, bytes: statement.bytes } };
}

function describeUnmapped(
  { leafHash, statement, fields, withheld }: ExportRecord,
  family: EntryFamily,
): OcsfEvent {
  return {
    leaf_hash: leafHash,
    ...(statement !== undefined && {
      // Only one class has a place for it.
      ...(family !== 'datastore' && { statement_text: statement.text }),
      statement_bytes: statement.bytes,
      statement_cut: statement.isCut,
      ...(statement.sha256 !== undefined && { statement_sha256: statement.sha256 }),
    }),
    ...(withheld !== undefined && { content_withheld: withheld }),
    fields,
  };
}
