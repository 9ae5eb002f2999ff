import type { AuthenticationResult } from '../../../identity/authenticator.ts';
import type { Principal } from '../../../identity/principal.ts';
import { ProtocolError } from '../../../wire/protocol-error.ts';
import { decodeCertificate } from '../../../wire/ssh/certificate.ts';
import { DisconnectReason } from '../../../wire/ssh/disconnect.ts';
import { findKeyUse } from '../../../wire/ssh/key-algorithm.ts';
import { MessageNumber } from '../../../wire/ssh/message-number.ts';
import { encodeServiceAccept } from '../../../wire/ssh/service-accept.ts';
import { decodeServiceRequest } from '../../../wire/ssh/service-request.ts';
import { verifySignature } from '../../../wire/ssh/signature.ts';
import { encodeUserauthBanner } from '../../../wire/ssh/userauth-banner.ts';
import { encodeUserauthFailure } from '../../../wire/ssh/userauth-failure.ts';
import { decodeUserauthPassword } from '../../../wire/ssh/userauth-password.ts';
import { encodeUserauthPkOk } from '../../../wire/ssh/userauth-pk-ok.ts';
import {
  decodeUserauthPublicKey,
  encodeSignedUserauth,
  type UserauthPublicKey,
} from '../../../wire/ssh/userauth-publickey.ts';
import { decodeUserauthRequest, type UserauthRequest } from '../../../wire/ssh/userauth-request.ts';
import { encodeUserauthSuccess } from '../../../wire/ssh/userauth-success.ts';
import type { Door } from '../../protocol.ts';
import type { MessagePort } from '../connection/message-port.ts';
import { CodeSignIn } from './code-sign-in.ts';
import type { MessageInbox } from './message-inbox.ts';

/** Requests with a proof (token, signature, answers) that may fail. As OpenSSH's `MaxAuthTries`. */
const TRIES_MAX = 6;
/** Requests of any kind: an agent may offer all its keys before the certificate comes. */
const REQUESTS_MAX = 40;
const USER_NAME_LENGTH_MAX = 256;
const METHODS: readonly string[] = ['publickey', 'keyboard-interactive', 'password'];
const AUTHENTICATION_SERVICE = 'ssh-userauth';
const CONNECTION_SERVICE = 'ssh-connection';

/** Who signed in, and under which words. */
export interface SignedIn {
  readonly principal: Principal;
  /** As the client spelled it: account and target. */
  readonly userName: string;
}

export interface SignInParts {
  readonly door: Pick<Door, 'authenticate' | 'authenticateCertificate' | 'beginDeviceSignIn'>;
  readonly port: MessagePort;
  readonly inbox: MessageInbox;
  /** Gives the client as long as that, because a person has to do something meanwhile. */
  readonly waitUntil: (atMs: number) => void;
}

/**
 * Finds out who the client is. Undefined if it was turned away, and told so.
 *
 * One request that is right is enough, and nothing of those before it counts: neither keys that were
 * offered nor answers.
 *
 * @throws {ProtocolError} If the client breaks the protocol.
 * @see https://www.rfc-editor.org/rfc/rfc4252
 */
export async function signIn(parts: SignInParts): Promise<SignedIn | undefined> {
  const { inbox, port } = parts;
  if (decodeServiceRequest(await inbox.next()) !== AUTHENTICATION_SERVICE) {
    port.disconnect(DisconnectReason.ServiceNotAvailable, 'only ssh-userauth can be asked for');
    return undefined;
  }
  port.send(encodeServiceAccept(AUTHENTICATION_SERVICE));
  return new SignIn(parts).run();
}

/** What became of one request. */
type Outcome =
  | { readonly kind: 'in'; readonly principal: Principal }
  /** Something else than a failure was answered, or will be. */
  | { readonly kind: 'answered' }
  /** Nothing was proved, and nothing was claimed. */
  | { readonly kind: 'asked' }
  | { readonly kind: 'failed'; readonly message?: string };

class SignIn {
  readonly #parts: SignInParts;
  readonly #codes: CodeSignIn;
  #first: UserauthRequest | undefined;
  #lastMessage: string | undefined;

  constructor(parts: SignInParts) {
    this.#parts = parts;
    this.#codes = new CodeSignIn(parts);
  }

