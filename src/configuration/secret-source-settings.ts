import { z } from 'zod';
import { type AzureIdentity, azureIdentitySchema } from './cloud-credential.ts';
import { type ConfigurationRoot, rootWithoutSources } from './configuration-root.ts';
import { duration, entityName, line, path, secretReference, section, webUrl } from './fields.ts';
import { isBaoPath } from './secret-reference.ts';

/** Who the gateway is to Vault or OpenBao. */
export type BaoAuthentication =
  | {
      readonly kind: 'appRole';
      readonly mount: string;
      readonly roleId: string;
      readonly secretId: string;
    }
  /** The token of the pod's service account. */
  | {
      readonly kind: 'kubernetes';
      readonly mount: string;
      readonly role: string;
      readonly tokenFile: string;
    }
  /** A token that somebody else renews; read anew each time. */
  | { readonly kind: 'token'; readonly token: string };

/** Vault or OpenBao: their API is the same. */
export interface BaoSettings {
  readonly kind: 'openbao' | 'hashicorp-vault';
  /** URL without a slash at its end. */
  readonly address: string;
  readonly namespace: string | undefined;
  readonly caFile: string | undefined;
  readonly authentication: BaoAuthentication;
  /** What is mounted where. */
  readonly engines: ReadonlyMap<string, 'kv2' | 'database'>;
  readonly lifetimeMs: number;
}

/** AWS Secrets Manager, asked as whom the SDK finds the gateway to be. */
export interface AwsSecretsSettings {
  readonly kind: 'aws-secretsmanager';
  readonly region: string;
  /** In place of the region's own. */
  readonly endpoint: string | undefined;
  readonly lifetimeMs: number;
}

/** Google Secret Manager. */
export interface GcpSecretsSettings {
  readonly kind: 'gcp-secretmanager';
  readonly project: string;
  /** Key of a service account, or the description of a workload identity; the environment's when undefined. */
  readonly credentialsFile: string | undefined;
  /** In place of Google's own. */
  readonly endpoint: string | undefined;
  readonly lifetimeMs: number;
}

/** Azure Key Vault. */
export interface AzureSecretsSettings {
  readonly kind: 'azure-keyvault';
  /** URL of the vault. */
  readonly address: string;
  readonly identity: AzureIdentity;
  readonly lifetimeMs: number;
}

/** Secrets of the cluster that the gateway runs in, or of another one. */
export interface KubernetesSecretsSettings {
  readonly kind: 'kubernetes';
  readonly address: string;
  readonly tokenFile: string;
  readonly caFile: string;
  readonly lifetimeMs: number;
}

/** Where secrets come from, beside the environment, files and the gateway's own vault. */
export type SecretSourceSettings =
  | BaoSettings
  | AwsSecretsSettings
  | GcpSecretsSettings
  | AzureSecretsSettings
  | KubernetesSecretsSettings;

/** What a pod is given. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const KINDS = [
  ...['openbao', 'hashicorp-vault', 'aws-secretsmanager', 'gcp-secretmanager', 'azure-keyvault'],
  'kubernetes',
];
/** What references begin with that need no source. */
const TAKEN: ReadonlySet<string> = new Set(['env', 'file', 'vault']);
const LIFETIME_DEFAULT_MS = 300_000;

