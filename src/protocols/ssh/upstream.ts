import type { Duplex } from 'node:stream';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { DisconnectReason } from '../../wire/ssh/disconnect.ts';
import { UpstreamError, type UpstreamErrorCode } from '../upstream-error.ts';
import { type Login, logIn } from './authentication/log-in.ts';
import { MessageInbox, PeerLeftError } from './authentication/message-inbox.ts';
import type { MessagePort } from './connection/message-port.ts';
import {
  fingerprintOf,
  type HostIdentity,
  listHostKeyAlgorithms,
  verifyHost,
} from './host-identity.ts';
import { HostKeyError } from './host-key-error.ts';
import { SOFTWARE } from './software.ts';
import { SshTransport } from './transport/ssh-transport.ts';
import { TransportError, type TransportErrorCode } from './transport/transport-error.ts';

/** As whom, and to which host. */
export interface UpstreamLogin extends Login, HostIdentity {}

/** A connection to a host, logged in. */
export interface SshUpstream {
  readonly port: MessagePort;
  /** Messages that came with the login, and are for what comes next. */
  readonly earlier: readonly Buffer[];
}

/**
 * Logs in to a host that proves to be the target.
 *
 * @param stream To the host, connected. Destroyed if this fails.
 * @param signal Aborts when it takes too long.
 * @throws {UpstreamError}
 */
export async function connectUpstream(
  stream: Duplex,
  login: UpstreamLogin,
  signal: AbortSignal,
): Promise<SshUpstream> {
  let refusedKey: Buffer | undefined;
  try {
    const port = await SshTransport.open(
      stream,
      {
        role: 'client',
        software: SOFTWARE,
        algorithms: { hostKeys: listHostKeyAlgorithms(login) },
        verifyHostKey(algorithm, blob) {
          const verdict = verifyHost(login, { algorithm, blob, nowMs: login.nowMs });
          if (verdict.kind === 'refused') refusedKey = Buffer.from(blob);
          return verdict;
        },
      },
      signal,
    );
    return await logInTo(port, login, signal);
  } catch (error) {
    stream.destroy();
    throw describeError(error, signal, refusedKey);
  }
}

async function logInTo(port: MessagePort, login: Login, signal: AbortSignal): Promise<SshUpstream> {
  const inbox = new MessageInbox(port);
  const giveUp = (): void => inbox.fail(signal.reason as Error);
  signal.addEventListener('abort', giveUp);
  if (signal.aborted) giveUp();
  try {
    await logIn(port, inbox, login);
    return { port, earlier: inbox.takeRest() };
  } catch (error) {
    port.disconnect(DisconnectReason.ByApplication, 'no login');
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

const CODES: Readonly<Record<TransportErrorCode, UpstreamErrorCode>> = {
  ERR_SSH_ABORTED: 'ERR_UPSTREAM_TIMEOUT',
  ERR_SSH_HOST_KEY_REFUSED: 'ERR_UPSTREAM_HOST_KEY',
  ERR_SSH_INTEGRITY: 'ERR_UPSTREAM_PROTOCOL',
  ERR_SSH_NO_COMMON_ALGORITHM: 'ERR_UPSTREAM_PROTOCOL',
  ERR_SSH_OVERFLOW: 'ERR_UPSTREAM_PROTOCOL',
  ERR_SSH_PEER_LEFT: 'ERR_UPSTREAM_UNREACHABLE',
  ERR_SSH_TOO_SLOW: 'ERR_UPSTREAM_TIMEOUT',
};

function describeError(
  cause: unknown,
  signal: AbortSignal,
  refusedKey: Buffer | undefined,
): unknown {
  if (cause instanceof UpstreamError) return cause;
  if (refusedKey !== undefined) return new HostKeyError(fingerprintOf(refusedKey), cause);
  if (signal.aborted) return new UpstreamError('ERR_UPSTREAM_TIMEOUT', 'too slow', { cause });
  if (cause instanceof TransportError) {
    return new UpstreamError(CODES[cause.code], cause.message, { cause });
  }
  if (cause instanceof ProtocolError) {
    return new UpstreamError('ERR_UPSTREAM_PROTOCOL', cause.message, { cause });
  }
  if (cause instanceof PeerLeftError || hasCode(cause)) {
    return new UpstreamError('ERR_UPSTREAM_UNREACHABLE', 'it left before the login', { cause });
  }
  return cause;
}

/** A socket's error. */
function hasCode(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
