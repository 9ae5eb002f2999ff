import { type Cipheriv, createCipheriv, createHmac } from 'node:crypto';
import type { PacketKeys } from './packet-algorithms.ts';
import { copyPacketIv, stepPacketIv } from './packet-iv.ts';

/** Bytes before the padding length: the packet's sequence number, which is not sent, and its length. */
export const SEALED_HEAD_BYTES = 8;

const SEQUENCE_BYTES = 4;
const AES_BLOCK_BYTES = 16;
/** Of packets that are not encrypted (RFC 4253 section 6). */
const PLAIN_BLOCK_BYTES = 8;

/** Protects the packets of one direction with one set of keys. */
export interface PacketSealer {
  /** Packets are filled up to a multiple of this. */
  readonly blockBytes: number;
  /** Whether the length field counts there. */
  readonly fillsWithLength: boolean;
  /**
   * Appends what is to be sent to `parts`.
   *
   * @param framed Sequence number, length, padding length, payload, padding. Free again after the call.
   */
  seal(framed: Buffer, parts: Buffer[]): void;
}

/** For packets before the first keys. */
export const PLAIN_SEALER: PacketSealer = {
  blockBytes: PLAIN_BLOCK_BYTES,
  fillsWithLength: true,
  seal(framed, parts) {
    parts.push(Buffer.from(framed.subarray(SEQUENCE_BYTES)));
  },
};

/** Makes what seals packets, beginning with the first that the keys are for. */
export function makeSealer(keys: PacketKeys): PacketSealer {
  switch (keys.kind) {
    case 'gcm':
      return new GcmSealer(keys);
    case 'ctr':
      return new CtrSealer(keys);
  }
}

class GcmSealer implements PacketSealer {
  readonly blockBytes = AES_BLOCK_BYTES;
  readonly fillsWithLength = false;
  readonly #keys: PacketKeys & { kind: 'gcm' };
  readonly #iv: Buffer;

  constructor(keys: PacketKeys & { kind: 'gcm' }) {
    this.#keys = keys;
    this.#iv = copyPacketIv(keys.iv);
  }

  seal(framed: Buffer, parts: Buffer[]): void {
    const length = Buffer.from(framed.subarray(SEQUENCE_BYTES, SEALED_HEAD_BYTES));
    const cipher = createCipheriv(this.#keys.opensslName, this.#keys.key, this.#iv);
    cipher.setAAD(length);
    const body = cipher.update(framed.subarray(SEALED_HEAD_BYTES));
    cipher.final();
    stepPacketIv(this.#iv);
    parts.push(length, body, cipher.getAuthTag());
  }
}

class CtrSealer implements PacketSealer {
  readonly blockBytes = AES_BLOCK_BYTES;
  readonly fillsWithLength: boolean;
  readonly #keys: PacketKeys & { kind: 'ctr' };
  readonly #cipher: Cipheriv;

  constructor(keys: PacketKeys & { kind: 'ctr' }) {
    this.#keys = keys;
    this.fillsWithLength = !keys.mac.coversEncrypted;
    this.#cipher = createCipheriv(keys.opensslName, keys.key, keys.iv);
  }

  seal(framed: Buffer, parts: Buffer[]): void {
    const { mac, macKey } = this.#keys;
    const hmac = createHmac(mac.hash, macKey);
    if (!mac.coversEncrypted) {
      parts.push(this.#cipher.update(framed.subarray(SEQUENCE_BYTES)));
      parts.push(hmac.update(framed).digest());
      return;
    }
    const body = this.#cipher.update(framed.subarray(SEALED_HEAD_BYTES));
    hmac.update(framed.subarray(0, SEALED_HEAD_BYTES)).update(body);
    const length = Buffer.from(framed.subarray(SEQUENCE_BYTES, SEALED_HEAD_BYTES));
    parts.push(length, body, hmac.digest());
  }
}
