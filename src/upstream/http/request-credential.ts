import type { CredentialElsewhere } from '../../configuration/credential-place.ts';
import type {
  HttpCredential,
  OauthCredential,
  SigningCredential,
} from '../../configuration/http-credential.ts';
import { type ClientTokenRequest, requestClientToken } from '../../identity/client-token.ts';
import type { HttpRequest } from '../../protocols/http/exchange.ts';
import type { ResolveSecret } from '../../targets/secret-resolver.ts';
import { FreshValue } from './fresh-value.ts';
import { type SigningKey, signRequest } from './sign-request.ts';
import { withField, withParameter } from './with-field.ts';

/** Puts a target's credential into requests to it, in place of whatever clients sent there. */
export interface RequestCredential {
  /** At once where it is known. Rejects if it cannot be had. */
  add(request: HttpRequest): HttpRequest | Promise<HttpRequest>;
  /** The target did not take it: it is read anew for the next request. */
  forget(): void;
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
      return addedBy(freshToken(credential, sources), (request, token) =>
        withRequestField(request, 'authorization', `Bearer ${token}`),
      );
    case 'sigv4':
      return signingCredential(credential, sources);
    case 'none':
    case 'elsewhere':
      return { add: (request) => request, forget: () => undefined };
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

function signingCredential(
  credential: SigningCredential,
  sources: CredentialSources,
): RequestCredential {
  const { region, service } = credential;
  const read = async (reference: string): Promise<string> =>
    (await sources.resolveSecret(reference)).toString('utf8');
  const key = new FreshValue<SigningKey>(async () => {
    const { sessionToken } = credential;
    const value = {
      accessKeyId: await read(credential.accessKeyId),
      secretAccessKey: await read(credential.secretAccessKey),
      ...(sessionToken !== undefined && { sessionToken: await read(sessionToken) }),
    };
    return { value, untilMs: sources.nowMs() + SECRET_MS };
  }, sources.nowMs);
  return addedBy(key, (request, value) =>
    signRequest(request, { region, service, key: value, nowMs: sources.nowMs() }),
  );
}

function addedBy<Value>(
  value: FreshValue<Value>,
  add: (request: HttpRequest, value: Value) => HttpRequest | Promise<HttpRequest>,
): RequestCredential {
  return {
    add(request) {
      const known = value.get();
      if (!(known instanceof Promise)) return add(request, known);
      return known.then((read) => add(request, read));
    },
    forget: () => value.forget(),
  };
}

function freshSecret(
  reference: string,
  { resolveSecret, nowMs }: CredentialSources,
): FreshValue<string> {
  return new FreshValue(async () => {
    const value = (await resolveSecret(reference)).toString('utf8');
    return { value, untilMs: nowMs() + SECRET_MS };
  }, nowMs);
}

function freshToken(
  { tokenUrl, clientId, clientSecret, scope }: OauthCredential,
  { resolveSecret, requestToken = requestClientToken, nowMs }: CredentialSources,
): FreshValue<string> {
  return new FreshValue(async () => {
    const secret = (await resolveSecret(clientSecret)).toString('utf8');
    const request: ClientTokenRequest = { tokenUrl, clientId, clientSecret: secret, scope };
    const askedAtMs = nowMs();
    const { accessToken, lifetimeMs } = await requestToken(request);
    const untilMs = askedAtMs + Math.max(lifetimeMs - TOKEN_MARGIN_MS, lifetimeMs / 2);
    return { value: accessToken, untilMs };
  }, nowMs);
}

function withRequestField(request: HttpRequest, name: string, value: string): HttpRequest {
  return { ...request, fields: withField(request.fields, name, value) };
}
