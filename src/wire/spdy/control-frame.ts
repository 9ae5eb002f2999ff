import { ByteReader } from '../byte-reader.ts';
import { ByteWriter } from '../byte-writer.ts';
import type { FieldList } from '../http/field-list.ts';
import { decodeHeaderBlock, encodeHeaderBlock } from './header-block.ts';
import type { HeaderDeflater, HeaderInflater } from './header-compression.ts';

/** The number of each kind (SPDY/3 section 2.6). */
const FRAME_TYPES = {
  'syn-stream': 1,
  'syn-reply': 2,
  'rst-stream': 3,
  settings: 4,
  ping: 6,
  'go-away': 7,
  headers: 8,
  'window-update': 9,
} as const satisfies Readonly<Record<ControlFrame['kind'], number>>;

const Flag = { final: 0x01, unidirectional: 0x02 } as const;

const CONTROL = 0x8000_0000;
const VERSION = 3;
const STREAM_ID_MASK = 0x7fff_ffff;
const HEAD_BYTES = 8;
const SETTINGS_MAX = 32;

/** One control frame. Clients number streams and pings oddly, servers evenly. */
export type ControlFrame =
  | SynStream
  | {
      readonly kind: 'syn-reply' | 'headers';
      readonly streamId: number;
      /** Whether the sender sends nothing more on the stream. */
      readonly isLast: boolean;
      readonly fields: FieldList;
    }
  /** Why the stream ends early: section 2.6.3. */
  | { readonly kind: 'rst-stream'; readonly streamId: number; readonly status: number }
  | { readonly kind: 'settings'; readonly settings: readonly Setting[] }
  | { readonly kind: 'ping'; readonly id: number }
  | { readonly kind: 'go-away'; readonly lastStreamId: number; readonly status: number }
  | { readonly kind: 'window-update'; readonly streamId: number; readonly bytes: number };

/** Opens a stream. */
export interface SynStream {
  readonly kind: 'syn-stream';
  readonly streamId: number;
  /** 0 if it belongs to no other. */
  readonly associatedStreamId: number;
  /** From 0, the first, to 7. */
  readonly priority: number;
  readonly isLast: boolean;
  readonly isUnidirectional: boolean;
  readonly fields: FieldList;
}

/** One setting, with its flags. */
export interface Setting {
  readonly flags: number;
  readonly id: number;
  readonly value: number;
}

/**
 * Decodes a control frame of SPDY/3.
 *
 * @param bytes All of it, with its head.
 * @throws {ProtocolError} If it is of another version, of no known kind, or not as long as its fields.
 *   Later frames cannot be read then.
 */
export function decodeControlFrame(bytes: Buffer, inflater: HeaderInflater): ControlFrame {
  const reader = new ByteReader(bytes, 'SPDY frame');
  if (reader.uint16() !== CONTROL / 0x1_0000 + VERSION) throw reader.error('is of another version');
  const type = reader.uint16();
  const flags = reader.byte();
  reader.bytes(3);
  const frame = decodeBody(reader, type, flags, inflater);
  reader.expectEnd();
  return frame;
}

function decodeBody(
  reader: ByteReader,
  type: number,
  flags: number,
  inflater: HeaderInflater,
): ControlFrame {
  switch (type) {
    case FRAME_TYPES['syn-stream']:
      return decodeSynStream(reader, flags, inflater);
    case FRAME_TYPES['syn-reply']:
    case FRAME_TYPES.headers:
      return {
        kind: type === FRAME_TYPES['syn-reply'] ? 'syn-reply' : 'headers',
        streamId: readStreamId(reader),
        isLast: (flags & Flag.final) !== 0,
        fields: readFields(reader, inflater),
      };
    case FRAME_TYPES['rst-stream']:
      return { kind: 'rst-stream', streamId: readStreamId(reader), status: reader.uint32() };
    case FRAME_TYPES.settings:
      return { kind: 'settings', settings: readSettings(reader) };
    case FRAME_TYPES.ping:
      return { kind: 'ping', id: reader.uint32() };
    case FRAME_TYPES['go-away']:
      return {
        kind: 'go-away',
        lastStreamId: (reader.uint32() & STREAM_ID_MASK) >>> 0,
        status: reader.uint32(),
      };
    case FRAME_TYPES['window-update']:
      return {
        kind: 'window-update',
        streamId: (reader.uint32() & STREAM_ID_MASK) >>> 0,
        bytes: (reader.uint32() & STREAM_ID_MASK) >>> 0,
      };
    default:
      throw reader.error('is of no known kind');
  }
}

