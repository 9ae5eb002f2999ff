import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { type PacketSealer, PLAIN_SEALER, SEALED_HEAD_BYTES } from './packet-sealer.ts';
import { releaseMemory } from './release-memory.ts';
import { TransportError } from './transport-error.ts';

/** Longest payload that is sent. Channels' data are cut far below. */
const PAYLOAD_BYTES_MAX: number = 256 * 1024 - 512;
const PADDING_BYTES_MIN = 4;
/** Sum of two blocks: no packet is padded more. */
const PADDING_BYTES_MAX = 32;
/** Up to this size a write is copied into memory that the garbage collector frees. */
const SMALL_WRITE_BYTES_MAX: number = 4 * 1024;
/** Larger writes are copied into blocks of this size, which are used again. */
const BLOCK_BYTES: number = 128 * 1024;
/** What is gathered goes out when this is reached, so that one more packet of data fits in a block. */
const FLUSHED_BYTES: number = BLOCK_BYTES - 40 * 1024;
const SPARE_BLOCKS_MAX = 64;
const RANDOM_BYTES: number = 8 * 1024;

const NOTHING: Buffer = Buffer.alloc(0);

/** Packets of all connections are put together here: sealing one copies it. */
const scratch: Buffer = Buffer.allocUnsafeSlow(
  SEALED_HEAD_BYTES + 1 + PAYLOAD_BYTES_MAX + PADDING_BYTES_MAX,
);
const spareBlocks: Buffer[] = [];
const randomBytes: Buffer = Buffer.allocUnsafeSlow(RANDOM_BYTES);
let randomUsed = RANDOM_BYTES;

export interface WriterLimits {
  readonly highWaterBytes: number;
  readonly waitingBytesMax: number;
}

/**
 * Makes packets and writes them: all that are sent in one turn of the event loop at once.
 *
 * While it is held, messages wait unsealed; only those of the key exchange go out.
 */
export class PacketWriter {
  readonly #stream: Duplex;
  readonly #limits: WriterLimits;
  readonly #drained: () => void;
  #sealer: PacketSealer = PLAIN_SEALER;
  #sequenceNumber = 0;
  #bytesSealed = 0;
  /** Sealed in this turn. */
  #parts: Buffer[] = [];
  #gatheredBytes = 0;
  #held: Buffer[] | undefined;
  #heldBytes = 0;
  #isScheduled = false;
  /** Somebody was told to stop, and is to be called when what waited has gone. */
  #isAwaited = false;

  /** @param drained Called when what waited after a `false` of {@link send} has gone. */
  constructor(stream: Duplex, limits: WriterLimits, drained: () => void) {
    this.#stream = stream;
    this.#limits = limits;
    this.#drained = drained;
  }

  /** Bytes of packets since the keys in use. */
  get bytesSealed(): number {
    return this.#bytesSealed;
  }

  /** Packets from the next one on are protected by other keys. */
  sealWith(sealer: PacketSealer, resetsSequence: boolean): void {
    this.#sealer = sealer;
    this.#bytesSealed = 0;
    if (resetsSequence) this.#sequenceNumber = 0;
  }

  /** Lets messages of {@link send} wait from now on. */
  hold(): void {
    this.#held ??= [];
  }

