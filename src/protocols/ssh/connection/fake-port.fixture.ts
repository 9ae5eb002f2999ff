import type { MessagePort } from './message-port.ts';

/** A port whose peer is the test. */
export class FakePort implements MessagePort {
  readonly sessionId: Buffer = Buffer.alloc(32);
  readonly peerIdentification = 'SSH-2.0-Test';
  readonly serverSignatureAlgorithms = undefined;
  /** What was sent and not taken by the test. */
  readonly sent: Buffer[] = [];
  /** Messages until `send` says that enough waits. */
  room: number = Number.POSITIVE_INFINITY;
  /** What `send` throws. */
  failure: Error | undefined;
  disconnected: { readonly reason: number; readonly description: string } | undefined;
  unimplemented = 0;
  #onMessage: ((payload: Buffer) => void) | undefined;
  #onDrain: (() => void) | undefined;
  #onClose: ((error: Error | undefined) => void) | undefined;

  send(head: Buffer, data: Buffer = Buffer.alloc(0)): boolean {
    if (this.failure !== undefined) throw this.failure;
    this.sent.push(Buffer.concat([head, data]));
    this.room -= 1;
    return this.room > 0;
  }

  onMessage(listener: (payload: Buffer) => void): void {
    this.#onMessage = listener;
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  onClose(listener: (error: Error | undefined) => void): void {
    this.#onClose = listener;
  }

  sendUnimplemented(): void {
    this.unimplemented += 1;
  }

  pause(): void {}

  resume(): void {}

  setAuthenticated(): void {}

  disconnect(reason: number, description: string): void {
    this.disconnected ??= { reason, description };
  }

  /** The peer sends messages. */
  deliver(...payloads: readonly Buffer[]): void {
    for (const payload of payloads) this.#onMessage?.(payload);
  }

  /** What was sent since the last time. */
  take(): readonly Buffer[] {
    return this.sent.splice(0);
  }

  /** What waited has gone; as many messages more have room. */
  drain(room: number = Number.POSITIVE_INFINITY): void {
    this.room = room;
    this.#onDrain?.();
  }

  close(error?: Error): void {
    this.#onClose?.(error);
  }
}
