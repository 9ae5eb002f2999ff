import type { Schema } from './validate-schema.fixture.ts';

/**
 * The classes of OCSF 1.3.0 that are used, from their public definitions: attributes that may stand in them, those that must, and
 * the numbers of their activities. Nothing else may stand in an event.
 *
 * @see https://schema.ocsf.io/1.3.0
 */
const text: Schema = { type: 'string', minLength: 1 };
const count: Schema = { type: 'integer', minimum: 0 };

function object(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
  anyOf?: readonly Schema[],
): Schema {
  const closed = { type: 'object', properties, required, additionalProperties: false } as const;
  return anyOf === undefined ? closed : { ...closed, anyOf };
}

/** At least one of these attributes. */
function oneOf(...names: readonly string[]): readonly Schema[] {
  return names.map((name) => ({ required: [name] }));
}

const user = object(
  {
    uid: text,
    name: text,
    type_id: { enum: [0, 1, 2, 3, 4, 99] },
    groups: { type: 'array', minItems: 1, items: object({ name: text }) },
  },
  [],
  oneOf('account', 'name', 'uid'),
);
const session = object({ uid: text });
const actor = object(
  { user, session, app_name: text },
  [],
  oneOf('process', 'user', 'invoked_by', 'session', 'app_name', 'app_uid'),
);
const endpoint = object(
  { ip: { type: 'string', pattern: '^[0-9a-fA-F.:]+$' }, name: text },
  [],
  oneOf('ip', 'uid', 'name', 'hostname', 'instance_uid', 'interface_uid', 'interface_name'),
);
const product = object({ name: text, vendor_name: text, version: text }, ['vendor_name']);
const service = object({ name: text, version: text }, [], oneOf('name', 'uid'));
const database = object(
  { name: text, type_id: { enum: [0, 1, 2, 3, 4, 5, 6, 99] } },
  ['type_id'],
  oneOf('name', 'uid'),
);
const query = object({ query_string: text, uid: text, bytes: count }, ['query_string']);
const metadata = object(
  {
    version: { const: '1.3.0' },
    product,
    uid: text,
    log_name: text,
    sequence: count,
    original_time: text,
    event_code: text,
    correlation_uid: text,
  },
  ['version', 'product'],
);

interface EventClass {
  readonly category: number;
  readonly activities: readonly number[];
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required: readonly string[];
  readonly anyOf?: readonly Schema[];
}

function eventClass(
  classUid: number,
  { category, activities, properties, required, anyOf }: EventClass,
): Schema {
  const base: Readonly<Record<string, Schema>> = {
    activity_id: { enum: activities },
    activity_name: text,
    category_uid: { const: category },
    class_uid: { const: classUid },
    class_name: text,
    type_uid: { enum: activities.map((activity) => classUid * 100 + activity) },
    time: count,
    severity_id: { enum: [0, 1, 2, 3, 4, 5, 6, 99] },
    severity: text,
    status_id: { enum: [0, 1, 2, 99] },
    status: text,
    status_detail: text,
    message: text,
    metadata,
    unmapped: { type: 'object' },
  };
  const always = [
    'activity_id',
    'category_uid',
    'class_uid',
    'metadata',
    'severity_id',
    'time',
    'type_uid',
  ];
  return object({ ...base, ...properties }, [...always, ...required], anyOf);
}

/** By `class_uid`. */
export const OCSF_CLASSES: Readonly<Record<number, Schema>> = {
  3001: eventClass(3001, {
    category: 3,
    activities: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 99],
    properties: {
      actor,
      user,
      src_endpoint: endpoint,
      policy: object({ name: text, uid: text, version: text }, [], oneOf('name', 'uid')),
    },
    required: ['user'],
  }),
  3002: eventClass(3002, {
    category: 3,
    activities: [0, 1, 2, 3, 4, 5, 99],
    properties: {
      actor,
      user,
      src_endpoint: endpoint,
      service,
      is_remote: { type: 'boolean' },
    },
    required: ['user'],
    anyOf: oneOf('service', 'dst_endpoint'),
  }),
  6002: eventClass(6002, {
    category: 6,
    activities: [0, 1, 2, 3, 4, 5, 6, 7, 8, 99],
    properties: { app: product },
    required: ['app'],
  }),
  6003: eventClass(6003, {
    category: 6,
    activities: [0, 1, 2, 3, 4, 99],
    properties: {
      actor,
      src_endpoint: endpoint,
      api: object({ operation: text, service }, ['operation']),
      resources: { type: 'array', minItems: 1, items: object({ name: text, type: text }) },
    },
    required: ['actor', 'api', 'src_endpoint'],
  }),
  6005: eventClass(6005, {
    category: 6,
    activities: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 99],
    properties: {
      actor,
      src_endpoint: endpoint,
      dst_endpoint: endpoint,
      database,
      type_id: { enum: [0, 1, 2, 3, 99] },
      query_info: query,
    },
    required: ['actor', 'src_endpoint'],
    anyOf: oneOf('database', 'databucket', 'table'),
  }),
};
