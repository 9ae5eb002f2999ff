/** Another gateway did not answer, or not to the end. The message holds nothing that it said but its own reason. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
  readonly code = 'ERR_PEER';
  readonly gateway: string;

  constructor(gateway: string, reason: string, options?: ErrorOptions) {
    super(`Cannot ask gateway ${gateway}: ${reason}`, options);
    this.gateway = gateway;
  }
}
