import type { KeyObject } from 'node:crypto';
import { ProtocolError } from '../../../wire/protocol-error.ts';
import { findKeyUse, KEY_ALGORITHMS, keyUseNames } from '../../../wire/ssh/key-algorithm.ts';
import { MessageNumber } from '../../../wire/ssh/message-number.ts';
import { encodePublicKey } from '../../../wire/ssh/public-key.ts';
import { decodeServiceAccept } from '../../../wire/ssh/service-accept.ts';
import { encodeServiceRequest } from '../../../wire/ssh/service-request.ts';
import { signData } from '../../../wire/ssh/signature.ts';
import { SshReader } from '../../../wire/ssh/ssh-reader.ts';
import { decodeUserauthFailure } from '../../../wire/ssh/userauth-failure.ts';
import { decodeUserauthInfoRequest } from '../../../wire/ssh/userauth-info-request.ts';
import { encodeUserauthInfoResponse } from '../../../wire/ssh/userauth-info-response.ts';
import { encodeUserauthKeyboardInteractive } from '../../../wire/ssh/userauth-keyboard-interactive.ts';
import { encodeUserauthPassword } from '../../../wire/ssh/userauth-password.ts';
import {
  encodeSignedUserauth,
  encodeUserauthPublicKey,
} from '../../../wire/ssh/userauth-publickey.ts';
import { encodeUserauthRequest } from '../../../wire/ssh/userauth-request.ts';
import { decodeUserauthSuccess } from '../../../wire/ssh/userauth-success.ts';
import { UpstreamError } from '../../upstream-error.ts';
import type { MessagePort } from '../connection/message-port.ts';
import type { MessageInbox } from './message-inbox.ts';
import { issueSessionCertificate } from './session-certificate.ts';

const AUTHENTICATION_SERVICE = 'ssh-userauth';
const CONNECTION_SERVICE = 'ssh-connection';
/** Messages of a server from a try to its answer: banners and questions. */
const MESSAGES_MAX = 32;

/** What the gateway proves itself with. */
export type LoginCredential =
  | { readonly kind: 'privateKey'; readonly key: KeyObject }
  | { readonly kind: 'password'; readonly password: string }
  | {
      /** Signs a certificate for this login, with a key that is made for it. */
      readonly kind: 'certificateAuthority';
      readonly authority: KeyObject;
      /** In the certificate, for the host's own log: principal and session. */
      readonly keyId: string;
    };

/** A login as an account of a host. */
export interface Login {
  readonly account: string;
  readonly credential: LoginCredential;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** How an ordinary key, or one with a certificate, is shown and used. */
interface Proof {
  readonly key: KeyObject;
  readonly blob: Buffer;
}

/**
 * Logs in to a server.
 *
 * @throws {UpstreamError} If it refuses.
 * @throws {ProtocolError} If it breaks the protocol.
 */
export async function logIn(port: MessagePort, inbox: MessageInbox, login: Login): Promise<void> {
  port.send(encodeServiceRequest(AUTHENTICATION_SERVICE));
  if (decodeServiceAccept(await inbox.next()) !== AUTHENTICATION_SERVICE) {
    throw new ProtocolError('SERVICE_ACCEPT', 'is for another service');
  }
  const isIn = await new LogIn(port, inbox, login).run();
  if (!isIn) throw new UpstreamError('ERR_UPSTREAM_LOGIN', 'the host refused the credential');
}

class LogIn {
  readonly #port: MessagePort;
  readonly #inbox: MessageInbox;
  readonly #login: Login;
  /** What the server said last may go on. */
  #methods: readonly string[] = [];

  constructor(port: MessagePort, inbox: MessageInbox, login: Login) {
    this.#port = port;
    this.#inbox = inbox;
    this.#login = login;
  }

  async run(): Promise<boolean> {
    const { credential, account, nowMs } = this.#login;
    switch (credential.kind) {
      case 'privateKey':
        return this.#prove({ key: credential.key, blob: encodePublicKey(credential.key) });
      case 'certificateAuthority': {
        const { authority, keyId } = credential;
        return this.#prove(issueSessionCertificate(authority, { account, keyId, nowMs }));
      }
      case 'password': {
        const isIn = await this.#request('password', encodeUserauthPassword(credential.password));
        if (isIn || !this.#methods.includes('keyboard-interactive')) return isIn;
        const methodData = encodeUserauthKeyboardInteractive({ submethods: '' });
        return this.#request('keyboard-interactive', methodData);
      }
    }
  }

  /** Signs at once: asking first whether the key would do costs a round trip. */
  #prove({ key, blob }: Proof): Promise<boolean> {
    const algorithm = this.#chooseAlgorithm(blob);
    const request = { userName: this.#login.account, serviceName: CONNECTION_SERVICE };
    const data = encodeSignedUserauth(this.#port.sessionId, request, { algorithm, blob });
    const signatureAlgorithm = findKeyUse(algorithm)?.signatureAlgorithm ?? algorithm;
    const signature = signData(key, signatureAlgorithm, data);
    return this.#request('publickey', encodeUserauthPublicKey({ algorithm, blob, signature }));
  }

  /** The best of what the server takes; if it does not say, the best there is. */
  #chooseAlgorithm(blob: Buffer): string {
    const names = keyUseNames(new SshReader(blob, 'public key').identifier());
    const taken = this.#port.serverSignatureAlgorithms;
    const chosen = names.find((name) => taken?.includes(name) === true) ?? names[0];
    if (chosen === undefined) {
      const types = KEY_ALGORITHMS.map(({ keyType }) => keyType).join(', ');
      throw new UpstreamError('ERR_UPSTREAM_LOGIN', `the key's type is none of ${types}`);
    }
    return chosen;
  }

  /** Sends a try; whether the server took it. */
  async #request(methodName: string, methodData: Buffer): Promise<boolean> {
    const userName = this.#login.account;
    this.#port.send(
      encodeUserauthRequest({ userName, serviceName: CONNECTION_SERVICE, methodName, methodData }),
    );
    for (let count = 0; count < MESSAGES_MAX; count += 1) {
      const payload = await this.#inbox.next();
      switch (payload.readUInt8(0)) {
        case MessageNumber.UserauthBanner:
          // Shown to nobody: it would tell clients where they are.
          break;
        case MessageNumber.UserauthSuccess:
          decodeUserauthSuccess(payload);
          return true;
        case MessageNumber.UserauthFailure:
          this.#methods = decodeUserauthFailure(payload).methodNames;
          return false;
        case MessageNumber.UserauthInfoRequest:
          if (methodName !== 'keyboard-interactive') return false;
          this.#answer(payload);
          break;
        default:
          throw new ProtocolError('USERAUTH_REQUEST', 'has an answer that is none');
      }
    }
    throw new ProtocolError('USERAUTH_REQUEST', 'has too many answers');
  }

  /** Gives the password where one thing that must not be seen is asked for, and nothing else. */
  #answer(payload: Buffer): void {
    const { prompts } = decodeUserauthInfoRequest(payload);
    const { credential } = this.#login;
    const [prompt, ...others] = prompts;
    const isPassword =
      prompt !== undefined && !prompt.echo && others.length === 0 && credential.kind === 'password';
    const answers = isPassword ? [credential.password] : prompts.map(() => '');
    this.#port.send(encodeUserauthInfoResponse(answers));
  }
}
