/** Bytes. A token of 16 KiB and what surrounds it. */
const MESSAGE_BYTES_MAX = 20 * 1024;

/** Separates the parts of a message (`kvsep`). */
const SEPARATOR = '\x01';

/** A client's SASL OAUTHBEARER message does not follow RFC 7628. The exchange is over. */
export class OauthBearerError extends Error {
  override readonly name = 'OauthBearerError';
  readonly code = 'ERR_IDENTITY_OAUTHBEARER';

  constructor(reason: string) {
    super(`Cannot decode OAUTHBEARER message: ${reason}`);
  }
}

/** A client's first message: a token, or the question where to get one. */
export type OauthBearerRequest =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'discover' };

/**
 * Decodes a client's first OAUTHBEARER message.
 *
 * An empty `auth` is how libpq asks which provider to go to: answer with
 * {@link encodeOauthBearerFailure}, and the client comes back with a token on a new connection.
 *
 * @throws {OauthBearerError} For everything that RFC 7628 section 3.1 does not allow, an
 *   authorization identity, and channel binding.
 */
export function decodeOauthBearerRequest(message: Uint8Array): OauthBearerRequest {
  if (message.length > MESSAGE_BYTES_MAX) {
    throw new OauthBearerError(`longer than ${MESSAGE_BYTES_MAX} bytes`);
  }
  if (message.some((byte) => byte > 0x7e || (byte < 0x20 && byte !== 0x01))) {
    throw new OauthBearerError('has bytes outside ASCII');
  }
  const text = Buffer.from(message).toString('latin1');
  if (!text.endsWith(SEPARATOR + SEPARATOR)) throw new OauthBearerError('is cut short');
  const [header, ...pairs] = text.slice(0, -2).split(SEPARATOR);
  checkGs2Header(header ?? '');
  return readAuthorization(pairs);
}

/**
 * Whether a message is the single separator by which a client acknowledges a failure.
 *
 * @see RFC 7628 section 3.2.3
 */
export function isFailureAcknowledgement(message: Uint8Array): boolean {
  return message.length === 1 && message[0] === 0x01;
}

/**
 * Encodes the challenge that tells a client its token is not accepted, and where to get one.
 *
 * @param issuer Issuer of the provider to sign in at; libpq compares it with its `oauth_issuer`.
 * @param scope Scopes to ask for, separated by spaces.
 * @see RFC 7628 section 3.2.2
 */
export function encodeOauthBearerFailure(issuer: string, scope: string): Buffer {
  const discovery = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const failure = { status: 'invalid_token', 'openid-configuration': discovery, scope };
  return Buffer.from(JSON.stringify(failure));
}

/** @see RFC 5801 section 4 */
function checkGs2Header(header: string): void {
  const [binding, authorizationIdentity, rest, ...others] = header.split(',');
  if (rest !== '' || others.length > 0) throw new OauthBearerError('has a malformed GS2 header');
  if (binding !== 'n' && binding !== 'y') {
    throw new OauthBearerError('asks for channel binding, which OAUTHBEARER does not have');
  }
  if (authorizationIdentity !== '') {
    // Who asks is what the token says. A second name could only disagree with it.
    throw new OauthBearerError('names an authorization identity');
  }
}

function readAuthorization(pairs: readonly string[]): OauthBearerRequest {
  let authorization: string | undefined;
  for (const pair of pairs) {
    const parsed = /^([A-Za-z]+)=(.*)$/.exec(pair);
    if (parsed === null) throw new OauthBearerError('has a malformed key/value pair');
    const [, key, value] = parsed;
    // `host`, `port` and unknown keys are to be ignored; they could only repeat what the socket knows.
    if (key !== 'auth') continue;
    if (authorization !== undefined) throw new OauthBearerError('has two auth values');
    authorization = value;
  }
  if (authorization === undefined) throw new OauthBearerError('has no auth value');
  if (authorization === '') return { kind: 'discover' };
  const bearer = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization);
  if (bearer?.[1] === undefined)
    throw new OauthBearerError('has an auth value that is no bearer token');
  return { kind: 'token', token: bearer[1] };
}
