import { randomBytes } from 'node:crypto';
import { type Duplex, duplexPair } from 'node:stream';
import { findIdentification } from '../../../wire/ssh/identification.ts';
import { encodeKexInit, type KexInit } from '../../../wire/ssh/kexinit.ts';
import { MessageNumber } from '../../../wire/ssh/message-number.ts';
import { CIPHERS, MACS } from './packet-algorithms.ts';
import { PacketReader } from './packet-reader.ts';
import { PacketWriter } from './packet-writer.ts';

/** A peer that says what a test wants it to say, before any keys are in use. */
export class RawPeer {
  /** The end that the transport under test is given. */
  readonly otherEnd: Duplex;
  readonly stream: Duplex;
  readonly #reader: PacketReader = new PacketReader();
  readonly #writer: PacketWriter;
  /** Payloads received so far, up to NEWKEYS. */
  readonly messages: Buffer[] = [];
  #received: Buffer = Buffer.alloc(0);
  #isIdentified = false;

  constructor() {
    [this.stream, this.otherEnd] = duplexPair();
    const limits = { highWaterBytes: Infinity, waitingBytesMax: Infinity };
    this.#writer = new PacketWriter(this.stream, limits, () => {});
    this.stream.on('error', () => {});
    this.stream.on('data', (chunk: Buffer) => this.#receive(chunk));
  }

  identify(line = 'SSH-2.0-Raw_1'): void {
    this.stream.write(`${line}\r\n`);
  }

  send(...payloads: readonly Buffer[]): void {
    for (const payload of payloads) this.#writer.sendAtOnce(payload);
    this.#writer.flush();
  }

  #receive(chunk: Buffer): void {
    if (this.#isIdentified) {
      this.#reader.push(chunk);
    } else {
      this.#received = Buffer.concat([this.#received, chunk]);
      const found = findIdentification(this.#received, 'server');
      if (found === undefined) return;
      this.#isIdentified = true;
      this.#reader.push(this.#received.subarray(found.end));
    }
    // What follows NEWKEYS is sealed with keys that this peer never makes.
    while (this.messages.at(-1)?.[0] !== MessageNumber.NewKeys) {
      const message = this.#reader.next();
      if (message === undefined) break;
      this.messages.push(message);
    }
  }
}

/** A KEXINIT as a present-day client sends it, with some of it changed. */
export function makeKexInit(changes: Partial<KexInit> = {}): Buffer {
  const ciphers = [...CIPHERS.keys()];
  const macs = [...MACS.keys()];
  return encodeKexInit({
    cookie: randomBytes(16),
    keyExchanges: ['curve25519-sha256', 'kex-strict-c-v00@openssh.com'],
    hostKeys: ['ssh-ed25519'],
    ciphersToServer: ciphers,
    ciphersToClient: ciphers,
    macsToServer: macs,
    macsToClient: macs,
    compressionsToServer: ['none'],
    compressionsToClient: ['none'],
    firstKexPacketFollows: false,
    ...changes,
  });
}
