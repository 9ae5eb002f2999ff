import type { BodySink, BodySource } from './exchange.ts';

/** A body that a test delivers piece by piece. */
export class OpenBody implements BodySource {
  readonly length: number | undefined;
  sink: BodySink | undefined;
  isPaused = false;
  isDestroyed = false;

  constructor(length?: number) {
    this.length = length;
  }

  start(sink: BodySink): void {
    this.sink = sink;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  destroy(): void {
    this.isDestroyed = true;
  }
}
