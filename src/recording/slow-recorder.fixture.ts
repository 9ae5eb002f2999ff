import type { Direction, Recorder } from './recorder.ts';

/** A recorder that is behind when the test says so. */
export class SlowRecorder implements Recorder {
  /** Recorded so far. */
  readonly bytes = { sent: 0, shown: 0 };
  congested = false;
  readonly #waiting: (() => void)[] = [];

  record(direction: Direction, _: Buffer, start: number, end: number): void {
    this.bytes[direction] += end - start;
  }

  onDrain(resume: () => void): void {
    this.#waiting.push(resume);
  }

  /** Everything is in the file. */
  catchUp(): void {
    this.congested = false;
    for (const resume of this.#waiting.splice(0)) resume();
  }

  limit(): void {}

  finish(): never {
    throw new Error('Cannot finish recorder: nobody does here');
  }
}
