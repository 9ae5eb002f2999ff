import type { Duplex } from 'node:stream';
import type { SshTransportOptions } from './transport-options.ts';

/**
 * One end of an SSH connection's transport layer: whole messages in and out of an encrypted stream.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4253
 */
export class SshTransport {
  /** Of the first key exchange; what later signatures are bound to. */
  readonly sessionId: Buffer = Buffer.alloc(0);
  /** The peer's first line, such as `SSH-2.0-OpenSSH_9.2`, without its end. */
  readonly peerIdentification: string = '';
  /** Whether both sides keep the rules of strict key exchange (OpenSSH's PROTOCOL, 1.10). */
  readonly isStrict: boolean = false;

  private constructor() {}

  /**
   * Identifies both sides and exchanges the first keys. Reads no further until {@link onMessage}.
   *
   * @throws {TransportError} If the peer is no match, breaks the protocol, is too slow, or if `signal`
   * aborts. The stream is then destroyed.
   */
  static open(
    _stream: Duplex,
    _options: SshTransportOptions,
    _signal: AbortSignal,
  ): Promise<SshTransport> {
    return Promise.resolve(new SshTransport());
  }

  /** Names of the signature algorithms that the server takes for user keys, if it said (RFC 8308). */
  get serverSignatureAlgorithms(): readonly string[] | undefined {
    return undefined;
  }

  /**
   * Encrypts and writes one message: its number and body, `head` followed by `data`. Both are free
   * again when the call returns. Messages above 49 wait while keys are exchanged.
   *
   * @returns False if more than the high-water mark waits: stop until {@link onDrain} calls.
   */
  send(_head: Buffer, _data?: Buffer): boolean {
    return true;
  }

  /** Takes messages that are not the transport's own, from SERVICE_REQUEST on. Valid during the call only. */
  onMessage(_listener: (payload: Buffer) => void): void {}

  /** Answers the message that is being delivered with UNIMPLEMENTED. */
  sendUnimplemented(): void {}

  /** Calls when what waited after a `false` of {@link send} has gone. */
  onDrain(_listener: () => void): void {}

  /** Stops delivering messages, from the next one on. */
  pause(): void {}

  resume(): void {}

  /** Sends DISCONNECT and ends the stream. */
  disconnect(_reason: number, _description: string): void {}

  /** Calls once, when the stream is gone: with an error unless both sides ended in order. */
  onClose(_listener: (error: Error | undefined) => void): void {}

  /** The user is known: later floods of empty messages cost the session, not the listener. */
  setAuthenticated(): void {}
}
