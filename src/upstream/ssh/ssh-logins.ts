import type { SshCredential } from '../../configuration/ssh-target-file.ts';
import { dialTarget } from '../../protocols/dial-target.ts';
import type { LoginCredential } from '../../protocols/ssh/authentication/log-in.ts';
import { connectUpstream, type SshUpstream } from '../../protocols/ssh/upstream.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import { SecretError } from '../../targets/secret-error.ts';
import type { ResolveSecret } from '../../targets/secret-resolver.ts';
import type { SshTarget } from '../../targets/target.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { decodePrivateKeyFile } from '../../wire/ssh/private-key-file.ts';
import { type StreamOpener, takeFacts } from '../stream-opener.ts';
import type { CarriedFor, HostLogin } from '../ways.ts';
import { FramedPort } from './framed-port.ts';
import { decodeHostFacts, encodeHostLogin } from './ssh-handover.ts';

/** Milliseconds from the first packet to the host until it has let the gateway in. */
const LOGIN_TIMEOUT_MS = 15_000;

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
    const credential = await this.#readCredential(target.credential, login);
    const openStream =
      this.#streams.forBytes(target, carriedFor) ?? ((over) => dialTarget(target, over));
    return connectUpstream(
      await openStream(deadline),
      {
        account: login.account,
        credential,
        hostKeys: target.hostKeys.map(readPublicKey),
        hostAuthorities: target.hostAuthorities.map(readPublicKey),
        hostName: target.host,
        nowMs: this.#nowMs(),
      },
      deadline,
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

  async #readCredential(credential: SshCredential, { keyId }: HostLogin): Promise<LoginCredential> {
    try {
      switch (credential.kind) {
        case 'privateKey':
          return { kind: 'privateKey', key: await this.#readKey(credential.privateKey) };
        case 'certificateAuthority': {
          const authority = await this.#readKey(credential.certificateAuthority);
          return { kind: 'certificateAuthority', authority, keyId };
        }
        case 'password': {
          const password = (await this.#resolveSecret(credential.password)).toString('utf8');
          return { kind: 'password', password };
        }
      }
    } catch (cause) {
      // What is wrong with a key says nothing of it; other errors are our own.
      if (!(cause instanceof SecretError) && !(cause instanceof ProtocolError)) throw cause;
      throw new UpstreamError('ERR_UPSTREAM_LOGIN', 'its credential cannot be read', { cause });
    }
  }

  async #readKey(reference: string): Promise<ReturnType<typeof decodePrivateKeyFile>> {
    return decodePrivateKeyFile((await this.#resolveSecret(reference)).toString('utf8'));
  }
}

/** @param line Such as `ssh-ed25519 AAAA…`, which the configuration's schema has checked. */
function readPublicKey(line: string): Buffer {
  return Buffer.from(line.split(' ')[1] ?? '', 'base64');
}
