import { z } from 'zod';
import type { ConfigurationRoot } from './configuration-root.ts';
import { line, path, section, webUrl } from './fields.ts';

/** A role of AWS that the gateway takes on, for each principal in a session of its own. */
export interface AwsRole {
  readonly arn: string;
  /** Of the STS that is asked. */
  readonly region: string;
  readonly externalId: string | undefined;
  /** Whether the sessions are tagged with principal and target, for which the role has to allow `sts:TagSession`. */
  readonly sessionTags: boolean;
  /** Of STS, in place of the region's own. */
  readonly endpoint: string | undefined;
}

/** Who the gateway is to Google, and what for. */
export interface GoogleIdentity {
  /** Key of a service account, or the description of a workload identity; the environment's when undefined. */
  readonly credentialsFile: string | undefined;
  readonly scopes: readonly string[];
}

/** Who the gateway is to Entra. What is undefined, Azure's library takes from the environment. */
export interface AzureIdentity {
  readonly clientId: string | undefined;
  readonly tenantId: string | undefined;
  /** Of the pod's service account. */
  readonly tokenFile: string | undefined;
  /** URL of the authority, for clouds that are not the public one. */
  readonly authority: string | undefined;
}

/** A token of AWS in place of a database's password. */
export interface AwsDatabaseToken {
  readonly kind: 'aws';
  readonly region: string;
  /** The database's name at RDS; the target's address when undefined. */
  readonly host: string | undefined;
  /** Undefined: as whom the SDK finds the gateway to be. */
  readonly role: AwsRole | undefined;
}

/** A token of a cloud in place of a database's password. */
export type DatabaseToken =
  | AwsDatabaseToken
  | ({ readonly kind: 'google' } & GoogleIdentity)
  | ({ readonly kind: 'azure'; readonly scope: string } & AzureIdentity);

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[A-Za-z0-9_+=,.@/-]{1,576}$/;
const CLOUD_SQL_SCOPE = 'https://www.googleapis.com/auth/sqlservice.login';
const AZURE_DATABASE_SCOPE = 'https://ossrdbms-aad.database.windows.net/.default';

/** The schema of {@link AwsRole}. @param region The default, from what the role is for. */
export function awsRoleSchema(): z.ZodType<
  Omit<AwsRole, 'region'> & { region: string | undefined }
> {
  return section({
    arn: z.string().regex(ROLE_ARN, 'must be the ARN of a role'),
    region: line(64).optional(),
    externalId: line(1_224).optional(),
    sessionTags: z.boolean().default(true),
    endpoint: webUrl().optional(),
  }).transform(({ region, externalId, endpoint, ...role }) => ({
    ...role,
    ...{ region, externalId, endpoint },
  }));
}

/** The schema of {@link DatabaseToken}: one of `aws`, `google` and `azure`. */
export function databaseTokenShape(root: ConfigurationRoot): {
  readonly aws: z.ZodExactOptional<z.ZodType<DatabaseToken>>;
  readonly google: z.ZodExactOptional<z.ZodType<DatabaseToken>>;
  readonly azure: z.ZodExactOptional<z.ZodType<DatabaseToken>>;
} {
  const aws: z.ZodType<DatabaseToken> = section({
    region: line(64),
    host: line(253).optional(),
    role: awsRoleSchema().optional(),
  }).transform(({ region, host, role }) => ({
    ...{ kind: 'aws' as const, region, host },
    role: role && { ...role, region: role.region ?? region },
  }));
  const google: z.ZodType<DatabaseToken> = googleSchema(root, CLOUD_SQL_SCOPE).transform(
    (identity) => ({ kind: 'google' as const, ...identity }),
  );
  const azure: z.ZodType<DatabaseToken> = azureSchema(root, AZURE_DATABASE_SCOPE).transform(
    (identity) => ({ kind: 'azure' as const, ...identity }),
  );
  return {
    aws: aws.exactOptional(),
    google: google.exactOptional(),
    azure: azure.exactOptional(),
  };
}

/** The schema of {@link GoogleIdentity}. */
export function googleSchema(root: ConfigurationRoot, scope: string): z.ZodType<GoogleIdentity> {
  return section({
    credentialsFile: path(root).optional(),
    scopes: z.array(webUrl()).min(1).max(20).default([scope]),
  }).transform(({ credentialsFile, scopes }) => ({ credentialsFile, scopes }));
}

/** The schema of {@link AzureIdentity}, with what a token is for. */
export function azureSchema(
  root: ConfigurationRoot,
  scopeDefault?: string,
): z.ZodType<AzureIdentity & { readonly scope: string }> {
  const scope = z.string().regex(/^[A-Za-z0-9:/._-]+\/\.default$/, 'must end in /.default');
  return section({
    ...azureIdentityShape(root),
    scope: scopeDefault === undefined ? scope : scope.default(scopeDefault),
  }).transform(({ scope: of, ...identity }) => ({ ...completeAzure(identity), scope: of }));
}

/** The schema of {@link AzureIdentity} alone. */
export function azureIdentitySchema(root: ConfigurationRoot): z.ZodType<AzureIdentity> {
  return section(azureIdentityShape(root)).transform(completeAzure);
}

function azureIdentityShape(root: ConfigurationRoot) {
  return {
    clientId: line(64).optional(),
    tenantId: line(64).optional(),
    tokenFile: path(root).optional(),
    authority: webUrl().optional(),
  };
}

function completeAzure({
  clientId,
  tenantId,
  tokenFile,
  authority,
}: Partial<AzureIdentity>): AzureIdentity {
  return { clientId, tenantId, tokenFile, authority };
}
