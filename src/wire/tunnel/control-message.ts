import { ProtocolError } from '../protocol-error.ts';
import { RECORD_BYTES_MAX } from './carried-record.ts';
import { JsonReader, parseJson } from './json-reader.ts';
import { STREAM_KINDS, type StreamKind } from './stream-request.ts';

/** A target that a connector serves. */
export interface OfferedTarget {
  readonly name: string;
  /** In which ways. */
  readonly kinds: readonly StreamKind[];
}

/** How a connector is. */
export interface ConnectorHealth {
  readonly streams: number;
  readonly memoryBytes: number;
  /** Not yet entered by any gateway. */
  readonly recordsWaiting: number;
  /** Targets whose last connection could not be made. */
  readonly unreachable: readonly string[];
}

/** The first thing that a connector says on a tunnel. */
export interface Greeting {
  readonly kind: 'greeting';
  /** Of Sallyport. */
  readonly version: string;
  /** Another one in each process, so that two processes of one connector are told apart. */
  readonly process: string;
  readonly startedAtMs: number;
  /** The key that its records verify with: SPKI, DER. */
  readonly recordsKey: Buffer;
  readonly targets: readonly OfferedTarget[];
}

/** What a connector says on the control stream of a tunnel. */
export type ConnectorMessage =
  | Greeting
  | ({ readonly kind: 'health' } & ConnectorHealth)
  /** Lines of {@link encodeSignedRecord}, to be entered in the ledger. */
  | { readonly kind: 'records'; readonly lines: readonly Buffer[] }
  /** Asks for a certificate, as the one that the tunnel was opened with. `publicKey`: SPKI, DER. */
  | { readonly kind: 'renew'; readonly publicKey: Buffer; readonly proof: Buffer };

/** What a gateway says on the control stream of a tunnel. */
export type GatewayMessage =
  | {
      readonly kind: 'welcome';
      /** Of this process; a connector keeps one tunnel to each. */
      readonly process: string;
      /** All that answer at the address that the connector dialled. */
      readonly processes: readonly string[];
    }
  /** Records up to this one are in the ledger. */
  | { readonly kind: 'entered'; readonly sequence: number }
  /** PEM. */
  | { readonly kind: 'certificate'; readonly certificate: string }
  | { readonly kind: 'not-renewed'; readonly reason: string };

/** Bytes of one message. */
export const CONTROL_BYTES_MAX: number = 1024 * 1024;
/** Lines in one message: the longest have room in it. */
export const RECORD_LINES_MAX = 16;
/** Targets of one connector. */
export const OFFERED_TARGETS_MAX = 4_096;
/** Processes behind one address. */
const PROCESSES_MAX = 1_024;
const NAME_LENGTH_MAX = 256;
/** UTF-16 code units of all names in a message. */
const NAMES_LENGTH_MAX: number = 128 * 1024;
const TEXT_LENGTH_MAX = 1_000;
/** Bytes of a public key, or of a signature. */
const KEY_BYTES_MAX = 1_024;
/** UTF-16 code units of a certificate in PEM. */
const CERTIFICATE_LENGTH_MAX: number = 16 * 1024;

/** The body of a frame of the control stream. Bytes are written in base64. */
export function encodeControlMessage(message: ConnectorMessage | GatewayMessage): Buffer {
  return Buffer.from(JSON.stringify(message, writeBytes));
}

/** `Buffer` has written itself by the time that a replacer sees it. */
function writeBytes(this: unknown, name: string, written: unknown): unknown {
  const value = (this as Record<string, unknown>)[name];
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : written;
}

/** @throws {ProtocolError} If it is anything but one whole message. */
export function decodeConnectorMessage(body: Buffer): ConnectorMessage {
  const name = 'ConnectorMessage';
  const reader = new JsonReader(parseJson(body, name), name);
  const message = readConnectorMessage(reader);
  reader.expectEnd();
  return message;
}

