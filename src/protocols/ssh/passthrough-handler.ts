import type { ChannelEnds, ChannelHandler, OutputStream } from './channel-handler.ts';

/** Passes everything on as it is. */
export class PassthroughHandler implements ChannelHandler {
  readonly #ends: ChannelEnds;

  constructor(ends: ChannelEnds) {
    this.#ends = ends;
  }

  receive(bytes: Buffer): void {
    this.#ends.toTarget(bytes);
  }

  receiveEnd(): void {
    this.#ends.endTarget();
  }

  deliver(bytes: Buffer, stream: OutputStream): void {
    this.#ends.toClient(bytes, stream);
  }

  deliverEnd(): void {
    this.#ends.endClient();
  }

  resize(): void {}

  close(): void {}
}
