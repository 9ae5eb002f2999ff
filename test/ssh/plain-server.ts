import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { SshTransport } from '../../src/protocols/ssh/transport/ssh-transport.ts';
import type {
  HostKey,
  ServerTransportOptions,
} from '../../src/protocols/ssh/transport/transport-options.ts';
import { encodeChannelClose } from '../../src/wire/ssh/channel-close.ts';
import { decodeChannelOpen } from '../../src/wire/ssh/channel-open.ts';
import { encodeChannelOpenConfirmation } from '../../src/wire/ssh/channel-open-confirmation.ts';
import { decodeChannelRequest, encodeChannelRequest } from '../../src/wire/ssh/channel-request.ts';
import { encodeChannelSuccess } from '../../src/wire/ssh/channel-success.ts';
import { decodeExecRequest } from '../../src/wire/ssh/exec-request.ts';
import { encodeExitStatus } from '../../src/wire/ssh/exit-status.ts';
import { MessageNumber } from '../../src/wire/ssh/message-number.ts';
import { encodePublicKey } from '../../src/wire/ssh/public-key.ts';
import { encodeServiceAccept } from '../../src/wire/ssh/service-accept.ts';
import { decodeServiceRequest } from '../../src/wire/ssh/service-request.ts';
import { encodeUserauthSuccess } from '../../src/wire/ssh/userauth-success.ts';
import { numberOf, PACKET_BYTES, PlainChannel, WINDOW_BYTES } from './plain-channel.ts';

export interface PlainServer extends AsyncDisposable {
  readonly port: number;
  /** Of connections, as they got through the handshake. */
  readonly transports: readonly SshTransport[];
  /** Why connections ended. */
  readonly failures: readonly Error[];
}

/** A host key made for the test, shown as it is. */
export function makeHostKey(privateKey: KeyObject = makeEd25519()): HostKey {
  return { privateKey, blob: encodePublicKey(privateKey) };
}

/**
 * Serves SSH on a free port, to anybody, over the transport under test. `cat` sends back what comes,
 * `zeros 1000` sends that many bytes.
 */
export async function startPlainServer(
  options: Partial<ServerTransportOptions> = {},
): Promise<PlainServer> {
  const transports: SshTransport[] = [];
  const failures: Error[] = [];
  const sockets = new Set<Socket>();
  const end = new AbortController();
  const full: ServerTransportOptions = {
    role: 'server',
    software: 'Plain_1',
    hostKeys: [makeHostKey()],
    ...options,
  };
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    SshTransport.open(socket, full, end.signal).then(
      (transport) => {
        transports.push(transport);
        transport.onClose((error) => {
          if (error !== undefined) failures.push(error);
        });
        serve(transport);
      },
      (error: unknown) => failures.push(error as Error),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    transports,
    failures,
    async [Symbol.asyncDispose]() {
      end.abort();
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function serve(transport: SshTransport): void {
  let channel: PlainChannel | undefined;
  let isEcho = false;
  transport.onMessage((payload) => {
    switch (numberOf(payload)) {
      case MessageNumber.ServiceRequest:
        transport.send(encodeServiceAccept(decodeServiceRequest(payload)));
        return;
      case MessageNumber.UserauthRequest:
        transport.setAuthenticated();
        transport.send(encodeUserauthSuccess());
        return;
      case MessageNumber.ChannelOpen:
        channel = confirm(transport, payload);
        return;
      case MessageNumber.ChannelRequest: {
        const { requestType, requestData, wantReply } = decodeChannelRequest(payload);
        if (channel === undefined) return;
        if (wantReply) transport.send(encodeChannelSuccess(channel.recipientChannel));
        if (requestType !== 'exec') return;
        const command = decodeExecRequest(requestData).toString();
        isEcho = command === 'cat';
        if (isEcho) return;
        channel.write(Buffer.alloc(Number(command.replace('zeros ', ''))));
        finish(transport, channel);
        return;
      }
      case MessageNumber.ChannelData: {
        const data = channel?.takeData(payload);
        if (isEcho && data !== undefined) channel?.write(data);
        return;
      }
      case MessageNumber.ChannelWindowAdjust:
        channel?.takeWindow(payload);
        return;
      case MessageNumber.ChannelEof:
        if (isEcho && channel !== undefined) finish(transport, channel);
        return;
      case MessageNumber.ChannelClose:
        return;
      default:
        transport.sendUnimplemented();
    }
  });
}

function confirm(transport: SshTransport, payload: Buffer): PlainChannel {
  const open = decodeChannelOpen(payload);
  const confirmation = {
    recipientChannel: open.senderChannel,
    senderChannel: 0,
    initialWindowBytes: WINDOW_BYTES,
    packetBytesMax: PACKET_BYTES,
  };
  transport.send(encodeChannelOpenConfirmation(confirmation));
  return new PlainChannel(transport, open.senderChannel, open.initialWindowBytes);
}

function finish(transport: SshTransport, channel: PlainChannel): void {
  const { recipientChannel } = channel;
  channel.end(() => {
    const status = {
      requestType: 'exit-status',
      wantReply: false,
      requestData: encodeExitStatus(0),
    };
    transport.send(encodeChannelRequest({ recipientChannel, ...status }));
    transport.send(encodeChannelClose(recipientChannel));
  });
}

function makeEd25519(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey;
}
