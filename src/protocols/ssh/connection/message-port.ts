import type { SshTransport } from '../transport/ssh-transport.ts';

/** What the layers above need of a transport. */
export type MessagePort = Pick<
  SshTransport,
  | 'send'
  | 'onMessage'
  | 'sendUnimplemented'
  | 'onDrain'
  | 'pause'
  | 'resume'
  | 'disconnect'
  | 'onClose'
  | 'setAuthenticated'
  | 'sessionId'
  | 'peerIdentification'
  | 'serverSignatureAlgorithms'
>;
