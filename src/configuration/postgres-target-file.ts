import { z } from 'zod';

import {
  type CredentialElsewhere,
  checkPlacement,
  credentialOf,
  givesTls,
} from './credential-place.ts';
import { type DataMap, dataMapSchema } from './data-map.ts';
import { address, line, section } from './fields.ts';
import { type PostgresCredential, postgresCredentialSchema } from './postgres-credential.ts';
import {
  type TargetDefaults,
  type TargetFileSchema,
  type TargetSettings,
  targetSettings,
} from './target-settings.ts';
import { type UpstreamTls, upstreamTlsShape } from './upstream-tls.ts';

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
  const credential = postgresCredentialSchema(defaults.root);
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
    .check(({ value: { credential: given, tls }, issues }) => {
      if (given.kind !== 'token' || tls.mode.startsWith('verify-')) return;
      const message = 'must be verify-full or verify-ca: the token is sent as it is';
      issues.push({ code: 'custom', path: ['tls', 'mode'], message, input: undefined });
    })
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
