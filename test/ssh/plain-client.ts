import type { KeyObject } from 'node:crypto';
import type { SshTransport } from '../../src/protocols/ssh/transport/ssh-transport.ts';
import { encodeChannelOpen } from '../../src/wire/ssh/channel-open.ts';
import { decodeChannelOpenConfirmation } from '../../src/wire/ssh/channel-open-confirmation.ts';
import { decodeChannelRequest, encodeChannelRequest } from '../../src/wire/ssh/channel-request.ts';
import { DisconnectReason } from '../../src/wire/ssh/disconnect.ts';
import { encodeExecRequest } from '../../src/wire/ssh/exec-request.ts';
import { decodeExitStatus } from '../../src/wire/ssh/exit-status.ts';
import { MessageNumber } from '../../src/wire/ssh/message-number.ts';
import { encodePublicKey } from '../../src/wire/ssh/public-key.ts';
import { encodeServiceRequest } from '../../src/wire/ssh/service-request.ts';
import { signData } from '../../src/wire/ssh/signature.ts';
import {
  encodeSignedUserauth,
  encodeUserauthPublicKey,
} from '../../src/wire/ssh/userauth-publickey.ts';
import { encodeUserauthRequest } from '../../src/wire/ssh/userauth-request.ts';
import { numberOf, PACKET_BYTES, PlainChannel, WINDOW_BYTES } from './plain-channel.ts';

/** What a command that runs over a transport is given. */
export interface PlainCommand {
  readonly user: string;
  /** Ed25519. Without one the user asks to be let in by `none`. */
  readonly userKey?: KeyObject;
  readonly command: string;
  readonly input?: Buffer;
}

/** What it printed, and how it ended. */
export interface PlainOutcome {
  readonly output: Buffer;
  readonly exitStatus: number | undefined;
}

/** Signs in over an open transport, runs one command and leaves. */
export function runPlainCommand(
  transport: SshTransport,
  command: PlainCommand,
): Promise<PlainOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<PlainOutcome>();
  const output: Buffer[] = [];
  let exitStatus: number | undefined;
  let channel: PlainChannel | undefined;
  transport.onClose((error) => reject(error ?? new Error('closed too early')));
  transport.onMessage((payload) => {
    switch (numberOf(payload)) {
      case MessageNumber.ServiceAccept:
        transport.send(makeUserauthRequest(transport, command));
        return;
      case MessageNumber.UserauthSuccess:
        transport.setAuthenticated();
        transport.send(OPEN_SESSION);
        return;
      case MessageNumber.UserauthFailure:
        reject(new Error('not let in'));
        return;
      case MessageNumber.ChannelOpenConfirmation:
        channel = begin(transport, payload, command);
        return;
      case MessageNumber.ChannelData:
        output.push(Buffer.from(channel?.takeData(payload) ?? []));
        return;
      case MessageNumber.ChannelWindowAdjust:
        channel?.takeWindow(payload);
        return;
      case MessageNumber.ChannelRequest: {
        const { requestType, requestData } = decodeChannelRequest(payload);
        if (requestType === 'exit-status') exitStatus = decodeExitStatus(requestData);
        return;
      }
      case MessageNumber.ChannelClose:
        resolve({ output: Buffer.concat(output), exitStatus });
        transport.disconnect(DisconnectReason.ByApplication, 'done');
        return;
      default:
    }
  });
  transport.send(encodeServiceRequest('ssh-userauth'));
  return promise;
}

const OPEN_SESSION: Buffer = encodeChannelOpen({
  channelType: 'session',
  senderChannel: 0,
  initialWindowBytes: WINDOW_BYTES,
  packetBytesMax: PACKET_BYTES,
  typeData: Buffer.alloc(0),
});

function begin(transport: SshTransport, payload: Buffer, command: PlainCommand): PlainChannel {
  const { senderChannel, initialWindowBytes } = decodeChannelOpenConfirmation(payload);
  const channel = new PlainChannel(transport, senderChannel, initialWindowBytes);
  const requestData = encodeExecRequest(Buffer.from(command.command));
  const request = { requestType: 'exec', wantReply: true, requestData };
  transport.send(encodeChannelRequest({ recipientChannel: senderChannel, ...request }));
  if (command.input !== undefined) channel.write(command.input);
  channel.end();
  return channel;
}

function makeUserauthRequest(transport: SshTransport, command: PlainCommand): Buffer {
  const request = { userName: command.user, serviceName: 'ssh-connection' };
  const { userKey } = command;
  if (userKey === undefined) {
    const method = { methodName: 'none', methodData: Buffer.alloc(0) };
    return encodeUserauthRequest({ ...request, ...method });
  }
  const key = { algorithm: 'ssh-ed25519', blob: encodePublicKey(userKey) };
  const signed = encodeSignedUserauth(transport.sessionId, request, key);
  const signature = signData(userKey, key.algorithm, signed);
  const methodData = encodeUserauthPublicKey({ ...key, signature });
  return encodeUserauthRequest({ ...request, methodName: 'publickey', methodData });
}
