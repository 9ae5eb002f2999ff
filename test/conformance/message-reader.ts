import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  frameLength,
  MESSAGE_HEADER_BYTES,
  startupFrameLength,
} from '../../src/wire/postgres/message-framing.ts';

/** One message, header included. */
export interface WholeMessage {
  readonly type: string;
  readonly bytes: Buffer;
}

/** Reads a peer's bytes message by message, however they arrive. */
export class MessageReader {
  readonly #chunks: AsyncIterator<Buffer, undefined>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  /** The next message; undefined where the peer closed between messages. */
  async message(): Promise<WholeMessage | undefined> {
    const bytes = await this.#take(() => frameLength(this.#buffer, 0, this.#buffer.length));
    return bytes && { type: bytes.toString('latin1', 0, 1), bytes };
  }

  /** The next packet that has no type, its length included. */
  startupPacket(): Promise<Buffer | undefined> {
    return this.#take(() => startupFrameLength(this.#buffer, 0, this.#buffer.length));
  }

  /** Messages up to and including the first of one of the types. */
  async messagesUntil(types: string): Promise<readonly WholeMessage[]> {
    const messages: WholeMessage[] = [];
    for (;;) {
      const next = await this.message();
      if (next === undefined) return messages;
      messages.push(next);
      if (types.includes(next.type)) return messages;
    }
  }

  async #take(wanted: () => number): Promise<Buffer | undefined> {
    const parts = [this.#buffer];
    let arrived = this.#buffer.length;
    for (let length = wanted(); length === 0 || arrived < length; length ||= wanted()) {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      parts.push(next.value);
      arrived += next.value.length;
      // A long message is put together once, not at each of its pieces.
      if (length !== 0 && arrived < length) continue;
      this.#buffer = Buffer.concat(parts.splice(0));
      parts.push(this.#buffer);
    }
    const length = wanted();
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }
}

/** A message's bytes behind its header. */
export function bodyOf({ bytes }: WholeMessage): Buffer {
  return bytes.subarray(MESSAGE_HEADER_BYTES);
}

/** Opens a socket on which small messages leave at once. */
export async function openServerSocket(host: string, port: number): Promise<Socket> {
  const socket = connect(port, host);
  await once(socket, 'connect');
  socket.setNoDelay(true);
  return socket;
}
