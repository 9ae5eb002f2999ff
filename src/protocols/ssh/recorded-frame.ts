import type { FileEvent, GuestMoveEvent } from '../../recording/recorded-event.ts';
import type { Recorder } from '../../recording/recorder.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { OutputStream, TerminalSize } from './channel-handler.ts';

/**
 * What a recording of SSH or HTTP is made of: length (varint, of what follows), kind (1 byte), channel (varint),
 * payload. Frames with what the client did lie in the stream `sent`, the others in `shown`.
 */
export const FrameKind = {
  /** Payload: JSON of {@link OpenedChannel}. */
  open: 1,
  /** Payload: bytes, like that of output and stderr. */
  input: 2,
  output: 3,
  stderr: 4,
  /** Payload: JSON of `TerminalSize`. */
  resize: 5,
  /** Payload: JSON of {@link ChannelExit}. */
  exit: 6,
  /** Payload: JSON of {@link RecordedFile}. */
  file: 7,
  /** Payload: JSON of {@link RecordedCommand}. */
  command: 8,
  /** No payload. */
  close: 9,
  /** Payload: JSON of {@link RecordedGuest}. */
  guest: 10,
} as const;

export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

/** Something that a client opened. */
export type OpenedChannel =
  | {
      readonly kind: 'exec' | 'shell' | 'subsystem';
      /** The command, or the subsystem's name; empty for a shell. */
      readonly text: string;
      readonly account: string;
      readonly terminal?: TerminalSize & { readonly name: string };
    }
  | {
      readonly kind: 'forward';
      readonly direction: 'local' | 'remote';
      readonly host: string;
      readonly port: number;
    }
  /** An exchange of HTTP: its heads and bodies are input and output, its status is the exit. */
  | { readonly kind: 'request'; readonly text: string };

export type ChannelExit =
  | { readonly status: number }
  | { readonly signal: string; readonly coreDumped: boolean };

/** A file, or an entry of a directory, that a client did something with. */
export type RecordedFile = Omit<FileEvent, 'kind' | 'atMs' | 'channel'>;

/** A line that was typed in a shell, or the command of an exec channel. */
export interface RecordedCommand {
  readonly text: string;
  readonly decision: 'allow' | 'review' | 'deny';
}

/** Somebody who takes part in a shell of another. */
export type RecordedGuest = Omit<GuestMoveEvent, 'kind' | 'atMs' | 'channel'>;

export interface Frame {
  readonly kind: FrameKind;
  readonly channel: number;
  /** Shares the memory of what was pushed. */
  readonly payload: Buffer;
}

/** Largest frame that is read back: more than a channel's largest packet. */
const FRAME_BYTES_MAX = 4 * 1024 * 1024;
const VARINT_BYTES_MAX = 5;
const NOTHING: Buffer = Buffer.alloc(0);
const KINDS: ReadonlySet<number> = new Set(Object.values(FrameKind));

/** Takes down what happens in one channel. */
export class ChannelFrames {
  #recorder: Recorder | undefined;
  readonly #channel: number;

  constructor(recorder: Recorder | undefined, channel: number) {
    this.#recorder = recorder;
    this.#channel = channel;
  }

  open(channel: OpenedChannel): void {
    this.#note('sent', FrameKind.open, channel);
  }

  input(bytes: Buffer): void {
    this.#take('sent', FrameKind.input, bytes);
  }

  output(bytes: Buffer, stream: OutputStream): void {
    this.#take('shown', stream === 'stdout' ? FrameKind.output : FrameKind.stderr, bytes);
  }

  resize({ columns, rows }: TerminalSize): void {
    this.#note('sent', FrameKind.resize, { columns, rows });
  }

  exit(exit: ChannelExit): void {
    this.#note('shown', FrameKind.exit, exit);
  }

  file(file: RecordedFile): void {
    this.#note('shown', FrameKind.file, file);
  }

