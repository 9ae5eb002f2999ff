import assert from 'node:assert/strict';
import type { SshCredential } from '../../configuration/ssh-target-file.ts';
import { dialTarget } from '../../protocols/dial-target.ts';
import type { LoginCredential } from '../../protocols/ssh/authentication/log-in.ts';
import { connectUpstream, type SshUpstream } from '../../protocols/ssh/upstream.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import type { ResolveSecret } from '../../targets/secret-resolver.ts';
import { SecretUse } from '../../targets/secrets/secret-use.ts';
import type { SshTarget } from '../../targets/target.ts';
import { decodePrivateKeyFile } from '../../wire/ssh/private-key-file.ts';
import { describeCredentialError } from '../describe-credential-error.ts';
import { type StreamOpener, takeFacts } from '../stream-opener.ts';
import type { CarriedFor, HostLogin } from '../ways.ts';
import { FramedPort } from './framed-port.ts';
import { decodeHostFacts, encodeHostLogin } from './ssh-handover.ts';

/** Milliseconds from the first packet to the host until it has let the gateway in. */
const LOGIN_TIMEOUT_MS = 15_000;

interface HostAttempt {
  readonly target: SshTarget;
  readonly login: HostLogin;
  readonly carriedFor: CarriedFor;
  readonly signal: AbortSignal;
}

/** Logs in to SSH targets, or has their connectors do so. See `Ways`. */
export class SshLogins {
  readonly #resolveSecret: ResolveSecret;
  readonly #streams: StreamOpener;
  readonly #nowMs: () => number;

  constructor(resolveSecret: ResolveSecret, streams: StreamOpener, nowMs: () => number) {
    this.#resolveSecret = resolveSecret;
    this.#streams = streams;
    this.#nowMs = nowMs;
  }

  async connect(
    target: SshTarget,
    login: HostLogin,
    carriedFor: CarriedFor,
    signal: AbortSignal,
  ): Promise<SshUpstream> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(LOGIN_TIMEOUT_MS)]);
    if (target.credential.kind === 'elsewhere') {
      return this.#takeOver(target, login, carriedFor, deadline);
    }
    return this.#logIn({ target, login, carriedFor, signal: deadline }, 'first');
  }

  /** Tries once more if the host refuses, and there is something newer to log in with. */
  async #logIn(attempt: HostAttempt, turn: 'first' | 'last'): Promise<SshUpstream> {
    const use = new SecretUse();
    try {
      return await this.#logInWith(attempt, use);
    } catch (error) {
      const isRefused = error instanceof UpstreamError && error.code === 'ERR_UPSTREAM_LOGIN';
      if (turn === 'last' || !isRefused || !(await use.reread())) throw error;
    } finally {
      // What hosts are logged in to with is needed at the login alone.
      use.end();
    }
    return this.#logIn(attempt, 'last');
  }

  async #logInWith(
    { target, login, carriedFor, signal }: HostAttempt,
    use: SecretUse,
  ): Promise<SshUpstream> {
    const { credential: how } = target;
    assert(how.kind !== 'elsewhere');
    const credential = await this.#readCredential(how, login, use);
    const openStream =
      this.#streams.forBytes(target, carriedFor) ?? ((over) => dialTarget(target, over));
    return connectUpstream(
      await openStream(signal),
      {
        account: login.account,
        credential,
        hostKeys: target.hostKeys.map(readPublicKey),
        hostAuthorities: target.hostAuthorities.map(readPublicKey),
        hostName: target.host,
        nowMs: this.#nowMs(),
      },
      signal,
    );
  }

  /** A connection that the connector has logged in. */
  async #takeOver(
    target: SshTarget,
    login: HostLogin,
    carriedFor: CarriedFor,
    signal: AbortSignal,
  ): Promise<SshUpstream> {
    const question = { target, kind: 'ssh', carriedFor, login: encodeHostLogin(login) } as const;
    const opened = await this.#streams.open(question, signal);
    const { identification } = takeFacts(opened, decodeHostFacts);
    return { port: new FramedPort(opened.stream, identification), earlier: [] };
  }

  async #readCredential(
    credential: SshCredential,
    { keyId }: HostLogin,
    use: SecretUse,
  ): Promise<LoginCredential> {
    try {
      switch (credential.kind) {
        case 'privateKey':
          return { kind: 'privateKey', key: await this.#readKey(credential.privateKey, use) };
        case 'certificateAuthority': {
          const authority = await this.#readKey(credential.certificateAuthority, use);
          return { kind: 'certificateAuthority', authority, keyId };
        }
        case 'password': {
          const password = (await this.#resolveSecret(credential.password, use)).toString('utf8');
          return { kind: 'password', password };
        }
      }
    } catch (cause) {
      throw describeCredentialError(cause);
    }
  }

  async #readKey(
    reference: string,
    use: SecretUse,
  ): Promise<ReturnType<typeof decodePrivateKeyFile>> {
    return decodePrivateKeyFile((await this.#resolveSecret(reference, use)).toString('utf8'));
  }
}

/** @param line Such as `ssh-ed25519 AAAA…`, which the configuration's schema has checked. */
function readPublicKey(line: string): Buffer {
  return Buffer.from(line.split(' ')[1] ?? '', 'base64');
}
