import type { AuthenticationResult } from '../../identity/authenticator.ts';
import {
  decodeOauthBearerRequest,
  encodeOauthBearerFailure,
  OauthBearerError,
} from '../../identity/oauthbearer.ts';
import type { Principal } from '../../identity/principal.ts';
import {
  encodeAuthenticationCleartextPassword,
  encodeAuthenticationSasl,
  encodeAuthenticationSaslContinue,
} from '../../wire/postgres/authentication.ts';
import type { ErrorFields } from '../../wire/postgres/error-response.ts';
import { decodePasswordMessage } from '../../wire/postgres/password-message.ts';
import { decodeSaslInitialResponse } from '../../wire/postgres/sasl-initial-response.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { Door } from '../protocol.ts';
import type { Downstream } from './downstream.ts';

const OAUTHBEARER = 'OAUTHBEARER';

/** SQLSTATEs of a sign-in that failed, and of one that nobody could look at. */
const NOT_ACCEPTED = '28000';
const CANNOT_CONNECT_NOW = '57P03';

/** How clients of a listener present their token. */
export type TokenCarrier = { readonly kind: 'password' } | BearerCarrier;

/** By OAUTHBEARER; who has no token is told where to get one, and what to ask for there. */
interface BearerCarrier {
  readonly kind: 'oauthbearer';
  readonly issuer: string;
  /** With spaces between them. */
  readonly scope: string;
}

/**
 * Asks the client for its token and has it checked. Undefined if it was turned away, and told so.
 *
 * @throws {ProtocolError} If the client breaks the protocol.
 */
export async function signIn(
  downstream: Downstream,
  carrier: TokenCarrier,
  door: Pick<Door, 'authenticate'>,
  signal: AbortSignal,
): Promise<Principal | undefined> {
  const token =
    carrier.kind === 'password'
      ? await askForPassword(downstream)
      : await askForBearer(downstream, carrier);
  if (token === undefined) {
    downstream.refuse(phraseRejection('no-token'));
    return undefined;
  }
  const result = await door.authenticate(token, signal);
  if (result.kind === 'authenticated') return result.principal;
  if (carrier.kind === 'oauthbearer') await challenge(downstream, carrier);
  downstream.refuse(phraseRejection(result.reason));
  return undefined;
}

/** The token as password: what every driver can do. */
async function askForPassword(downstream: Downstream): Promise<string | undefined> {
  downstream.send(encodeAuthenticationCleartextPassword());
  const { password } = decodePasswordMessage(await downstream.readPasswordMessage());
  return password === '' ? undefined : password;
}

/** @see RFC 7628; https://www.postgresql.org/docs/18/sasl-authentication.html#SASL-OAUTHBEARER */
async function askForBearer(
  downstream: Downstream,
  carrier: BearerCarrier,
): Promise<string | undefined> {
  downstream.send(encodeAuthenticationSasl([OAUTHBEARER]));
  const { mechanism, data } = decodeSaslInitialResponse(await downstream.readPasswordMessage());
  if (mechanism !== OAUTHBEARER || data === null) {
    throw new ProtocolError('SASLInitialResponse', 'another mechanism than was offered');
  }
  try {
    const request = decodeOauthBearerRequest(data);
    if (request.kind === 'token') return request.token;
  } catch (error) {
    if (!(error instanceof OauthBearerError)) throw error;
    throw new ProtocolError('SASLInitialResponse', 'not an OAUTHBEARER message', { cause: error });
  }
  await challenge(downstream, carrier);
  return undefined;
}

/** Tells the client where tokens come from; it acknowledges with one byte. */
async function challenge(downstream: Downstream, { issuer, scope }: BearerCarrier): Promise<void> {
  downstream.send(encodeAuthenticationSaslContinue(encodeOauthBearerFailure(issuer, scope)));
  await downstream.readPasswordMessage();
}

/**
 * Says that sign-in failed. Only who holds a genuine token learns that it has expired; why another
 * token is not accepted is for the ledger.
 */
function phraseRejection(
  reason: Extract<AuthenticationResult, { kind: 'rejected' }>['reason'] | 'no-token',
): ErrorFields {
  const error = { severity: 'FATAL', sqlState: NOT_ACCEPTED } as const;
  switch (reason) {
    case 'expired':
      return {
        ...error,
        message: 'sign-in failed: the token has expired',
        hint: 'Sign in again (sallyport login) and present the new token as password.',
      };
    case 'provider-unreachable':
    case 'token-store-unreachable':
      return {
        ...error,
        sqlState: CANNOT_CONNECT_NOW,
        message: 'sign-in failed: tokens cannot be checked at present',
        hint: 'Try again in a moment.',
      };
    case 'no-token':
    case 'malformed':
    case 'unknown-issuer':
    case 'bad-signature':
    case 'wrong-audience':
    case 'not-yet-valid':
    case 'declined':
    case 'unknown-authority':
    case 'wrong-certificate':
    case 'wrong-address':
    case 'claims-not-accepted':
    case 'revoked':
    case 'unknown-token':
    case 'disabled':
      return {
        ...error,
        message: 'sign-in failed',
        hint: 'Present a token of your identity provider as password (sallyport login, sallyport token).',
      };
  }
}
