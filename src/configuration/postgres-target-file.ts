import { z } from 'zod';

import {
  type CredentialElsewhere,
  checkPlacement,
  credentialOf,
  givesTls,
} from './credential-place.ts';
import { type DataMap, dataMapSchema } from './data-map.ts';
import { address, line, secretReference, section } from './fields.ts';
import {
  type SecretReference,
  type TargetDefaults,
  type TargetFileSchema,
  type TargetSettings,
  targetSettings,
} from './target-settings.ts';
import { type UpstreamTls, upstreamTlsShape } from './upstream-tls.ts';

/** What the gateway uses to log in to a PostgreSQL target. */
export interface PostgresCredential {
  readonly kind: 'user';
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
export interface PostgresTargetFile extends TargetSettings {
  readonly kind: 'postgres';
  /** Database that the gateway opens when the client names only the target. */
  readonly database: string;
  /** Other databases a client may name (`target/database`); `*` for any. */
  readonly databases: readonly string[];
  readonly tls: UpstreamTls;
  readonly credential: PostgresCredential | CredentialElsewhere;
  /** Whether parameter values of prepared statements go into the ledger. */
  readonly sealParameters: boolean;
  /** User-defined functions (`schema.name`) that do not make a statement opaque. */
  readonly functionsAllowed: readonly string[];
  /** What its columns hold. Absent: nothing is said of them. */
  readonly dataMap?: DataMap;
}

/** The schema of the file of a PostgreSQL target. */
export function postgresTargetFileSchema(
  defaults: TargetDefaults,
): TargetFileSchema<PostgresTargetFile> {
  const reference = secretReference(defaults.root);
  const credential = section({
    user: line(63),
    password: reference.exactOptional(),
    clientCertificate: reference.exactOptional(),
    clientKey: reference.exactOptional(),
  })
    .check(({ value, issues }) => {
      if ((value.clientCertificate === undefined) === (value.clientKey === undefined)) return;
      const missing = value.clientKey === undefined ? 'clientKey' : 'clientCertificate';
      const message = 'must be given too: a certificate and its key only work together';
      issues.push({ code: 'custom', path: [missing], message, input: undefined });
    })
    .transform((given) => ({ kind: 'user' as const, ...given }));
  return section({
    kind: z.literal('postgres'),
    ...targetSettings(defaults),
    description: line().default('PostgreSQL'),
    address: address(5432),
    database: line(63),
    databases: z.array(line(63)).default([]),
    tls: section(upstreamTlsShape(defaults.root)).prefault({}),
    credential: credentialOf(defaults.side, credential),
    sealParameters: z.boolean().default(false),
    functionsAllowed: z.array(qualifiedName()).default([]),
    dataMap: dataMapSchema().exactOptional(),
  })
    .check(({ value, issues }) =>
      checkPlacement(value, defaults.side, [[['tls'], givesTls(value.tls)]], issues),
    )
    .transform(({ address: { host, port }, connector, idleTimeout, ...target }) => ({
      ...target,
      host,
      port,
      connectors: connector,
      idleTimeoutMs: idleTimeout,
    }));
}

function qualifiedName(): z.ZodType<string> {
  return z.string().regex(/^[^.]+\.[^.]+$/, 'must be schema.name, such as public.age_in_years');
}
