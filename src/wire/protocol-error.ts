/**
 * The peer sent bytes its protocol does not allow.
 *
 * The connection cannot be resynchronised after this: close it. `reason` describes structure only,
 * never content, so it is safe to log and to show.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code = 'ERR_WIRE_PROTOCOL';
  readonly messageName: string;
  readonly reason: string;

  constructor(messageName: string, reason: string, options?: ErrorOptions) {
    super(`Cannot decode ${messageName}: ${reason}`, options);
    this.messageName = messageName;
    this.reason = reason;
  }
}
