import { ProtocolError } from '../../../wire/protocol-error.ts';
import { type PacketOpener, PLAIN_OPENER } from './packet-opener.ts';

const LENGTH_BYTES = 4;
/** RFC 4253 section 6: at least this much has to be read. Enough until the user is known. */
const PACKET_BYTES_MAX_AT_FIRST = 35_000;
/** `PACKET_MAX_SIZE` of OpenSSH. */
const PACKET_BYTES_MAX: number = 256 * 1024;
const PADDING_BYTES_MIN = 4;

/** Packets of channels' data fit in; the beginnings of larger ones are kept in memory of their own. */
const CARRY_BYTES: number = 36 * 1024;
/** So little is taken from Node's own pool. */
const SMALL_CARRY_BYTES: number = 2 * 1024;
const SPARE_CARRIES_MAX = 64;

const NOTHING: Buffer = Buffer.alloc(0);

/** For beginnings of packets, used again: fresh memory would cost more than the copy. */
const spareCarries: Buffer[] = [];

/** Cuts what one side sends into packets, and takes their payloads out. */
export class PacketReader {
  #opener: PacketOpener = PLAIN_OPENER;
  #bytesMax = PACKET_BYTES_MAX_AT_FIRST;
  #sequenceNumber = 0;
  #bytesOpened = 0;
  /** What came last and is read from `#offset` on. */
  #chunk: Buffer = NOTHING;
  #offset = 0;
  /** The beginning of a packet whose end had not come with its chunk. */
  #carry: Buffer | undefined;
  #carried = 0;
  /** Length of the packet at hand; undefined while too little of it has come. */
  #length: number | undefined;

  /** Number of the packet that is read next. */
  get sequenceNumber(): number {
    return this.#sequenceNumber;
  }

  /** Bytes of packets since the keys in use. */
  get bytesOpened(): number {
    return this.#bytesOpened;
  }

  /** Whether all that came has been returned, whole. */
  get isBetweenPackets(): boolean {
    return this.#carried === 0 && this.#offset === this.#chunk.length;
  }

  /** Packets from the next one on are protected by other keys. */
  openWith(opener: PacketOpener, resetsSequence: boolean): void {
    this.#opener = opener;
    this.#bytesOpened = 0;
    if (resetsSequence) this.#sequenceNumber = 0;
  }

  allowLargePackets(): void {
    this.#bytesMax = PACKET_BYTES_MAX;
  }

  /** Whether bytes that were pushed are still to be read. */
  isReading(chunk: Buffer): boolean {
    return this.#chunk === chunk;
  }

  /** Takes bytes that stay as they are until they were read. */
  push(chunk: Buffer): void {
    const unread = this.#chunk.length - this.#offset;
    this.#chunk = unread === 0 ? chunk : Buffer.concat([this.#chunk.subarray(this.#offset), chunk]);
    this.#offset = 0;
  }

  /**
   * Returns the payload of the next packet, or undefined until more has come.
   *
   * @throws {ProtocolError | TransportError} If what came is no packet. The stream is then lost.
   */
  next(): Buffer | undefined {
    for (;;) {
      const opener = this.#opener;
      const needed =
        this.#length === undefined
          ? opener.headBytes
          : LENGTH_BYTES + this.#length + opener.tagBytes;
      const isCarried = this.#carried > 0;
      if (isCarried ? !this.#fillCarry(needed) : this.#chunk.length - this.#offset < needed) {
        if (!isCarried) this.#beginCarry(needed);
        return undefined;
      }
      const buffer = isCarried ? (this.#carry as Buffer) : this.#chunk;
      const start = isCarried ? 0 : this.#offset;
      if (this.#length === undefined) {
        this.#length = this.#checkedLength(opener.readLength(buffer, start));
        continue;
      }
      const { sequenceNumber } = this;
      const plain = opener.open({ buffer, start, length: this.#length, sequenceNumber });
      if (isCarried) this.#endCarry(buffer);
      else this.#offset += needed;
      this.#length = undefined;
      this.#sequenceNumber = (sequenceNumber + 1) >>> 0;
      this.#bytesOpened += needed;
      if (this.#offset === this.#chunk.length) this.#dropChunk();
      return payloadOf(plain);
    }
  }

  #dropChunk(): void {
    this.#chunk = NOTHING;
    this.#offset = 0;
  }

  #checkedLength(length: number): number {
    const { blockBytes, fillsWithLength } = this.#opener;
    const filled = fillsWithLength ? length + LENGTH_BYTES : length;
    if (length > this.#bytesMax || filled < 2 * PADDING_BYTES_MIN || filled % blockBytes !== 0) {
      throw new ProtocolError('packet', `impossible length ${length}`);
    }
    return length;
  }

  /** Keeps the beginning of a packet, with room for all of it as far as that is known. */
  #beginCarry(needed: number): void {
    const unread = this.#chunk.length - this.#offset;
    if (unread > 0) {
      this.#carry = takeCarry(needed);
      this.#chunk.copy(this.#carry, 0, this.#offset);
      this.#carried = unread;
    }
    this.#dropChunk();
  }

  /** What was opened is a copy: the memory is free. */
  #endCarry(carry: Buffer): void {
    this.#carry = undefined;
    this.#carried = 0;
    giveCarryBack(carry);
  }

  /** Adds to the carried beginning up to `needed` bytes. Returns whether they are there. */
  #fillCarry(needed: number): boolean {
    let carry = this.#carry as Buffer;
    if (carry.length < needed) {
      const grown = takeCarry(needed);
      carry.copy(grown, 0, 0, this.#carried);
      carry = grown;
      this.#carry = carry;
    }
    const end = Math.min(this.#offset + needed - this.#carried, this.#chunk.length);
    this.#chunk.copy(carry, this.#carried, this.#offset, end);
    this.#carried += end - this.#offset;
    this.#offset = end;
    return this.#carried === needed;
  }
}

function takeCarry(bytes: number): Buffer {
  if (bytes <= SMALL_CARRY_BYTES || bytes > CARRY_BYTES) return Buffer.allocUnsafe(bytes);
  return spareCarries.pop() ?? Buffer.allocUnsafeSlow(CARRY_BYTES);
}

function giveCarryBack(carry: Buffer): void {
  if (carry.length !== CARRY_BYTES || spareCarries.length >= SPARE_CARRIES_MAX) return;
  spareCarries.push(carry);
}

function payloadOf(plain: Buffer): Buffer {
  const paddingBytes = plain[0] ?? 0;
  const end = plain.length - paddingBytes;
  if (paddingBytes < PADDING_BYTES_MIN || end < 2) {
    throw new ProtocolError('packet', 'no payload before its padding');
  }
  return plain.subarray(1, end);
}
