import type { Duplex } from 'node:stream';
import type { SshUpstream } from '../../protocols/ssh/upstream.ts';
import { writeFrame } from '../../upstream/ssh/framed-port.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { decodeChannelRequest } from '../../wire/ssh/channel-request.ts';
import { DisconnectReason, decodeDisconnect } from '../../wire/ssh/disconnect.ts';
import { MessageNumber } from '../../wire/ssh/message-number.ts';
import { makeSshFrameDecoder } from '../../wire/tunnel/ssh-frame.ts';

/** Lowest number of the messages that channels are made of; those below are logins and keys. */
const CONNECTION_MESSAGE_MIN: number = MessageNumber.GlobalRequest;
/** Highest of them; those above are of the transport again. */
const CONNECTION_MESSAGE_MAX = 127;

/** What runs something on a host; the others prepare it, or tell of it. */
const STARTS: ReadonlySet<string> = new Set(['exec', 'shell']);

/**
 * Carries the messages of a connection to a host that the connector has logged in to. Of what the gateway sends, only
 * messages of channels reach the host: it cannot begin another login there, or another key exchange.
 */
export function joinHost(
  stream: Duplex,
  { port, earlier }: SshUpstream,
  onOperation: () => void,
): void {
  const send = (payload: Buffer): void => {
    const [number = 0] = payload;
    if (number === MessageNumber.Unimplemented) return port.sendUnimplemented();
    if (number === MessageNumber.Disconnect) {
      const { reason, description } = decodeDisconnect(payload);
      return port.disconnect(reason, description);
    }
    if (number < CONNECTION_MESSAGE_MIN || number > CONNECTION_MESSAGE_MAX) {
      throw new ProtocolError('SshFrame', `message ${number} is not for the host`);
    }
    if (
      number === MessageNumber.ChannelRequest &&
      STARTS.has(decodeChannelRequest(payload).requestType)
    )
      onOperation();
    if (!port.send(payload)) stream.pause();
  };
  const decoder = makeSshFrameDecoder(send);
  const pass = (payload: Buffer): void => {
    if (!writeFrame(stream, payload)) port.pause();
  };

  stream.on('data', (bytes: Buffer) => {
    try {
      decoder.push(bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      port.disconnect(DisconnectReason.ProtocolError, 'the gateway broke the protocol');
      stream.destroy();
    }
  });
  stream.on('drain', () => port.resume());
  stream.once('end', () => port.disconnect(DisconnectReason.ByApplication, 'the gateway has left'));
  stream.once('close', () =>
    port.disconnect(DisconnectReason.ByApplication, 'the gateway has left'),
  );
  port.onDrain(() => stream.resume());
  port.onClose((error) => {
    if (error === undefined) stream.end();
    else stream.destroy();
  });
  for (const payload of earlier) pass(payload);
  port.onMessage(pass);
  port.resume();
}
