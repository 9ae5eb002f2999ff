import type { CredentialElsewhere } from '../../configuration/credential-place.ts';
import type {
  HttpCredential,
  OauthCredential,
  SigningCredential,
  SigningKeys,
} from '../../configuration/http-credential.ts';
import { type ClientTokenRequest, requestClientToken } from '../../identity/client-token.ts';
import type { HttpRequest } from '../../protocols/http/exchange.ts';
import { assumeRole } from '../../targets/cloud/aws-roles.ts';
import { azureTokens } from '../../targets/cloud/azure-tokens.ts';
import type { TokenHolder } from '../../targets/cloud/cloud-token.ts';
import { CloudTokens } from '../../targets/cloud/cloud-tokens.ts';
import { googleTokens } from '../../targets/cloud/google-tokens.ts';
import type { ResolveSecret } from '../../targets/secret-resolver.ts';
import { FreshSecret, type MakeOfSecrets } from './fresh-secret.ts';
import { type SigningKey, signRequest } from './sign-request.ts';
import { withField, withParameter } from './with-field.ts';

/** Puts a target's credential into requests to it, in place of whatever clients sent there. */
export interface RequestCredential {
  /**
   * At once where it is known. Rejects if it cannot be had.
   *
   * @param holder On whose behalf, where the credential is each principal's own.
   */
  add(request: HttpRequest, holder: TokenHolder): HttpRequest | Promise<HttpRequest>;
  /** The target did not take it: it is read anew for the next request. */
  forget(): void;
  /** It is not used any more. */
  end(): void;
}

/** What credentials are read with. */
export interface CredentialSources {
  readonly resolveSecret: ResolveSecret;
  /** Default: that of `identity/`. */
  readonly requestToken?: typeof requestClientToken;
  readonly nowMs: () => number;
}

/** Milliseconds for which a secret is believed: a rotated one is in use soon, and few requests wait for a disk. */
const SECRET_MS = 5_000;
/** A token that ends within so many milliseconds is not used any more: it must last until the target sees it. */
const TOKEN_MARGIN_MS = 30_000;

/** Reads the credential of a target as its configuration says. */
export function createRequestCredential(
  credential: HttpCredential | CredentialElsewhere,
  sources: CredentialSources,
): RequestCredential {
  switch (credential.kind) {
    case 'header':
      return fieldCredential(credential.name, credential.value, sources);
    case 'bearer':
      return fieldCredential(
        'authorization',
        credential.bearer,
        sources,
        (token) => `Bearer ${token}`,
      );
    case 'basic': {
      const { user, password } = credential;
      return fieldCredential('authorization', password, sources, (secret) => {
        return `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
      });
    }
    case 'query': {
      const secret = freshSecret(credential.value, sources);
      return addedBy(secret, (request, value) => ({
        ...request,
        query: withParameter(request.query, credential.name, value),
      }));
    }
    case 'oauth':
      return bearerCredential(freshToken(credential, sources));
    case 'sigv4':
      return signingCredential(credential, sources);
    case 'google':
      return bearerCredential(cloudValue(new CloudTokens(googleTokens(credential), sources.nowMs)));
    case 'azure':
      return bearerCredential(cloudValue(new CloudTokens(azureTokens(credential), sources.nowMs)));
    case 'none':
    case 'elsewhere':
      return { add: (request) => request, forget: () => undefined, end: () => undefined };
  }
}

function fieldCredential(
  name: string,
  reference: string,
  sources: CredentialSources,
  format: (secret: string) => string = (secret) => secret,
): RequestCredential {
  return addedBy(freshSecret(reference, sources), (request, secret) =>
    withRequestField(request, name.toLowerCase(), format(secret)),
  );
}

function bearerCredential(token: CredentialValue<string>): RequestCredential {
  return addedBy(token, (request, value) =>
    withRequestField(request, 'authorization', `Bearer ${value}`),
  );
}

function signingCredential(
  { region, service, keys }: SigningCredential,
  sources: CredentialSources,
): RequestCredential {
  const { nowMs } = sources;
  const value: CredentialValue<SigningKey> =
    'arn' in keys
      ? cloudValue(new CloudTokens(assumeRole(keys), nowMs, ({ principalId }) => principalId))
      : freshKeys(keys, sources);
  return addedBy(value, (request, key) =>
    signRequest(request, { region, service, key, nowMs: nowMs() }),
  );
}

/** What is put into requests, on behalf of whom. */
interface CredentialValue<Value> {
  get(holder: TokenHolder): Value | Promise<Value>;
  forget(): void;
  end(): void;
}

function cloudValue<Value>(tokens: CloudTokens<Value>): CredentialValue<Value> {
  return {
    get: (holder) => tokens.get(holder),
    forget: () => void tokens.forget(),
    end: () => undefined,
  };
}

function addedBy<Value>(
  value: CredentialValue<Value>,
  add: (request: HttpRequest, value: Value) => HttpRequest | Promise<HttpRequest>,
): RequestCredential {
  return {
    add(request, holder) {
      const known = value.get(holder);
      if (!(known instanceof Promise)) return add(request, known);
      return known.then((read) => add(request, read));
    },
    forget: () => value.forget(),
    end: () => value.end(),
  };
}

function freshKeys(
  { accessKeyId, secretAccessKey, sessionToken }: SigningKeys,
  { resolveSecret, nowMs }: CredentialSources,
): FreshSecret<SigningKey> {
  const make: MakeOfSecrets<SigningKey> = async (read) => {
    const value = {
      accessKeyId: await read(accessKeyId),
      secretAccessKey: await read(secretAccessKey),
      ...(sessionToken !== undefined && { sessionToken: await read(sessionToken) }),
    };
    return { value, untilMs: nowMs() + SECRET_MS };
  };
  return new FreshSecret(make, resolveSecret, nowMs);
}

function freshSecret(
  reference: string,
  { resolveSecret, nowMs }: CredentialSources,
): FreshSecret<string> {
  const make: MakeOfSecrets<string> = async (read) => ({
    value: await read(reference),
    untilMs: nowMs() + SECRET_MS,
  });
  return new FreshSecret(make, resolveSecret, nowMs);
}

function freshToken(
  { tokenUrl, clientId, clientSecret, scope }: OauthCredential,
  { resolveSecret, requestToken = requestClientToken, nowMs }: CredentialSources,
): FreshSecret<string> {
  const make: MakeOfSecrets<string> = async (read) => {
    const secret = await read(clientSecret);
    const request: ClientTokenRequest = { tokenUrl, clientId, clientSecret: secret, scope };
    const askedAtMs = nowMs();
    const { accessToken, lifetimeMs } = await requestToken(request);
    const untilMs = askedAtMs + Math.max(lifetimeMs - TOKEN_MARGIN_MS, lifetimeMs / 2);
    return { value: accessToken, untilMs };
  };
  return new FreshSecret(make, resolveSecret, nowMs);
}

function withRequestField(request: HttpRequest, name: string, value: string): HttpRequest {
  return { ...request, fields: withField(request.fields, name, value) };
}
