import type { StreamRefusal } from '../wire/tunnel/stream-answer.ts';

/** A stream that is not opened. The message goes to the gateway: it holds no secret and no address. */
export class StreamRefusedError extends Error {
  override readonly name = 'StreamRefusedError';
  readonly code: StreamRefusal;

  constructor(code: StreamRefusal, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