  command(command: RecordedCommand): void {
    this.#note('sent', FrameKind.command, command);
  }

  /** Lies in the stream of what was sent, where it belongs among the keys. */
  guest(guest: RecordedGuest): void {
    this.#note('sent', FrameKind.guest, guest);
  }

  /** Nothing is taken down afterwards: the recording may be over, too. */
  close(): void {
    this.#take('shown', FrameKind.close, NOTHING);
    this.#recorder = undefined;
  }

  #note(direction: 'sent' | 'shown', kind: FrameKind, value: object): void {
    if (this.#recorder !== undefined)
      this.#take(direction, kind, Buffer.from(JSON.stringify(value)));
  }

  #take(direction: 'sent' | 'shown', kind: FrameKind, payload: Buffer): void {
    const recorder = this.#recorder;
    if (recorder === undefined) return;
    const headerBytes = writeHeader(kind, this.#channel, payload.length);
    if (payload.length > SMALL_BYTES_MAX) {
      recorder.record(direction, memory, 0, headerBytes);
      recorder.record(direction, payload, 0, payload.length);
      return;
    }
    payload.copy(memory, headerBytes);
    recorder.record(direction, memory, 0, headerBytes + payload.length);
  }
}

/** Payloads up to this are taken down with their headers at once. */
const SMALL_BYTES_MAX = 4 * 1024;
/** Of one frame, for all: recorders copy. */
const memory: Buffer = Buffer.alloc(2 * VARINT_BYTES_MAX + 1 + SMALL_BYTES_MAX);

/** Writes the header of a frame to `memory`, and returns its length. */
function writeHeader(kind: FrameKind, channel: number, payloadBytes: number): number {
  const channelBytes = writeVarint(channel, 0);
  const kindAt = writeVarint(1 + channelBytes + payloadBytes, 0);
  memory[kindAt] = kind;
  return writeVarint(channel, kindAt + 1);
}

/** Seven bits a byte, lowest first, as in protocol buffers. Returns where it ends. */
function writeVarint(value: number, start: number): number {
  let at = start;
  let rest = value;
  while (rest > 0x7f) {
    memory[at] = (rest & 0x7f) | 0x80;
    rest = Math.floor(rest / 128);
    at += 1;
  }
  memory[at] = rest;
  return at + 1;
}

/** Cuts one direction of a recording into its frames. */
export class FrameReader {
  #unread: Buffer = NOTHING;

  /**
   * Adds bytes, and returns the frames that are whole now.
   *
   * @throws {ProtocolError} If they are no frames.
   */
  push(bytes: Buffer): readonly Frame[] {
    const all = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    const frames: Frame[] = [];
    let offset = 0;
    for (;;) {
      const length = decodeVarint(all, offset);
      if (length === undefined) break;
      if (length.value > FRAME_BYTES_MAX) throw malformed('frame is too long');
      const end = length.end + length.value;
      if (end > all.length) break;
      frames.push(decodeFrame(all.subarray(length.end, end)));
      offset = end;
    }
    // The bytes pushed may be the caller's to change.
    this.#unread = Buffer.from(all.subarray(offset));
    return frames;
  }
}

function decodeFrame(bytes: Buffer): Frame {
  const kind = bytes[0];
  const channel = decodeVarint(bytes, 1);
  if (kind === undefined || channel === undefined) throw malformed('frame ends inside its header');
  if (!isKind(kind)) throw malformed('frame of an unknown kind');
  return { kind, channel: channel.value, payload: bytes.subarray(channel.end) };
}

function isKind(value: number): value is FrameKind {
  return KINDS.has(value);
}

/** Undefined if the bytes end inside it. */
function decodeVarint(
  bytes: Buffer,
  start: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let index = 0; index < VARINT_BYTES_MAX; index += 1) {
    const byte = bytes[start + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  throw malformed('number of more than five bytes');
}

function malformed(reason: string): ProtocolError {
  return new ProtocolError('recorded frame', reason);
}
