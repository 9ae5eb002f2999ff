import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

/** What the server needs to play the X server of the client. */
export interface X11Request {
  readonly singleConnection: boolean;
  readonly authenticationProtocol: string;
  readonly authenticationCookie: string;
  readonly screen: number;
}

/** Decodes the data of the channel request `x11-req`. */
export function decodeX11Request(requestData: Buffer): X11Request {
  const reader = new SshReader(requestData, 'x11-req');
  const singleConnection = reader.boolean();
  const authenticationProtocol = reader.text();
  const authenticationCookie = reader.text();
  const screen = reader.uint32();
  reader.expectEnd();
  return { singleConnection, authenticationProtocol, authenticationCookie, screen };
}

/** Encodes the data of `x11-req`. */
export function encodeX11Request(request: X11Request): Buffer {
  const writer = new SshWriter().boolean(request.singleConnection);
  writer.text(request.authenticationProtocol).text(request.authenticationCookie);
  return writer.uint32(request.screen).toBuffer();
}
