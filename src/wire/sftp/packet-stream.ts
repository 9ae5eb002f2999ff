import { ProtocolError } from '../protocol-error.ts';
import { SshReader } from '../ssh/ssh-reader.ts';
import { readUint64 } from './attributes.ts';
import { PACKET_BYTES_MAX, PacketType } from './packet-type.ts';

const LENGTH_BYTES = 4;
const ID_BYTES = 4;
/** Longest handle, as the draft has it. */
const HANDLE_BYTES_MAX = 256;
const DATA_HEAD_BYTES = ID_BYTES + 4;

/** Told of the packets of a stream. Buffers share the memory of what was pushed: valid during the call only. */
export interface PacketListener {
  /** A whole packet. @param body Behind the type. */
  packet(type: number, body: Buffer): void;
  /**
   * The start of a WRITE or DATA: its data follows in pieces, and is never put together.
   *
   * @param head The body up to the data.
   */
  transfer(type: number, head: Buffer, dataBytes: number): void;
  /** The next piece of the data. @param isLast Nothing is missing then. A transfer without data has one empty piece. */
  piece(bytes: Buffer, isLast: boolean): void;
}

/** Cuts the bytes of one direction into packets. Keeps at most one packet that is not WRITE or DATA. */
export class PacketStream {
  readonly #listener: PacketListener;
  #kept: Buffer = Buffer.alloc(0);
  /** Of the transfer at hand; -1 between packets. */
  #dataMissing = -1;

  constructor(listener: PacketListener) {
    this.#listener = listener;
  }

  /** Whether the stream may end here. */
  get isBetweenPackets(): boolean {
    return this.#dataMissing === -1 && this.#kept.length === 0;
  }

  /** @throws {ProtocolError} If the bytes are no packets. The stream is of no use after that. */
  push(bytes: Buffer): void {
    let rest = this.#take(bytes);
    if (rest.length === 0) return;
    if (this.#kept.length > 0) rest = Buffer.concat([this.#kept, rest]);
    this.#kept = Buffer.alloc(0);
    while (rest.length > 0) {
      const read = this.#next(rest);
      if (read === 0) {
        // The bytes pushed are the caller's to change.
        this.#kept = Buffer.from(rest);
        return;
      }
      rest = this.#take(rest.subarray(read));
    }
  }

  /** Passes on what belongs to the transfer at hand; returns what is behind it. */
  #take(bytes: Buffer): Buffer {
    if (this.#dataMissing === -1 || (bytes.length === 0 && this.#dataMissing > 0)) return bytes;
    const piece = bytes.subarray(0, this.#dataMissing);
    this.#dataMissing -= piece.length;
    const isLast = this.#dataMissing === 0;
    if (isLast) this.#dataMissing = -1;
    this.#listener.piece(piece, isLast);
    return bytes.subarray(piece.length);
  }

  /** Reads a packet, or the head of a transfer; returns how many bytes that took, 0 if some are missing. */
  #next(bytes: Buffer): number {
    if (bytes.length < LENGTH_BYTES + 1) return 0;
    const length = bytes.readUInt32BE(0);
    if (length === 0) throw new ProtocolError('SFTP packet', 'has no type');
    if (length > PACKET_BYTES_MAX) {
      throw new ProtocolError('SFTP packet', `has more than ${PACKET_BYTES_MAX} bytes`);
    }
    const type = bytes.readUInt8(LENGTH_BYTES);
    const body = bytes.subarray(LENGTH_BYTES + 1, LENGTH_BYTES + length);
    if (type === PacketType.write || type === PacketType.data) {
      return this.#startTransfer(type, body, length - 1);
    }
    if (body.length < length - 1) return 0;
    this.#listener.packet(type, body);
    return LENGTH_BYTES + length;
  }

  #startTransfer(type: number, body: Buffer, bodyBytes: number): number {
    const headBytes = type === PacketType.data ? DATA_HEAD_BYTES : findWriteHead(body, bodyBytes);
    if (headBytes > bodyBytes) throw new ProtocolError(nameOf(type), 'ends before its data');
    if (headBytes === 0 || body.length < headBytes) return 0;
    const head = body.subarray(0, headBytes);
    const dataBytes = head.readUInt32BE(headBytes - 4);
    if (headBytes + dataBytes !== bodyBytes) {
      throw new ProtocolError(nameOf(type), 'is not as long as its data');
    }
    this.#dataMissing = dataBytes;
    this.#listener.transfer(type, head, dataBytes);
    return LENGTH_BYTES + 1 + headBytes;
  }
}

/** Bytes of a WRITE up to its data; 0 if too little is there to tell. */
function findWriteHead(body: Buffer, bodyBytes: number): number {
  const handleAt = ID_BYTES + 4;
  if (bodyBytes < handleAt) return handleAt;
  if (body.length < handleAt) return 0;
  const handleBytes = body.readUInt32BE(ID_BYTES);
  if (handleBytes > HANDLE_BYTES_MAX) throw new ProtocolError('WRITE', 'handle is too long');
  return handleAt + handleBytes + 8 + 4;
}

function nameOf(type: number): string {
  return type === PacketType.data ? 'DATA' : 'WRITE';
}

/** A WRITE up to its data. */
export interface WriteHead {
  readonly id: number;
  readonly handle: Buffer;
  readonly offset: number;
}

/** @throws {ProtocolError} If the offset is beyond 2^53. */
export function decodeWriteHead(head: Buffer): WriteHead {
  const reader = new SshReader(head, 'WRITE');
  const id = reader.uint32();
  const handle = reader.string();
  return { id, handle, offset: readUint64(reader) };
}

/** Encodes a WRITE up to its data; `dataBytes` have to follow. */
export function encodeWriteHead({ id, handle, offset }: WriteHead, dataBytes: number): Buffer {
  const bodyBytes = ID_BYTES + 4 + handle.length + 8 + 4;
  const packet = Buffer.allocUnsafe(LENGTH_BYTES + 1 + bodyBytes);
  let at = packet.writeUInt32BE(1 + bodyBytes + dataBytes, 0);
  at = packet.writeUInt8(PacketType.write, at);
  at = packet.writeUInt32BE(id, at);
  at = packet.writeUInt32BE(handle.length, at);
  at += handle.copy(packet, at);
  at = packet.writeUInt32BE(Math.floor(offset / 2 ** 32), at);
  at = packet.writeUInt32BE(offset % 2 ** 32, at);
  packet.writeUInt32BE(dataBytes, at);
  return packet;
}