function readConnectorMessage(reader: JsonReader): ConnectorMessage {
  const kind = reader.word('kind', ['greeting', 'health', 'records', 'renew']);
  switch (kind) {
    case 'greeting':
      return {
        kind,
        version: readName(reader, 'version'),
        process: readName(reader, 'process'),
        startedAtMs: reader.count('startedAtMs'),
        recordsKey: reader.bytes('recordsKey', KEY_BYTES_MAX),
        targets: readTargets(reader),
      };
    case 'health':
      return {
        kind,
        streams: reader.count('streams'),
        memoryBytes: reader.count('memoryBytes'),
        recordsWaiting: reader.count('recordsWaiting'),
        unreachable: checkNames(
          reader,
          reader.strings('unreachable', OFFERED_TARGETS_MAX, NAME_LENGTH_MAX),
        ),
      };
    case 'records': {
      const lengthMax = Math.ceil(RECORD_BYTES_MAX / 3) * 4;
      const lines = reader.strings('lines', RECORD_LINES_MAX, lengthMax);
      return { kind, lines: lines.map((line) => Buffer.from(line, 'base64')) };
    }
    case 'renew':
      return {
        kind,
        publicKey: reader.bytes('publicKey', KEY_BYTES_MAX),
        proof: reader.bytes('proof', KEY_BYTES_MAX),
      };
  }
}

function readName(reader: JsonReader, member: string): string {
  const [name = ''] = checkNames(reader, [reader.string(member, NAME_LENGTH_MAX)]);
  return name;
}

function readTargets(reader: JsonReader): readonly OfferedTarget[] {
  const targets = reader.list('targets', OFFERED_TARGETS_MAX, readTarget);
  checkNames(
    reader,
    targets.map(({ name }) => name),
  );
  return targets;
}

/** Names are kept and shown beside those of other connectors: what a database or a terminal stumbles over is none. */
function checkNames(reader: JsonReader, names: readonly string[]): readonly string[] {
  const isName = (text: string): boolean => text.isWellFormed() && !/\p{Cc}/u.test(text);
  if (!names.every(isName)) throw reader.error('has a name with characters that none has');
  const length = names.reduce((sum, name) => sum + name.length, 0);
  if (length > NAMES_LENGTH_MAX) throw reader.error('has names that are too long together');
  return names;
}

function readTarget(value: unknown): OfferedTarget {
  const reader = new JsonReader(value, 'Greeting');
  const name = reader.string('name', NAME_LENGTH_MAX);
  const kinds = reader.strings('kinds', STREAM_KINDS.length, NAME_LENGTH_MAX);
  reader.expectEnd();
  return {
    name,
    kinds: kinds.map((kind) => {
      const known = STREAM_KINDS.find((other) => other === kind);
      if (known === undefined) throw new ProtocolError('Greeting', 'has a kind that is not known');
      return known;
    }),
  };
}

/** @throws {ProtocolError} If it is anything but one whole message. */
export function decodeGatewayMessage(body: Buffer): GatewayMessage {
  const name = 'GatewayMessage';
  const reader = new JsonReader(parseJson(body, name), name);
  const message = readGatewayMessage(reader);
  reader.expectEnd();
  return message;
}

function readGatewayMessage(reader: JsonReader): GatewayMessage {
  const kind = reader.word('kind', ['welcome', 'entered', 'certificate', 'not-renewed']);
  switch (kind) {
    case 'welcome':
      return {
        kind,
        process: reader.string('process', NAME_LENGTH_MAX),
        processes: reader.strings('processes', PROCESSES_MAX, NAME_LENGTH_MAX),
      };
    case 'entered':
      return { kind, sequence: reader.count('sequence') };
    case 'certificate':
      return { kind, certificate: reader.string('certificate', CERTIFICATE_LENGTH_MAX) };
    case 'not-renewed':
      return { kind, reason: reader.string('reason', TEXT_LENGTH_MAX) };
  }
}
