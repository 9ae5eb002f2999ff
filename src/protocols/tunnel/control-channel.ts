import type { Duplex } from 'node:stream';
import { CONTROL_BYTES_MAX } from '../../wire/tunnel/control-message.ts';
import { encodeFrame, FrameDecoder } from '../../wire/tunnel/frame-decoder.ts';

/** Bytes that wait for the other end to read them, before it is given up. */
const WAITING_BYTES_MAX: number = 4 * CONTROL_BYTES_MAX;

/** One end of the control stream of a tunnel: frames both ways. */
export class ControlChannel {
  readonly #stream: Duplex;

  /**
   * @param tell Told of each frame's body; what it throws ends the channel.
   * @param onEnd Told once, when nothing more comes.
   */
  constructor(stream: Duplex, tell: (body: Buffer) => void, onEnd: (error?: Error) => void) {
    this.#stream = stream;
    let isOver = false;
    const end = (error?: Error): void => {
      if (isOver) return;
      isOver = true;
      stream.destroy();
      onEnd(error);
    };
    const decoder = new FrameDecoder('ControlMessage', CONTROL_BYTES_MAX, tell);
    stream.on('data', (bytes: Buffer) => {
      if (isOver) return;
      try {
        decoder.push(bytes);
      } catch (error) {
        end(error as Error);
      }
    });
    stream.on('end', () => end());
    stream.on('error', (error) => end(error));
    stream.on('close', () => end());
  }

  /** Sends a frame. An end that does not read is given up. */
  send(body: Buffer): void {
    if (!this.#stream.writable) return;
    if (this.#stream.writableLength > WAITING_BYTES_MAX) {
      this.#stream.destroy(new Error('Cannot send: the other end does not read'));
      return;
    }
    this.#stream.write(encodeFrame(body));
  }

  /** Says no more. */
  end(): void {
    this.#stream.end();
  }
}
