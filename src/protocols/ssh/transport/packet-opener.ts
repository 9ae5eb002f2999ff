import {
  createDecipheriv,
  createHmac,
  type Decipheriv,
  type Hmac,
  timingSafeEqual,
} from 'node:crypto';
import type { PacketKeys } from './packet-algorithms.ts';
import { copyPacketIv, stepPacketIv } from './packet-iv.ts';
import { TransportError } from './transport-error.ts';

const LENGTH_BYTES = 4;
const AES_BLOCK_BYTES = 16;
const PLAIN_BLOCK_BYTES = 8;
const GCM_TAG_BYTES = 16;

/** One packet within bytes that were received. */
export interface SealedPacket {
  readonly buffer: Buffer;
  readonly start: number;
  /** Bytes between the length field and the tag. */
  readonly length: number;
  readonly sequenceNumber: number;
}

/** Checks and decrypts the packets of one direction with one set of keys. */
export interface PacketOpener {
  /** Bytes that must be there before the length can be read. */
  readonly headBytes: number;
  /** Bytes after the packet. */
  readonly tagBytes: number;
  /** The length, its own field added or not, is a multiple of this. */
  readonly blockBytes: number;
  readonly fillsWithLength: boolean;
  /** Reads the length field. Called once for each packet; what it says is not verified yet. */
  readLength(buffer: Buffer, start: number): number;
  /**
   * Returns padding length, payload and padding, in memory of their own.
   *
   * @throws {TransportError} If the packet is not as it was sent.
   */
  open(packet: SealedPacket): Buffer;
}

/** For packets before the first keys. */
export const PLAIN_OPENER: PacketOpener = {
  headBytes: LENGTH_BYTES,
  tagBytes: 0,
  blockBytes: PLAIN_BLOCK_BYTES,
  fillsWithLength: true,
  readLength: readPlainLength,
  open({ buffer, start, length }) {
    return Buffer.from(buffer.subarray(start + LENGTH_BYTES, start + LENGTH_BYTES + length));
  },
};

/** Makes what opens packets that were sealed with the same keys. */
export function makeOpener(keys: PacketKeys): PacketOpener {
  switch (keys.kind) {
    case 'gcm':
      return new GcmOpener(keys);
    case 'ctr':
      return keys.mac.coversEncrypted ? new EncryptThenMacOpener(keys) : new MacInsideOpener(keys);
  }
}

class GcmOpener implements PacketOpener {
  readonly headBytes = LENGTH_BYTES;
  readonly tagBytes = GCM_TAG_BYTES;
  readonly blockBytes = AES_BLOCK_BYTES;
  readonly fillsWithLength = false;
  readonly #keys: PacketKeys & { kind: 'gcm' };
  readonly #iv: Buffer;

  constructor(keys: PacketKeys & { kind: 'gcm' }) {
    this.#keys = keys;
    this.#iv = copyPacketIv(keys.iv);
  }

  readLength(buffer: Buffer, start: number): number {
    return readPlainLength(buffer, start);
  }

  open({ buffer, start, length }: SealedPacket): Buffer {
    const bodyStart = start + LENGTH_BYTES;
    const bodyEnd = bodyStart + length;
    const decipher = createDecipheriv(this.#keys.opensslName, this.#keys.key, this.#iv);
    decipher.setAAD(buffer.subarray(start, bodyStart));
    decipher.setAuthTag(buffer.subarray(bodyEnd, bodyEnd + GCM_TAG_BYTES));
    const plain = decipher.update(buffer.subarray(bodyStart, bodyEnd));
    try {
      decipher.final();
    } catch (cause) {
      throw changedOnItsWay(cause);
    }
    stepPacketIv(this.#iv);
    return plain;
  }
}

/** The MAC covers the packet as it was sent: nothing is decrypted before it is verified. */
class EncryptThenMacOpener implements PacketOpener {
  readonly headBytes = LENGTH_BYTES;
  readonly tagBytes: number;
  readonly blockBytes = AES_BLOCK_BYTES;
  readonly fillsWithLength = false;
  readonly #keys: PacketKeys & { kind: 'ctr' };
  readonly #decipher: Decipheriv;

  constructor(keys: PacketKeys & { kind: 'ctr' }) {
    this.#keys = keys;
    this.tagBytes = keys.mac.macBytes;
    this.#decipher = createDecipheriv(keys.opensslName, keys.key, keys.iv);
  }

  readLength(buffer: Buffer, start: number): number {
    return readPlainLength(buffer, start);
  }

  open(packet: SealedPacket): Buffer {
    const { buffer, start, length } = packet;
    const bodyStart = start + LENGTH_BYTES;
    const bodyEnd = bodyStart + length;
    const hmac = beginMac(this.#keys, packet.sequenceNumber);
    hmac.update(buffer.subarray(start, bodyEnd));
    checkMac(hmac, buffer.subarray(bodyEnd, bodyEnd + this.tagBytes));
    return this.#decipher.update(buffer.subarray(bodyStart, bodyEnd));
  }
}

/** The MAC covers what is in the packet, and the length is encrypted like everything else. */
class MacInsideOpener implements PacketOpener {
  readonly headBytes = AES_BLOCK_BYTES;
  readonly tagBytes: number;
  readonly blockBytes = AES_BLOCK_BYTES;
  readonly fillsWithLength = true;
  readonly #keys: PacketKeys & { kind: 'ctr' };
  readonly #decipher: Decipheriv;
  /** Decrypted for its length. */
  #firstBlock: Buffer = Buffer.alloc(0);

  constructor(keys: PacketKeys & { kind: 'ctr' }) {
    this.#keys = keys;
    this.tagBytes = keys.mac.macBytes;
    this.#decipher = createDecipheriv(keys.opensslName, keys.key, keys.iv);
  }

  readLength(buffer: Buffer, start: number): number {
    this.#firstBlock = this.#decipher.update(buffer.subarray(start, start + AES_BLOCK_BYTES));
    return this.#firstBlock.readUInt32BE(0);
  }

  open({ buffer, start, length, sequenceNumber }: SealedPacket): Buffer {
    const bodyEnd = start + LENGTH_BYTES + length;
    const rest = this.#decipher.update(buffer.subarray(start + AES_BLOCK_BYTES, bodyEnd));
    const plain = Buffer.concat([this.#firstBlock, rest]);
    const hmac = beginMac(this.#keys, sequenceNumber).update(plain);
    checkMac(hmac, buffer.subarray(bodyEnd, bodyEnd + this.tagBytes));
    return plain.subarray(LENGTH_BYTES);
  }
}

const sequenceField: Buffer = Buffer.alloc(4);

function beginMac(keys: PacketKeys & { kind: 'ctr' }, sequenceNumber: number): Hmac {
  sequenceField.writeUInt32BE(sequenceNumber);
  return createHmac(keys.mac.hash, keys.macKey).update(sequenceField);
}

function checkMac(hmac: Hmac, received: Buffer): void {
  if (!timingSafeEqual(hmac.digest(), received)) throw changedOnItsWay(undefined);
}

function changedOnItsWay(cause: unknown): TransportError {
  return new TransportError(
    'ERR_SSH_INTEGRITY',
    'Cannot read packet: it was changed on its way, or the keys differ',
    { cause },
  );
}

function readPlainLength(buffer: Buffer, start: number): number {
  return buffer.readUInt32BE(start);
}
