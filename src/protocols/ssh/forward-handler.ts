import { createHash } from 'node:crypto';
import type { ChannelEnds, ChannelHandler, OutputStream } from './channel-handler.ts';

/** What went through a forwarded connection. */
export interface ForwardSummary {
  readonly bytesSent: number;
  readonly bytesShown: number;
  /** Hex. */
  readonly sha256Sent: string;
  readonly sha256Shown: string;
}

/** Passes a forwarded connection on as it is; counts and hashes it. */
export class ForwardHandler implements ChannelHandler {
  readonly recording = 'none';
  readonly #ends: ChannelEnds;
  readonly #onClose: (summary: ForwardSummary) => void;
  readonly #sent = createHash('sha256');
  readonly #shown = createHash('sha256');
  #bytesSent = 0;
  #bytesShown = 0;

  constructor(ends: ChannelEnds, onClose: (summary: ForwardSummary) => void) {
    this.#ends = ends;
    this.#onClose = onClose;
  }

  receive(bytes: Buffer): void {
    this.#sent.update(bytes);
    this.#bytesSent += bytes.length;
    this.#ends.toTarget(bytes);
  }

  receiveEnd(): void {
    this.#ends.endTarget();
  }

  deliver(bytes: Buffer, stream: OutputStream): void {
    if (stream === 'stderr') return;
    this.#shown.update(bytes);
    this.#bytesShown += bytes.length;
    this.#ends.toClient(bytes, stream);
  }

  deliverEnd(): void {
    this.#ends.endClient();
  }

  resize(): void {}

  close(): void {
    this.#onClose({
      bytesSent: this.#bytesSent,
      bytesShown: this.#bytesShown,
      sha256Sent: this.#sent.digest('hex'),
      sha256Shown: this.#shown.digest('hex'),
    });
  }
}
