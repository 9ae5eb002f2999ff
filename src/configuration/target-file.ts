import { z } from 'zod';

import { type DataMap, dataMapSchema } from './data-map.ts';
import {
  address,
  duration,
  entityName,
  line,
  path,
  secretReference,
  section,
  size,
} from './fields.ts';

/** How strictly the gateway checks the target's certificate (libpq's words). */
export type UpstreamTlsMode = 'verify-full' | 'verify-ca' | 'require' | 'disable';

/** How durable an entry must be before its operation is forwarded. */
export type SealMode = 'sealed' | 'written';

/** A reference to a secret (`env:NAME`, `file:/path`, `vault:name`), never the secret itself. */
export type SecretReference = string;

/** What the gateway uses to log in to a PostgreSQL target. */
export interface PostgresCredential {
  readonly user: string;
  /** Absent when a client certificate alone logs in. */
  readonly password?: SecretReference;
  readonly clientCertificate?: SecretReference;
  readonly clientKey?: SecretReference;
}

/**
 * A PostgreSQL server reached through the gateway: `targets/<name>.yaml`, as read.
 *
 * In the file `host` and `port` are one `address`, sizes and durations have units, and paths are
 * relative to the configuration directory.
 */
export interface PostgresTargetFile {
  readonly kind: 'postgres';
  /** From the file's name unless it says otherwise. */
  readonly name: string;
  readonly description: string;
  readonly host: string;
  readonly port: number;
  /** Database that the gateway opens when the client names only the target. */
  readonly database: string;
  /** Other databases a client may name (`target/database`); `*` for any. */
  readonly databases: readonly string[];
  readonly tls: {
    readonly mode: UpstreamTlsMode;
    /** PEM file with the certificate authorities to trust; the system's when absent. */
    readonly caFile?: string;
    /** Name that the certificate must carry; `host` when absent. */
    readonly serverName?: string;
  };
  readonly credential: PostgresCredential;
  readonly labels: Readonly<Record<string, string>>;
  readonly seal: SealMode;
  readonly recording: {
    readonly enabled: boolean;
    /** Recorded bytes per session, before compression; then digests and counts go on. */
    readonly bytesMax: number;
  };
  /** Whether parameter values of prepared statements go into the ledger. */
  readonly sealParameters: boolean;
  /** User-defined functions (`schema.name`) that do not make a statement opaque. */
  readonly functionsAllowed: readonly string[];
  /** What its columns hold. Absent: nothing is said of them. */
  readonly dataMap?: DataMap;
  /** Milliseconds; 0 for none. */
  readonly idleTimeoutMs: number;
  /** Whether operations that need a review wait for it, or fail at once and may be tried again. */
  readonly onReview: {
    readonly people: 'wait' | 'fail';
    readonly workloads: 'wait' | 'fail';
  };
}

/** What a target's file leaves to the rest of the configuration. */
export interface TargetDefaults {
  /** Directory that paths are relative to. */
  readonly directory: string;
  /** From the file's name. */
  readonly name: string;
  /** From `limits.idleTimeout`. */
  readonly idleTimeoutMs: number;
}

/** The schema of `targets/<name>.yaml`. */
export function targetFileSchema(defaults: TargetDefaults): z.ZodType<PostgresTargetFile> {
  const reference = secretReference(defaults.directory);
  const credential = section({
    user: line(63),
    password: reference.exactOptional(),
    clientCertificate: reference.exactOptional(),
    clientKey: reference.exactOptional(),
  }).check(({ value, issues }) => {
    if ((value.clientCertificate === undefined) === (value.clientKey === undefined)) return;
    const missing = value.clientKey === undefined ? 'clientKey' : 'clientCertificate';
    const message = 'must be given too: a certificate and its key only work together';
    issues.push({ code: 'custom', path: [missing], message, input: undefined });
  });
  return section({
    kind: z.literal('postgres'),
    name: entityName().prefault(defaults.name),
    description: line().default('PostgreSQL'),
    address: address(5432),
    database: line(63),
    databases: z.array(line(63)).default([]),
    tls: section({
      mode: z.enum(['verify-full', 'verify-ca', 'require', 'disable']).default('verify-full'),
      caFile: path(defaults.directory).exactOptional(),
      serverName: line(253).exactOptional(),
    }).prefault({}),
    credential,
    labels: z.record(entityName(), line(256)).default({}),
    seal: z.enum(['sealed', 'written']).default('sealed'),
    recording: section({
      enabled: z.boolean().default(true),
      sizeMax: size('0B', '100GiB').default(16 * 2 ** 20),
    }).prefault({}),
    sealParameters: z.boolean().default(false),
    functionsAllowed: z.array(qualifiedName()).default([]),
    dataMap: dataMapSchema().exactOptional(),
    idleTimeout: duration('0s', '30d').default(defaults.idleTimeoutMs),
    onReview: section({
      people: z.enum(['wait', 'fail']).default('wait'),
      workloads: z.enum(['wait', 'fail']).default('fail'),
    }).prefault({}),
  }).transform(({ address: { host, port }, recording, idleTimeout, ...target }) => ({
    ...target,
    host,
    port,
    recording: { enabled: recording.enabled, bytesMax: recording.sizeMax },
    idleTimeoutMs: idleTimeout,
  }));
}

function qualifiedName(): z.ZodType<string> {
  return z.string().regex(/^[^.]+\.[^.]+$/, 'must be schema.name, such as public.age_in_years');
}
