import { DisconnectReason } from '../../../wire/ssh/disconnect.ts';

export type TransportErrorCode =
  /** The signal of `open` aborted. */
  | 'ERR_SSH_ABORTED'
  | 'ERR_SSH_HOST_KEY_REFUSED'
  /** A packet was changed on its way, or the keys differ. */
  | 'ERR_SSH_INTEGRITY'
  /** No algorithm of some kind that both sides have. */
  | 'ERR_SSH_NO_COMMON_ALGORITHM'
  /** More waits for the peer than may wait. */
  | 'ERR_SSH_OVERFLOW'
  /** The peer went away in the middle, or said that something is wrong. */
  | 'ERR_SSH_PEER_LEFT'
  | 'ERR_SSH_TOO_SLOW';

const REASONS: Readonly<Record<TransportErrorCode, number>> = {
  ERR_SSH_ABORTED: DisconnectReason.ByApplication,
  ERR_SSH_HOST_KEY_REFUSED: DisconnectReason.HostKeyNotVerifiable,
  ERR_SSH_INTEGRITY: DisconnectReason.MacError,
  ERR_SSH_NO_COMMON_ALGORITHM: DisconnectReason.KeyExchangeFailed,
  ERR_SSH_OVERFLOW: DisconnectReason.ByApplication,
  ERR_SSH_PEER_LEFT: DisconnectReason.ByApplication,
  ERR_SSH_TOO_SLOW: DisconnectReason.ByApplication,
};

/** The connection cannot go on, though every message could be read. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly code: TransportErrorCode;
  /** What a DISCONNECT about it says. */
  readonly disconnectReason: number;

  constructor(code: TransportErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.disconnectReason = REASONS[code];
  }
}
