import { createHash } from 'node:crypto';
import type { ChannelEnds, OutputStream } from './channel-handler.ts';
import { PassthroughHandler } from './passthrough-handler.ts';

/** What went through a forwarded connection. */
export interface ForwardSummary {
  readonly bytesSent: number;
  readonly bytesShown: number;
  /** Hex. */
  readonly sha256Sent: string;
  readonly sha256Shown: string;
}

/** Passes a forwarded connection on as it is; counts and hashes it. */
export class ForwardHandler extends PassthroughHandler {
  readonly recording = 'none';
  readonly #onClose: (summary: ForwardSummary) => void;
  readonly #sent = createHash('sha256');
  readonly #shown = createHash('sha256');
  #bytesSent = 0;
  #bytesShown = 0;

  constructor(ends: ChannelEnds, onClose: (summary: ForwardSummary) => void) {
    super(ends);
    this.#onClose = onClose;
  }

  override receive(bytes: Buffer): void {
    this.#sent.update(bytes);
    this.#bytesSent += bytes.length;
    super.receive(bytes);
  }

  override deliver(bytes: Buffer, stream: OutputStream): void {
    // A connection has no stderr.
    if (stream === 'stderr') return;
    this.#shown.update(bytes);
    this.#bytesShown += bytes.length;
    super.deliver(bytes, stream);
  }

  override close(): void {
    this.#onClose({
      bytesSent: this.#bytesSent,
      bytesShown: this.#bytesShown,
      sha256Sent: this.#sent.digest('hex'),
      sha256Shown: this.#shown.digest('hex'),
    });
  }
}