  async run(): Promise<SignedIn | undefined> {
    const { port, inbox } = this.#parts;
    let triesLeft = TRIES_MAX;
    for (let count = 0; count < REQUESTS_MAX && triesLeft > 0; count += 1) {
      const payload = await inbox.next();
      const outcome = await this.#take(payload);
      switch (outcome.kind) {
        case 'in':
          port.send(encodeUserauthSuccess());
          port.setAuthenticated();
          return { principal: outcome.principal, userName: this.#first?.userName ?? '' };
        case 'answered':
          break;
        case 'failed':
          triesLeft -= 1;
          this.#explain(outcome.message);
          port.send(encodeUserauthFailure({ methodNames: METHODS, isPartialSuccess: false }));
          break;
        case 'asked':
          port.send(encodeUserauthFailure({ methodNames: METHODS, isPartialSuccess: false }));
          break;
      }
    }
    port.disconnect(DisconnectReason.NoMoreAuthMethodsAvailable, 'too many tries to sign in');
    return undefined;
  }

  async #take(payload: Buffer): Promise<Outcome> {
    if (payload[0] === MessageNumber.UserauthInfoResponse) {
      return describe(await this.#codes.answer(payload));
    }
    const request = decodeUserauthRequest(payload);
    this.#codes.forget();
    this.#checkRequest(request);
    switch (request.methodName) {
      case 'publickey':
        return this.#takePublicKey(request);
      case 'password':
        return this.#takePassword(request);
      case 'keyboard-interactive':
        await this.#codes.ask(request.methodData);
        return { kind: 'answered' };
      default:
        return { kind: 'asked' };
    }
  }

  /** RFC 4252 lets a server end a connection whose user name or service changes; nobody needs that. */
  #checkRequest(request: UserauthRequest): void {
    const { userName, serviceName } = request;
    if (serviceName !== CONNECTION_SERVICE) {
      throw new ProtocolError('USERAUTH_REQUEST', 'is for a service that there is not');
    }
    if (userName.length > USER_NAME_LENGTH_MAX) {
      throw new ProtocolError('USERAUTH_REQUEST', 'has a user name that is too long');
    }
    this.#first ??= request;
    if (userName !== this.#first.userName) {
      throw new ProtocolError('USERAUTH_REQUEST', 'is for another user than the one before');
    }
  }

  async #takePublicKey(request: UserauthRequest): Promise<Outcome> {
    const method = decodeUserauthPublicKey(request.methodData);
    const use = findKeyUse(method.algorithm);
    // Plain keys are nobody's: a principal is known by a certificate that the gateway made.
    if (use === undefined || !use.isCertificate) return { kind: 'asked' };
    const publicKey = readCertifiedKey(method);
    if (publicKey === undefined) return { kind: 'asked' };
    const { algorithm, blob, signature } = method;
    if (signature === undefined) {
      this.#parts.port.send(encodeUserauthPkOk({ algorithm, blob }));
      return { kind: 'answered' };
    }
    const { door, port, inbox } = this.#parts;
    const data = encodeSignedUserauth(port.sessionId, request, method);
    const algorithms = [use.signatureAlgorithm];
    if (!verifySignature({ publicKey, algorithms, data, signature })) return { kind: 'failed' };
    return describe(await door.authenticateCertificate(blob, inbox.closed));
  }

  async #takePassword({ methodData }: UserauthRequest): Promise<Outcome> {
    const { password, newPassword } = decodeUserauthPassword(methodData);
    if (newPassword !== undefined || password === '') return { kind: 'failed' };
    const { door, inbox } = this.#parts;
    return describe(await door.authenticate(password, inbox.closed));
  }

  /** Tells why in the one way that clients show while they sign in; not the same twice. */
  #explain(message: string | undefined): void {
    if (message === undefined || message === this.#lastMessage) return;
    this.#lastMessage = message;
    this.#parts.port.send(encodeUserauthBanner(`${message}\r\n`));
  }
}

/** The key that is certified; undefined if this is no certificate of a user. */
function readCertifiedKey({ blob, algorithm }: UserauthPublicKey): Buffer | undefined {
  const { certificateType, role, publicKey } = decodeCertificate(blob);
  const isMeant = findKeyUse(algorithm)?.blobType === certificateType && role === 'user';
  return isMeant ? publicKey : undefined;
}

function describe(result: AuthenticationResult): Outcome {
  if (result.kind === 'authenticated') return { kind: 'in', principal: result.principal };
  const message = phraseRejection(result.reason);
  return message === undefined ? { kind: 'failed' } : { kind: 'failed', message };
}

/**
 * Says why, where that helps. Only who holds a genuine token learns that it has expired; why another
 * one is not accepted is for the ledger.
 */
function phraseRejection(
  reason: Extract<AuthenticationResult, { kind: 'rejected' }>['reason'],
): string | undefined {
  switch (reason) {
    case 'expired':
      return 'sallyport: your sign-in has expired; sign in again (sallyport login)';
    case 'provider-unreachable':
    case 'token-store-unreachable':
      return 'sallyport: sign-ins cannot be checked at present; try again in a moment';
    case 'declined':
      return 'sallyport: the sign-in was declined, or the code has expired';
    case 'malformed':
    case 'unknown-issuer':
    case 'bad-signature':
    case 'wrong-audience':
    case 'not-yet-valid':
    case 'unknown-authority':
    case 'wrong-certificate':
    case 'wrong-address':
    case 'claims-not-accepted':
    case 'revoked':
    case 'unknown-token':
    case 'disabled':
      return undefined;
  }
}
