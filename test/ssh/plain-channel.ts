import type { SshTransport } from '../../src/protocols/ssh/transport/ssh-transport.ts';
import { decodeChannelData, encodeChannelDataHead } from '../../src/wire/ssh/channel-data.ts';
import { encodeChannelEof } from '../../src/wire/ssh/channel-eof.ts';
import {
  decodeChannelWindowAdjust,
  encodeChannelWindowAdjust,
} from '../../src/wire/ssh/channel-window-adjust.ts';
import { MessageNumber } from '../../src/wire/ssh/message-number.ts';

export const WINDOW_BYTES: number = 1024 * 1024;
export const PACKET_BYTES = 32_768;

/** The one channel of a test's connection: as little of RFC 4254 as moves bytes both ways. */
export class PlainChannel {
  readonly #transport: SshTransport;
  /** The other side's number of the channel. */
  readonly recipientChannel: number;
  #window: number;
  #credit = 0;
  #toSend: Buffer[] = [];
  #endsAfter: (() => void) | undefined;

  constructor(transport: SshTransport, recipientChannel: number, window: number) {
    this.#transport = transport;
    this.recipientChannel = recipientChannel;
    this.#window = window;
    transport.onDrain(() => this.#flush());
  }

  /** Sends as fast as window and transport let it. */
  write(data: Buffer): void {
    this.#toSend.push(Buffer.from(data));
    this.#flush();
  }

  /** Sends EOF after all that was written, and says so. */
  end(sent: () => void = () => {}): void {
    this.#endsAfter = sent;
    this.#flush();
  }

  /** Takes CHANNEL_DATA; gives the window back. */
  takeData(payload: Buffer): Buffer {
    const { data } = decodeChannelData(payload);
    this.#credit += data.length;
    if (this.#credit > WINDOW_BYTES / 2) {
      const { recipientChannel } = this;
      const adjust = encodeChannelWindowAdjust({ recipientChannel, bytesToAdd: this.#credit });
      this.#transport.send(adjust);
      this.#credit = 0;
    }
    return data;
  }

  /** Takes CHANNEL_WINDOW_ADJUST. */
  takeWindow(payload: Buffer): void {
    this.#window += decodeChannelWindowAdjust(payload).bytesToAdd;
    this.#flush();
  }

  #flush(): void {
    let hasRoom = true;
    for (let next = this.#toSend[0]; next !== undefined && hasRoom; next = this.#toSend[0]) {
      const bytes = Math.min(next.length, PACKET_BYTES, this.#window);
      if (bytes === 0) return;
      const head = encodeChannelDataHead(this.recipientChannel, bytes);
      this.#window -= bytes;
      if (bytes === next.length) this.#toSend.shift();
      else this.#toSend[0] = next.subarray(bytes);
      hasRoom = this.#transport.send(head, next.subarray(0, bytes));
    }
    if (this.#toSend.length > 0 || this.#endsAfter === undefined) return;
    this.#transport.send(encodeChannelEof(this.recipientChannel));
    const sent = this.#endsAfter;
    this.#endsAfter = undefined;
    sent();
  }
}

/** Number of a message, for a test's `switch`. */
export function numberOf(payload: Buffer): number {
  return payload[0] ?? MessageNumber.Ignore;
}
