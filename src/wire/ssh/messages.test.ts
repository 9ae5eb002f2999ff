import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../protocol-error.ts';
import { decodeBreakRequest, encodeBreakRequest } from './break-request.ts';
import { decodeChannelClose, encodeChannelClose } from './channel-close.ts';
import { decodeChannelData, encodeChannelDataHead } from './channel-data.ts';
import { decodeChannelEof, encodeChannelEof } from './channel-eof.ts';
import {
  decodeChannelExtendedData,
  encodeChannelExtendedDataHead,
} from './channel-extended-data.ts';
import { decodeChannelFailure, encodeChannelFailure } from './channel-failure.ts';
import { decodeChannelOpen, encodeChannelOpen } from './channel-open.ts';
import {
  decodeChannelOpenConfirmation,
  encodeChannelOpenConfirmation,
} from './channel-open-confirmation.ts';
import { decodeChannelOpenFailure, encodeChannelOpenFailure } from './channel-open-failure.ts';
import { decodeChannelRequest, encodeChannelRequest } from './channel-request.ts';
import { decodeChannelSuccess, encodeChannelSuccess } from './channel-success.ts';
import { decodeChannelWindowAdjust, encodeChannelWindowAdjust } from './channel-window-adjust.ts';
import { decodeDebug, encodeDebug } from './debug.ts';
import { decodeDirectStreamlocal, encodeDirectStreamlocal } from './direct-streamlocal.ts';
import { decodeDirectTcpip, encodeDirectTcpip } from './direct-tcpip.ts';
import { decodeDisconnect, encodeDisconnect } from './disconnect.ts';
import { decodeEnvRequest, encodeEnvRequest } from './env-request.ts';
import { decodeExecRequest, encodeExecRequest } from './exec-request.ts';
import { decodeExitSignal, encodeExitSignal } from './exit-signal.ts';
import { decodeExitStatus, encodeExitStatus } from './exit-status.ts';
import { decodeExtInfo, encodeExtInfo } from './ext-info.ts';
import { decodeGlobalRequest, encodeGlobalRequest } from './global-request.ts';
import { decodeIgnore, encodeIgnore } from './ignore.ts';
import { decodeKexEcdhInit, encodeKexEcdhInit } from './kex-ecdh-init.ts';
import { decodeKexEcdhReply, encodeKexEcdhReply } from './kex-ecdh-reply.ts';
import { decodeKexInit, encodeKexInit, KEX_COOKIE_BYTES } from './kexinit.ts';
import { decodeNewKeys, encodeNewKeys } from './new-keys.ts';
import { decodePing, encodePing } from './ping.ts';
import { decodePong, encodePong } from './pong.ts';
import {
  decodePtyRequest,
  decodeWindowChange,
  encodePtyRequest,
  encodeWindowChange,
} from './pty-request.ts';
import { decodeRequestFailure, encodeRequestFailure } from './request-failure.ts';
import { decodeRequestSuccess, encodeRequestSuccess } from './request-success.ts';
import { decodeServiceAccept, encodeServiceAccept } from './service-accept.ts';
import { decodeServiceRequest, encodeServiceRequest } from './service-request.ts';
import { decodeSignalRequest, encodeSignalRequest } from './signal-request.ts';
import { decodeSubsystemRequest, encodeSubsystemRequest } from './subsystem-request.ts';
import { decodeTcpipForward, encodeTcpipForward } from './tcpip-forward.ts';
import { decodeUnimplemented, encodeUnimplemented } from './unimplemented.ts';
import { decodeUserauthBanner, encodeUserauthBanner } from './userauth-banner.ts';
import { decodeUserauthFailure, encodeUserauthFailure } from './userauth-failure.ts';
import { decodeUserauthInfoRequest, encodeUserauthInfoRequest } from './userauth-info-request.ts';
import {
  decodeUserauthInfoResponse,
  encodeUserauthInfoResponse,
} from './userauth-info-response.ts';
import {
  decodeUserauthKeyboardInteractive,
  encodeUserauthKeyboardInteractive,
} from './userauth-keyboard-interactive.ts';
import { decodeUserauthPassword, encodeUserauthPassword } from './userauth-password.ts';
import { decodeUserauthPkOk, encodeUserauthPkOk } from './userauth-pk-ok.ts';
import { decodeUserauthPublicKey, encodeUserauthPublicKey } from './userauth-publickey.ts';
import { decodeUserauthRequest, encodeUserauthRequest } from './userauth-request.ts';
import { decodeUserauthSuccess, encodeUserauthSuccess } from './userauth-success.ts';
import { decodeX11Request, encodeX11Request } from './x11-request.ts';