/** The schema of `secrets`. What a source needs to be asked is read here, so it can be in no source itself. */
export function secretSourcesSchema(
  given: Pick<ConfigurationRoot, 'directory' | 'noteReference'>,
): z.ZodType<ReadonlyMap<string, SecretSourceSettings>> {
  const root = { ...given, ...rootWithoutSources(given.directory) };
  const source = z.discriminatedUnion(
    'kind',
    [
      baoSchema(root, 'openbao'),
      baoSchema(root, 'hashicorp-vault'),
      section({
        kind: z.literal('aws-secretsmanager'),
        region: line(64),
        endpoint: webUrl().optional(),
        lifetime: lifetime(),
      }).transform(({ endpoint, lifetime: lifetimeMs, ...rest }) => ({
        ...rest,
        endpoint,
        lifetimeMs,
      })),
      section({
        kind: z.literal('gcp-secretmanager'),
        project: projectId(),
        credentialsFile: path(root).optional(),
        endpoint: webUrl().optional(),
        lifetime: lifetime(),
      }).transform(({ credentialsFile, endpoint, lifetime: lifetimeMs, ...rest }) => ({
        ...{ ...rest, lifetimeMs },
        ...{ credentialsFile, endpoint },
      })),
      section({
        kind: z.literal('azure-keyvault'),
        address: webUrl(),
        identity: azureIdentitySchema(root).prefault({}),
        lifetime: lifetime(),
      }).transform(({ lifetime: lifetimeMs, ...rest }) => ({ ...rest, lifetimeMs })),
      section({
        kind: z.literal('kubernetes'),
        address: webUrl().prefault('https://kubernetes.default.svc'),
        tokenFile: path(root).prefault(`${SERVICE_ACCOUNT}/token`),
        caFile: path(root).prefault(`${SERVICE_ACCOUNT}/ca.crt`),
        lifetime: lifetime(),
      }).transform(({ lifetime: lifetimeMs, ...rest }) => ({ ...rest, lifetimeMs })),
    ],
    `must be one of ${KINDS.join(', ')}`,
  );
  return z
    .record(sourceName(), source)
    .default({})
    .transform((sources) => new Map(Object.entries(sources)));
}

function baoSchema(root: ConfigurationRoot, kind: 'openbao' | 'hashicorp-vault') {
  return section({
    kind: z.literal(kind),
    address: webUrl(),
    namespace: baoPath().optional(),
    caFile: path(root).optional(),
    auth: authenticationSchema(root),
    engines: z
      .record(baoPath(), z.enum(['kv2', 'database']))
      .default({ kv: 'kv2', secret: 'kv2', database: 'database' }),
    lifetime: lifetime(),
  }).transform(({ auth, engines, lifetime: lifetimeMs, namespace, caFile, ...rest }) => ({
    ...{ ...rest, namespace, caFile, lifetimeMs },
    authentication: auth,
    engines: new Map(Object.entries(engines)),
  }));
}

function authenticationSchema(root: ConfigurationRoot): z.ZodType<BaoAuthentication> {
  return z.union(
    [
      section({
        appRole: section({
          mount: baoPath().default('approle'),
          roleId: line(256),
          secretId: secretReference(root),
        }),
      }).transform(({ appRole }) => ({ kind: 'appRole', ...appRole }) as const),
      section({
        kubernetes: section({
          mount: baoPath().default('kubernetes'),
          role: line(256),
          tokenFile: path(root).prefault(`${SERVICE_ACCOUNT}/token`),
        }),
      }).transform(({ kubernetes }) => ({ kind: 'kubernetes', ...kubernetes }) as const),
      section({ token: secretReference(root) }).transform(
        ({ token }) => ({ kind: 'token', token }) as const,
      ),
    ],
    'must be one of {appRole: {roleId, secretId}}, {kubernetes: {role}} and {token}',
  );
}

function sourceName(): z.ZodType<string, string> {
  return entityName().refine((name) => !TAKEN.has(name), {
    message: 'must not be env, file or vault: those need no source',
  }) as z.ZodType<string, string>;
}

function lifetime(): z.ZodType<number> {
  return duration('1s', '1d').default(LIFETIME_DEFAULT_MS);
}

/** A path of Vault: where something is mounted, or a namespace. */
function baoPath(): z.ZodType<string, string> {
  return z.string().refine(isBaoPath, {
    message: 'must be a path without a slash at either end, such as team/kv',
  });
}

function projectId(): z.ZodType<string> {
  return z.string().regex(/^[a-z][a-z0-9:.-]{4,62}$/, 'must be the id of a project');
}
