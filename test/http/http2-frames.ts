/** What follows a connection is opened with (RFC 9113 section 3.4), with settings that change nothing. */
export const HTTP2_PREFACE: Buffer = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  encodeFrame(0x4, 0, 0, Buffer.alloc(0)),
]);

export const FrameType = {
  data: 0x0,
  headers: 0x1,
  rstStream: 0x3,
  settings: 0x4,
  ping: 0x6,
  goaway: 0x7,
  continuation: 0x9,
} as const;

export const FrameFlag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4 } as const;

/** A frame of HTTP/2, whether or not it makes sense. */
export function encodeFrame(type: number, flags: number, streamId: number, body: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, body]);
}

/** Names and values as HPACK writes them without any table or code (RFC 7541 section 6.2.2), in latin1. */
export function encodeFields(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.of(0), encodeString(name), encodeString(value)]),
  );
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length < 0x7f) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const length = [0x7f];
  let rest = bytes.length - 0x7f;
  for (; rest >= 0x80; rest >>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

/** One frame as received. */
export interface ReceivedFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
}

/** The whole frames at the start of `bytes`, and what is left. */
export function decodeFrames(bytes: Buffer): {
  readonly frames: readonly ReceivedFrame[];
  readonly rest: Buffer;
} {
  const frames: ReceivedFrame[] = [];
  let rest = bytes;
  while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
    frames.push({
      type: rest.readUInt8(3),
      flags: rest.readUInt8(4),
      streamId: rest.readUInt32BE(5) & 0x7fff_ffff,
    });
    rest = rest.subarray(9 + rest.readUIntBE(0, 3));
  }
  return { frames, rest };
}
