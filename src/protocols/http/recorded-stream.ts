import type { Session } from '../protocol.ts';
import type { RawSink, RawStream } from './exchange.ts';
import { GuardedStream } from './guarded-stream.ts';

/** A stream of an upgraded exchange that is read no faster than the recordings of its session take what goes by. */
export class RecordedStream extends GuardedStream {
  readonly #session: Pick<Session, 'recorder' | 'rawTrack'>;
  #isPaused = false;
  /** A recording is behind. */
  #isHeld = false;

  constructor(
    stream: RawStream,
    guarded: (act: () => void) => void,
    session: Pick<Session, 'recorder' | 'rawTrack'>,
  ) {
    super(stream, guarded);
    this.#session = session;
  }

  override start(sink: RawSink): void {
    super.start({
      onData: (bytes) => {
        sink.onData(bytes);
        this.#waitForRecorders();
      },
      onDrain: () => sink.onDrain(),
      onEnd: () => sink.onEnd(),
      onClose: (error) => sink.onClose(error),
    });
  }

  override pause(): void {
    this.#isPaused = true;
    super.pause();
  }

  override resume(): void {
    this.#isPaused = false;
    if (!this.#isHeld) super.resume();
  }

  #waitForRecorders(): void {
    const { recorder, rawTrack } = this.#session;
    const behind = [recorder, rawTrack].find((one) => one?.congested === true);
    if (this.#isHeld || behind === undefined) return;
    this.#isHeld = true;
    super.pause();
    behind.onDrain(() => {
      this.#isHeld = false;
      if (!this.#isPaused) super.resume();
    });
  }
}
