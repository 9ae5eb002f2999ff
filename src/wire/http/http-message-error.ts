import { ProtocolError } from '../protocol-error.ts';

/** What a server answers to a request that it cannot read (RFC 9110 section 15, RFC 6585). */
export type UnreadableStatus = 400 | 405 | 414 | 417 | 431 | 501 | 505;

/**
 * A peer's HTTP message is not one that this codec reads. `reason` says what `messageName` does wrong: it "has a
 * line without a colon".
 */
export class HttpMessageError extends ProtocolError {
  /** What to answer if the peer is a client. */
  readonly status: UnreadableStatus;

  constructor(messageName: string, reason: string, status: UnreadableStatus = 400) {
    super(messageName, reason);
    this.status = status;
  }
}
