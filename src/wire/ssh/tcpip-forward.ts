import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

/** Where the server shall listen for the client, or no longer. */
export interface TcpipForward {
  readonly address: string;
  readonly port: number;
}

/** Decodes the data of the global requests `tcpip-forward` and `cancel-tcpip-forward`. */
export function decodeTcpipForward(requestData: Buffer): TcpipForward {
  const reader = new SshReader(requestData, 'tcpip-forward');
  const address = reader.text();
  const port = reader.uint32();
  reader.expectEnd();
  return { address, port };
}

/** Encodes the data of `tcpip-forward` and `cancel-tcpip-forward`. */
export function encodeTcpipForward(forward: TcpipForward): Buffer {
  return new SshWriter().text(forward.address).uint32(forward.port).toBuffer();
}
