import { connect, type Socket } from 'node:net';
import type { LoginCredential } from '../../protocols/ssh/authentication/log-in.ts';
import { connectUpstream, type SshUpstream } from '../../protocols/ssh/upstream.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import { SecretError } from '../../targets/secret-error.ts';
import type { ResolveSecret } from '../../targets/secret-resolver.ts';
import type { SshTarget } from '../../targets/target.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { decodePrivateKeyFile } from '../../wire/ssh/private-key-file.ts';

/** Milliseconds from the first packet to the host until it has let the gateway in. */
const LOGIN_TIMEOUT_MS = 15_000;
/** How long a connection may be silent before the kernel asks whether the host still lives. */
const KEEP_ALIVE_AFTER_MS = 60_000;

/** Who is to be on the host. */
export interface HostLogin {
  readonly account: string;
  /** For the host's own log, where the gateway signs a certificate for the login. */
  readonly keyId: string;
}

/** Logs in to SSH targets, with credentials that never leave this folder and `upstream.ts`. */
export class SshTargets {
  readonly #resolveSecret: ResolveSecret;
  readonly #nowMs: () => number;

  constructor(resolveSecret: ResolveSecret, nowMs: () => number) {
    this.#resolveSecret = resolveSecret;
    this.#nowMs = nowMs;
  }

  /** @throws {UpstreamError} */
  async connect(target: SshTarget, login: HostLogin, signal: AbortSignal): Promise<SshUpstream> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(LOGIN_TIMEOUT_MS)]);
    const credential = await this.#readCredential(target, login);
    const socket = await dial(target, deadline);
    return connectUpstream(
      socket,
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

  async #readCredential({ credential }: SshTarget, { keyId }: HostLogin): Promise<LoginCredential> {
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

/** @throws {UpstreamError} */
async function dial({ host, port }: SshTarget, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
    allowHalfOpen: true,
  });
  const giveUp = (): void => {
    reject(new UpstreamError('ERR_UPSTREAM_TIMEOUT', 'no answer', { cause: signal.reason }));
  };
  signal.addEventListener('abort', giveUp);
  if (signal.aborted) giveUp();
  socket.once('connect', () => resolve(socket));
  socket.once('error', (cause) => {
    reject(new UpstreamError('ERR_UPSTREAM_UNREACHABLE', 'no connection', { cause }));
  });
  try {
    return await promise;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
