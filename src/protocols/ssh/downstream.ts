import type { Duplex } from 'node:stream';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { DisconnectReason } from '../../wire/ssh/disconnect.ts';
import type { Door } from '../protocol.ts';
import { MessageInbox, PeerLeftError } from './authentication/message-inbox.ts';
import { signIn } from './authentication/sign-in.ts';
import type { MessagePort } from './connection/message-port.ts';
import { SOFTWARE } from './software.ts';
import type { SshGreeting } from './target-access.ts';
import { SshTransport } from './transport/ssh-transport.ts';
import type { HostKey } from './transport/transport-options.ts';

/** Milliseconds that somebody may take to sign in in a browser, whatever the code is good for. */
const CODE_MS_MAX = 600_000;

export interface DownstreamOptions {
  readonly hostKeys: readonly HostKey[];
  /** Milliseconds from the first byte to the end of the sign-in. */
  readonly handshakeTimeoutMs: number;
  readonly nowMs: () => number;
}

/** A client that signed in. */
export interface Downstream {
  readonly port: MessagePort;
  /** Messages that came with the sign-in, and are for what comes next. */
  readonly earlier: readonly Buffer[];
  readonly greeting: SshGreeting;
}

/**
 * Serves a client until it is in. Undefined if it was turned away, and told so, or has left.
 *
 * @param stream Destroyed if this fails.
 * @throws {ProtocolError|TransportError} If the client breaks the protocol, or is too slow.
 */
export async function acceptDownstream(
  stream: Duplex,
  options: DownstreamOptions,
  door: Door,
  signal: AbortSignal,
): Promise<Downstream | undefined> {
  const { hostKeys, handshakeTimeoutMs } = options;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(handshakeTimeoutMs)]);
  const transportOptions = { role: 'server', software: SOFTWARE, hostKeys } as const;
  const opening = SshTransport.open(stream, transportOptions, deadline);
  // Sockets come paused, so that nothing of them is lost before somebody listens.
  stream.resume();
  const port = await opening;
  const inbox = new MessageInbox(port);
  const patience = new Patience(() => inbox.fail(tookTooLong()), handshakeTimeoutMs);
  const stop = (): void => inbox.fail(new PeerLeftError());
  signal.addEventListener('abort', stop);
  try {
    const waitUntil = (atMs: number): void => {
      patience.extend(Math.min(atMs - options.nowMs(), CODE_MS_MAX));
    };
    const signedIn = await signIn({ door, port, inbox, waitUntil });
    if (signedIn === undefined) return undefined;
    const { principal, userName } = signedIn;
    const greeting = { principal, userName, software: port.peerIdentification };
    return { port, earlier: inbox.takeRest(), greeting };
  } catch (error) {
    const reason = error instanceof ProtocolError ? 'ProtocolError' : 'ByApplication';
    port.disconnect(DisconnectReason[reason], error instanceof Error ? error.message : '');
    if (error instanceof PeerLeftError) return undefined;
    throw error;
  } finally {
    patience.end();
    signal.removeEventListener('abort', stop);
  }
}

/** A deadline that can be moved. */
class Patience {
  readonly #onEnd: () => void;
  #timer: NodeJS.Timeout;

  constructor(onEnd: () => void, afterMs: number) {
    this.#onEnd = onEnd;
    this.#timer = setTimeout(onEnd, afterMs);
  }

  extend(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onEnd, afterMs);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

function tookTooLong(): ProtocolError {
  return new ProtocolError('sign-in', 'not completed in time');
}
