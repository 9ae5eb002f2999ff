import { PeerLeftError } from './authentication/message-inbox.ts';
import { TransportError } from './transport/transport-error.ts';

/** Whether a connection broke because its peer went away in the middle, or the network did: the end says it all. */
export function hasLeft(error: unknown): boolean {
  if (error instanceof TransportError) return error.code === 'ERR_SSH_PEER_LEFT';
  return error instanceof PeerLeftError || (error instanceof Error && 'syscall' in error);
}