/** One message: how to make values of it, and both ways. */
interface Codec {
  readonly name: string;
  readonly values: fc.Arbitrary<unknown>;
  readonly encode: (value: unknown) => Buffer;
  readonly decode: (payload: Buffer) => unknown;
  /** Whether the last field takes all there is, or may be left out: then no end is wrong. */
  readonly isOpen: boolean;
}

function codec<T>(
  name: string,
  values: fc.Arbitrary<T>,
  encode: (value: T) => Buffer,
  decode: (payload: Buffer) => T,
): Codec {
  const encodeUnknown = encode as (value: unknown) => Buffer;
  return { name, values, encode: encodeUnknown, decode, isOpen: false };
}

function open<T>(...parts: Parameters<typeof codec<T>>): Codec {
  return { ...codec(...parts), isOpen: true };
}

/** Plain objects, as decoders return. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

const number = fc.nat({ max: 0xffff_ffff });
const flag = fc.boolean();
const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const bytes = fc.uint8Array({ maxLength: 60 }).map((value) => Buffer.from(value));
const name = fc.stringMatching(/^[a-z][a-z0-9@.-]{0,30}$/);
const names = fc.array(name, { maxLength: 5 });
const nothing = fc.constant(undefined);
const size = { columns: number, rows: number, widthPixels: number, heightPixels: number };
const CODECS: readonly Codec[] = [
  codec(
    'KEXINIT',
    record({
      cookie: fc
        .uint8Array({ minLength: KEX_COOKIE_BYTES, maxLength: KEX_COOKIE_BYTES })
        .map((value) => Buffer.from(value)),
      keyExchanges: names,
      hostKeys: names,
      ciphersToServer: names,
      ciphersToClient: names,
      macsToServer: names,
      macsToClient: names,
      compressionsToServer: names,
      compressionsToClient: names,
      firstKexPacketFollows: flag,
    }),
    encodeKexInit,
    decodeKexInit,
  ),
  codec('KEX_ECDH_INIT', bytes, encodeKexEcdhInit, decodeKexEcdhInit),
  codec(
    'KEX_ECDH_REPLY',
    record({ hostKey: bytes, serverValue: bytes, signature: bytes }),
    encodeKexEcdhReply,
    decodeKexEcdhReply,
  ),
  codec('NEWKEYS', nothing, encodeNewKeys, decodeNewKeys),
  open(
    'DISCONNECT',
    record({ reason: number, description: text }),
    encodeDisconnect,
    decodeDisconnect,
  ),
  codec('IGNORE', bytes, encodeIgnore, decodeIgnore),
  codec('DEBUG', record({ alwaysDisplay: flag, text }), encodeDebug, decodeDebug),
  codec('UNIMPLEMENTED', number, encodeUnimplemented, decodeUnimplemented),
  codec('PING', bytes, encodePing, decodePing),
  codec('PONG', bytes, encodePong, decodePong),
  codec(
    'EXT_INFO',
    fc
      .uniqueArray(fc.tuple(name, bytes), { selector: ([key]) => key, maxLength: 5 })
      .map((entries): ReadonlyMap<string, Buffer> => new Map(entries)),
    encodeExtInfo,
    decodeExtInfo,
  ),
  codec('SERVICE_REQUEST', name, encodeServiceRequest, decodeServiceRequest),
  codec('SERVICE_ACCEPT', name, encodeServiceAccept, decodeServiceAccept),
  open(
    'USERAUTH_REQUEST',
    record({ userName: text, serviceName: name, methodName: name, methodData: bytes }),
    encodeUserauthRequest,
    decodeUserauthRequest,
  ),
  codec(
    'password',
    text.map((password) => ({ password, newPassword: undefined as string | undefined })),
    ({ password }) => encodeUserauthPassword(password),
    decodeUserauthPassword,
  ),
  codec(
    'publickey',
    record({ algorithm: name, blob: bytes, signature: fc.option(bytes, { nil: undefined }) }),
    encodeUserauthPublicKey,
    decodeUserauthPublicKey,
  ),
  codec(
    'keyboard-interactive',
    record({ submethods: text }),
    encodeUserauthKeyboardInteractive,
    decodeUserauthKeyboardInteractive,
  ),
  codec(
    'USERAUTH_FAILURE',
    record({ methodNames: names, isPartialSuccess: flag }),
    encodeUserauthFailure,
    decodeUserauthFailure,
  ),
  codec('USERAUTH_SUCCESS', nothing, encodeUserauthSuccess, decodeUserauthSuccess),
  codec('USERAUTH_BANNER', text, encodeUserauthBanner, decodeUserauthBanner),
  codec(
    'USERAUTH_PK_OK',
    record({ algorithm: name, blob: bytes }),
    encodeUserauthPkOk,
    decodeUserauthPkOk,
  ),
  codec(
    'USERAUTH_INFO_REQUEST',
    record({
      name: text,
      instruction: text,
      prompts: fc.array(record({ text, echo: flag }), { maxLength: 4 }),
    }),
    encodeUserauthInfoRequest,
    decodeUserauthInfoRequest,
  ),
  codec(
    'USERAUTH_INFO_RESPONSE',
    fc.array(text, { maxLength: 4 }),
    encodeUserauthInfoResponse,
    decodeUserauthInfoResponse,
  ),
  open(
    'GLOBAL_REQUEST',
    record({ requestName: name, wantReply: flag, requestData: bytes }),
    encodeGlobalRequest,
    decodeGlobalRequest,
  ),
  codec(
    'tcpip-forward',
    record({ address: text, port: number }),
    encodeTcpipForward,
    decodeTcpipForward,
  ),
  open('REQUEST_SUCCESS', bytes, encodeRequestSuccess, decodeRequestSuccess),
  codec('REQUEST_FAILURE', nothing, encodeRequestFailure, decodeRequestFailure),
  open(
    'CHANNEL_OPEN',
    record({
      channelType: name,
      senderChannel: number,
      initialWindowBytes: number,
      packetBytesMax: number,
      typeData: bytes,
    }),
    encodeChannelOpen,
    decodeChannelOpen,
  ),
  codec(
    'direct-tcpip',
    record({ host: text, port: number, originHost: text, originPort: number }),
    encodeDirectTcpip,
    decodeDirectTcpip,
  ),
  codec('direct-streamlocal', text, encodeDirectStreamlocal, decodeDirectStreamlocal),
  open(
    'CHANNEL_OPEN_CONFIRMATION',
    record({
      recipientChannel: number,
      senderChannel: number,
      initialWindowBytes: number,
      packetBytesMax: number,
    }),
    encodeChannelOpenConfirmation,
    decodeChannelOpenConfirmation,
  ),
  codec(
    'CHANNEL_OPEN_FAILURE',
    record({ recipientChannel: number, reason: number, description: text }),
    encodeChannelOpenFailure,
    decodeChannelOpenFailure,
  ),
  codec(
    'CHANNEL_WINDOW_ADJUST',
    record({ recipientChannel: number, bytesToAdd: number }),
    encodeChannelWindowAdjust,
    decodeChannelWindowAdjust,
  ),
  codec(
    'CHANNEL_DATA',
    record({ recipientChannel: number, data: bytes }),
    ({ recipientChannel, data }) =>
      Buffer.concat([encodeChannelDataHead(recipientChannel, data.length), data]),
    decodeChannelData,
  ),
  codec(
    'CHANNEL_EXTENDED_DATA',
    record({ recipientChannel: number, dataType: number, data: bytes }),
    ({ recipientChannel, dataType, data }) =>
      Buffer.concat([encodeChannelExtendedDataHead(recipientChannel, dataType, data.length), data]),
    decodeChannelExtendedData,
  ),
  codec('CHANNEL_EOF', number, encodeChannelEof, decodeChannelEof),
  codec('CHANNEL_CLOSE', number, encodeChannelClose, decodeChannelClose),
  codec('CHANNEL_SUCCESS', number, encodeChannelSuccess, decodeChannelSuccess),
  codec('CHANNEL_FAILURE', number, encodeChannelFailure, decodeChannelFailure),
  open(
    'CHANNEL_REQUEST',
    record({ recipientChannel: number, requestType: name, wantReply: flag, requestData: bytes }),
    encodeChannelRequest,
    decodeChannelRequest,
  ),
  codec(
    'pty-req',
    record({ terminal: text, ...size, modes: bytes }),
    encodePtyRequest,
    decodePtyRequest,
  ),
  codec('window-change', record(size), encodeWindowChange, decodeWindowChange),
  codec('env', record({ name: text, value: text }), encodeEnvRequest, decodeEnvRequest),
  codec('exec', bytes, encodeExecRequest, decodeExecRequest),
  codec('subsystem', text, encodeSubsystemRequest, decodeSubsystemRequest),
  codec('signal', name, encodeSignalRequest, decodeSignalRequest),
  codec('break', number, encodeBreakRequest, decodeBreakRequest),
  codec('exit-status', number, encodeExitStatus, decodeExitStatus),
  codec(
    'exit-signal',
    record({ signalName: name, coreDumped: flag, message: text }),
    encodeExitSignal,
    decodeExitSignal,
  ),
  codec(
    'x11-req',
    record({
      singleConnection: flag,
      authenticationProtocol: text,
      authenticationCookie: text,
      screen: number,
    }),
    encodeX11Request,
    decodeX11Request,
  ),
];

for (const { name: title, values, encode, decode, isOpen } of CODECS) {
  describe(title, () => {
    it('reads back what was encoded', () => {
      fc.assert(
        fc.property(values, (value) => {
          assert.deepEqual(decode(encode(value)), value);
        }),
      );
    });

    it('is refused when it is cut or goes on, and throws nothing but ProtocolError', () => {
      fc.assert(
        fc.property(values, fc.nat({ max: 255 }), (value, byte) => {
          const whole = encode(value);
          for (let end = 0; end < whole.length; end++) {
            const refused = refuses(() => decode(whole.subarray(0, end)));
            assert(refused || isOpen, `cut at ${end}`);
          }
          const longer = Buffer.concat([whole, Buffer.of(byte)]);
          assert(refuses(() => decode(longer)) || isOpen);
        }),
        { numRuns: 30 },
      );
    });

    it('throws nothing but ProtocolError for random bytes', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 100 }), values, (random, value) => {
          const first = encode(value).subarray(0, 1);
          refuses(() => decode(Buffer.from(random)));
          refuses(() => decode(Buffer.concat([first, random])));
        }),
        { numRuns: 300 },
      );
    });
  });
}

/** Whether it threw a ProtocolError; anything else that it throws fails the test. */
function refuses(act: () => unknown): boolean {
  try {
    act();
    return false;
  } catch (error) {
    assert(error instanceof ProtocolError, String(error));
    return true;
  }
}