  /** Sends what waited. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#heldBytes = 0;
    for (const message of held) this.sendAtOnce(message, NOTHING);
  }

  /**
   * Sends a message, or lets it wait.
   *
   * @returns False if more than the high-water mark waits.
   * @throws {TransportError} If more waits than may wait at all.
   */
  send(head: Buffer, data: Buffer = NOTHING): boolean {
    if (this.#held === undefined) {
      this.sendAtOnce(head, data);
    } else {
      this.#held.push(Buffer.concat([head, data]));
      this.#heldBytes += head.length + data.length;
    }
    const waiting = this.#heldBytes + this.#gatheredBytes + this.#stream.writableLength;
    if (waiting <= this.#limits.highWaterBytes) return true;
    if (waiting > this.#limits.waitingBytesMax) {
      throw new TransportError('ERR_SSH_OVERFLOW', 'Cannot send message: too many wait already');
    }
    this.#isAwaited = true;
    return false;
  }

  /** Sends a message even while others wait. */
  sendAtOnce(head: Buffer, data: Buffer = NOTHING): void {
    const framed = frame(head, data, this.#sealer, this.#sequenceNumber);
    const partsBefore = this.#parts.length;
    this.#sealer.seal(framed, this.#parts);
    let bytes = 0;
    for (let index = partsBefore; index < this.#parts.length; index++) {
      bytes += (this.#parts[index] as Buffer).length;
    }
    this.#sequenceNumber = (this.#sequenceNumber + 1) >>> 0;
    this.#bytesSealed += bytes;
    this.#gatheredBytes += bytes;
    if (this.#gatheredBytes > FLUSHED_BYTES) this.#write();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(flushWriter, this);
  }

  /** Hands what was sealed to the stream, at the end of a turn. */
  flush(): void {
    this.#isScheduled = false;
    this.#write();
    if (!this.#stream.writableNeedDrain) this.notifyDrained();
  }

  #write(): void {
    const bytes = this.#gatheredBytes;
    if (bytes === 0 || this.#stream.writableEnded || this.#stream.destroyed) return;
    const parts = this.#parts;
    this.#parts = [];
    this.#gatheredBytes = 0;
    writeParts(this.#stream, parts, bytes);
    for (const part of parts) releaseMemory(part);
  }

  /** The stream took all that was written. */
  notifyDrained(): void {
    if (!this.#isAwaited || this.#held !== undefined) return;
    this.#isAwaited = false;
    this.#drained();
  }
}

function flushWriter(writer: PacketWriter): void {
  writer.flush();
}

/** Puts a packet together in the scratch memory. */
function frame(head: Buffer, data: Buffer, sealer: PacketSealer, sequenceNumber: number): Buffer {
  const payloadBytes = head.length + data.length;
  assert(payloadBytes > 0 && payloadBytes <= PAYLOAD_BYTES_MAX, 'message of an impossible size');
  const filled = payloadBytes + 1 + (sealer.fillsWithLength ? 4 : 0);
  let paddingBytes = sealer.blockBytes - (filled % sealer.blockBytes);
  if (paddingBytes < PADDING_BYTES_MIN) paddingBytes += sealer.blockBytes;
  scratch.writeUInt32BE(sequenceNumber, 0);
  scratch.writeUInt32BE(1 + payloadBytes + paddingBytes, 4);
  scratch[SEALED_HEAD_BYTES] = paddingBytes;
  const headStart = SEALED_HEAD_BYTES + 1;
  scratch.set(head, headStart);
  scratch.set(data, headStart + head.length);
  const end = headStart + payloadBytes + paddingBytes;
  if (randomUsed + paddingBytes > RANDOM_BYTES) {
    randomFillSync(randomBytes);
    randomUsed = 0;
  }
  randomBytes.copy(scratch, end - paddingBytes, randomUsed, randomUsed + paddingBytes);
  randomUsed += paddingBytes;
  return scratch.subarray(0, end);
}

/** One write for all: a stream may make a message of each. */
function writeParts(stream: Duplex, parts: readonly Buffer[], bytes: number): void {
  if (bytes <= SMALL_WRITE_BYTES_MAX || bytes > BLOCK_BYTES) {
    stream.write(Buffer.concat(parts, bytes));
    return;
  }
  const block = spareBlocks.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
  let end = 0;
  for (const part of parts) {
    block.set(part, end);
    end += part.length;
  }
  stream.write(block.subarray(0, end), () => {
    if (spareBlocks.length < SPARE_BLOCKS_MAX) spareBlocks.push(block);
  });
}
