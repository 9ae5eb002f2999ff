import { z } from 'zod';
import {
  type AwsRole,
  type AzureIdentity,
  awsRoleSchema,
  azureSchema,
  type GoogleIdentity,
  googleSchema,
} from './cloud-credential.ts';
import type { ConfigurationRoot } from './configuration-root.ts';
import { line, secretReference, section, webUrl } from './fields.ts';
import type { SecretReference } from './target-settings.ts';

/** What the gateway proves itself by in each request to a target, beside a certificate. */
export type HttpCredential =
  | { readonly kind: 'header'; readonly name: string; readonly value: SecretReference }
  /** `Authorization: Bearer` */
  | { readonly kind: 'bearer'; readonly bearer: SecretReference }
  | { readonly kind: 'basic'; readonly user: string; readonly password: SecretReference }
  /** A parameter of every query. */
  | { readonly kind: 'query'; readonly name: string; readonly value: SecretReference }
  | OauthCredential
  | SigningCredential
  /** An access token of Google's. */
  | ({ readonly kind: 'google' } & GoogleIdentity)
  /** A token of Entra's. */
  | ({ readonly kind: 'azure'; readonly scope: string } & AzureIdentity)
  | { readonly kind: 'none' };

/** A token that the gateway gets by the grant for client credentials (RFC 6749 §4.4). */
export interface OauthCredential {
  readonly kind: 'oauth';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: SecretReference;
  /** With spaces between them; undefined: whatever the server gives. */
  readonly scope: string | undefined;
}

/** AWS Signature Version 4. */
export interface SigningCredential {
  readonly kind: 'sigv4';
  readonly region: string;
  readonly service: string;
  readonly keys: SigningKeys | AwsRole;
}

/** Keys of a user of AWS, or temporary ones that somebody else renews. */
export interface SigningKeys {
  readonly accessKeyId: SecretReference;
  readonly secretAccessKey: SecretReference;
  readonly sessionToken: SecretReference | undefined;
}

const GOOGLE_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;

/** Fields that say how a message is framed or where it goes, which are not a credential's to say. */
const FRAMING_FIELDS: ReadonlySet<string> = new Set([
  ...['connection', 'content-length', 'host', 'keep-alive', 'te', 'trailer', 'transfer-encoding'],
  ...['upgrade', 'expect'],
]);

/** The schema of the credential of an HTTP target: one of them. */
export function httpCredentialSchema(root: ConfigurationRoot): z.ZodType<HttpCredential> {
  const reference = secretReference(root);
  const header = fieldName().refine((name) => !FRAMING_FIELDS.has(name.toLowerCase()), {
    message: 'must not be a field that frames messages',
  });
  return section({
    header: section({ name: header, value: reference }).exactOptional(),
    bearer: reference.exactOptional(),
    basic: section({
      user: line(256).refine((user) => !user.includes(':'), { message: 'must have no colon' }),
      password: reference,
    }).exactOptional(),
    query: section({ name: line(100), value: reference }).exactOptional(),
    oauth: section({
      tokenUrl: webUrl(),
      clientId: line(256),
      clientSecret: reference,
      scope: line().optional(),
    }).exactOptional(),
    sigv4: signingSchema(root).exactOptional(),
    google: googleSchema(root, GOOGLE_SCOPE).exactOptional(),
    azure: azureSchema(root).exactOptional(),
    none: z.literal(true).exactOptional(),
  }).transform(
    ({ header: field, bearer, basic, query, oauth, sigv4, google, azure, none }, context) => {
      const credentials: HttpCredential[] = [];
      if (field !== undefined) credentials.push({ kind: 'header', ...field });
      if (bearer !== undefined) credentials.push({ kind: 'bearer', bearer });
      if (basic !== undefined) credentials.push({ kind: 'basic', ...basic });
      if (query !== undefined) credentials.push({ kind: 'query', ...query });
      if (oauth !== undefined) credentials.push({ kind: 'oauth', ...oauth, scope: oauth.scope });
      if (sigv4 !== undefined) credentials.push(sigv4);
      if (google !== undefined) credentials.push({ kind: 'google', ...google });
      if (azure !== undefined) credentials.push({ kind: 'azure', ...azure });
      if (none !== undefined) credentials.push({ kind: 'none' });
      const [credential, ...others] = credentials;
      if (credential !== undefined && others.length === 0) return credential;
      const message =
        'must be one of header, bearer, basic, query, oauth, sigv4, google, azure, and none: true';
      context.issues.push({ code: 'custom', message, input: undefined });
      return z.NEVER;
    },
  );
}

function signingSchema(root: ConfigurationRoot): z.ZodType<SigningCredential> {
  const reference = secretReference(root);
  return section({
    region: line(64),
    service: line(64),
    accessKeyId: reference.exactOptional(),
    secretAccessKey: reference.exactOptional(),
    sessionToken: reference.optional(),
    role: awsRoleSchema().exactOptional(),
  }).transform(({ region, service, accessKeyId, secretAccessKey, sessionToken, role }, context) => {
    const given = [accessKeyId, secretAccessKey, sessionToken].filter((key) => key !== undefined);
    const of = { kind: 'sigv4' as const, region, service };
    if (role !== undefined && given.length === 0) {
      return { ...of, keys: { ...role, region: role.region ?? region } };
    }
    if (role === undefined && accessKeyId !== undefined && secretAccessKey !== undefined) {
      return { ...of, keys: { accessKeyId, secretAccessKey, sessionToken } };
    }
    const message = 'must have accessKeyId and secretAccessKey, or a role';
    context.issues.push({ code: 'custom', message, input: undefined });
    return z.NEVER;
  });
}

/** The name of a header field, as it is written to the target. */
export function fieldName(): z.ZodType<string> {
  return z.string().regex(TOKEN, 'must be the name of a header field, such as X-Api-Key');
}
