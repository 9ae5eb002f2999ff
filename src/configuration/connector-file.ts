import { z } from 'zod';
import type { ConfigurationRoot } from './configuration-root.ts';
import {
  type Address,
  address,
  duration,
  entityName,
  path,
  secretReference,
  section,
} from './fields.ts';
import { secretSourcesSchema } from './secret-source-settings.ts';
import type { SecretReference } from './target-settings.ts';

/** With what a connector enrols that has no certificate. */
export type EnrolmentSettings =
  /** A token of `sallyport connectors add`, good once. */
  | { readonly kind: 'token'; readonly token: SecretReference }
  /** A JWT of a provider that the gateway's configuration has; read anew each time. */
  | { readonly kind: 'workload-token'; readonly token: SecretReference };

/** `connector.yaml`, as read: paths are absolute. */
export interface ConnectorFile {
  readonly name: string;
  /** Where gateways take tunnels. A tunnel is kept to each process of each. */
  readonly gateways: readonly Address[];
  /** PEM file of the authority of tunnels, as `sallyport connectors add` shows it. */
  readonly caFile: string;
  readonly dataDirectory: string;
  /** Undefined: the data directory has a certificate. */
  readonly enrolment: EnrolmentSettings | undefined;
  /** Streams of one tunnel at a time. */
  readonly streamsMax: number;
  /** Milliseconds that streams may go on after SIGTERM. */
  readonly drainTimeoutMs: number;
  /** Reference to the key of the encrypted local vault: 32 bytes. Undefined: there is no vault. */
  readonly vault: { readonly key: SecretReference } | undefined;
  /** Other sources of secrets, by name. */
  readonly secrets: ConfigurationRoot['secretSources'];
}

/** The port that gateways take tunnels at unless the address says otherwise. */
const TUNNEL_PORT = 9_443;

/** The schema of `connector.yaml`. Paths are relative to the root's directory. */
export function connectorFileSchema(root: ConfigurationRoot): z.ZodType<ConnectorFile> {
  const reference = secretReference(root);
  const enrolment = section({
    token: reference.optional(),
    workloadToken: reference.optional(),
  }).transform(({ token, workloadToken }, context): EnrolmentSettings => {
    if (token !== undefined && workloadToken === undefined) return { kind: 'token', token };
    if (workloadToken !== undefined && token === undefined) {
      return { kind: 'workload-token', token: workloadToken };
    }
    const message = 'must have token or workloadToken, and not both';
    context.issues.push({ code: 'custom', message, input: undefined });
    return z.NEVER;
  });
  return section({
    name: entityName(),
    gateways: z.array(address(TUNNEL_PORT)).min(1).max(64),
    caFile: path(root),
    dataDirectory: path(root).prefault('data'),
    enrolment: enrolment.optional(),
    streamsMax: z.number().int().min(1).max(100_000).default(1_000),
    drainTimeout: duration('0s', '7d').prefault('30s'),
    vault: section({ key: reference }).optional(),
    secrets: secretSourcesSchema(root),
  }).transform(({ drainTimeout, ...file }) => ({
    ...file,
    drainTimeoutMs: drainTimeout,
    enrolment: file.enrolment,
    vault: file.vault,
  }));
}