function decodeSynStream(reader: ByteReader, flags: number, inflater: HeaderInflater): SynStream {
  const streamId = readStreamId(reader);
  const associatedStreamId = reader.uint32() & STREAM_ID_MASK;
  const priority = reader.byte() >> 5;
  // Slot of a client certificate, which nobody uses.
  reader.byte();
  return {
    kind: 'syn-stream',
    streamId,
    associatedStreamId,
    priority,
    isLast: (flags & Flag.final) !== 0,
    isUnidirectional: (flags & Flag.unidirectional) !== 0,
    fields: readFields(reader, inflater),
  };
}

function readStreamId(reader: ByteReader): number {
  const streamId = reader.uint32() & STREAM_ID_MASK;
  if (streamId === 0) throw reader.error('is of no stream');
  return streamId;
}

function readFields(reader: ByteReader, inflater: HeaderInflater): FieldList {
  return decodeHeaderBlock(inflater.inflate(reader.bytes(reader.remaining)));
}

function readSettings(reader: ByteReader): readonly Setting[] {
  const count = reader.uint32();
  if (count > SETTINGS_MAX) throw reader.error('has too many settings');
  return Array.from({ length: count }, () => {
    const flagsAndId = reader.uint32();
    return { flags: flagsAndId >>> 24, id: flagsAndId & 0xff_ffff, value: reader.uint32() };
  });
}

/** Encodes a control frame of SPDY/3. Frames are sent in the order in which they were encoded. */
export function encodeControlFrame(frame: ControlFrame, deflater: HeaderDeflater): Buffer {
  const writer = new ByteWriter();
  const flags = encodeFlags(frame);
  writer.uint16(CONTROL / 0x1_0000 + VERSION).uint16(FRAME_TYPES[frame.kind]);
  writer.uint32(0);
  encodeBody(writer, frame, deflater);
  const bytes = writer.toBuffer();
  bytes.writeUInt32BE(flags * 0x100_0000 + bytes.length - HEAD_BYTES, 4);
  return bytes;
}

function encodeFlags(frame: ControlFrame): number {
  const isLast = 'isLast' in frame && frame.isLast;
  const isUnidirectional = 'isUnidirectional' in frame && frame.isUnidirectional;
  return (isLast ? Flag.final : 0) | (isUnidirectional ? Flag.unidirectional : 0);
}

function encodeBody(writer: ByteWriter, frame: ControlFrame, deflater: HeaderDeflater): void {
  switch (frame.kind) {
    case 'syn-stream':
      writer.uint32(frame.streamId).uint32(frame.associatedStreamId);
      writer.byte(frame.priority << 5).byte(0);
      writer.bytes(deflater.deflate(encodeHeaderBlock(frame.fields)));
      return;
    case 'syn-reply':
    case 'headers':
      writer.uint32(frame.streamId).bytes(deflater.deflate(encodeHeaderBlock(frame.fields)));
      return;
    case 'rst-stream':
      writer.uint32(frame.streamId).uint32(frame.status);
      return;
    case 'settings':
      writer.uint32(frame.settings.length);
      for (const { flags, id, value } of frame.settings) {
        writer.uint32(flags * 0x100_0000 + id).uint32(value);
      }
      return;
    case 'ping':
      writer.uint32(frame.id);
      return;
    case 'go-away':
      writer.uint32(frame.lastStreamId).uint32(frame.status);
      return;
    case 'window-update':
      writer.uint32(frame.streamId).uint32(frame.bytes);
  }
}
