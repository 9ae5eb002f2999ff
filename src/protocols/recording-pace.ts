import type { Recorder } from '../recording/recorder.ts';
import type { Session } from './protocol.ts';
import type { Transport } from './transport.ts';

/** Tells whether the recordings of a session keep up with it, and when they have caught up. */
export class RecordingPace {
  readonly #session: Pick<Session, 'recorder' | 'rawTrack'>;
  readonly #onCaughtUp: () => void;
  #isAwaited = false;

  /** @param onCaughtUp Called after each time that one was found behind; another may be behind still. */
  constructor(session: Pick<Session, 'recorder' | 'rawTrack'>, onCaughtUp: () => void) {
    this.#session = session;
    this.#onCaughtUp = onCaughtUp;
  }

  /** Whether nothing more may be read, from either side: what is read is kept in memory until it is in the file. */
  isBehind(): boolean {
    const behind = this.#find();
    if (behind === undefined) return false;
    if (!this.#isAwaited) {
      this.#isAwaited = true;
      behind.onDrain(() => {
        this.#isAwaited = false;
        this.#onCaughtUp();
      });
    }
    return true;
  }

  /** Stops reading from both sides if so. */
  holdUp(one: Pick<Transport, 'pause'>, other: Pick<Transport, 'pause'>): void {
    if (!this.isBehind()) return;
    one.pause();
    other.pause();
  }

  #find(): Recorder | undefined {
    const { recorder, rawTrack } = this.#session;
    if (recorder?.congested === true) return recorder;
    return rawTrack?.congested === true ? rawTrack : undefined;
  }
}
