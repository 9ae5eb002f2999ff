import type { Decision } from '../policy/decision.ts';
import type { Recorder, RecordingSummary } from '../recording/recorder.ts';
import type { OpenedRecording } from './door.ts';

/** Whether something may only happen while the raw track is kept. */
export function needsRawTrack(decision: Decision): boolean {
  if (decision.kind === 'deny') return false;
  const { obligations } = decision;
  return obligations !== undefined && obligations.length > 0;
}

/** The sealed track of one session: begun when a policy first asks for it, and kept until the session ends. */
export class SessionRawTrack {
  readonly #open: () => Promise<OpenedRecording>;
  readonly #onFailure: () => void;
  #opening: Promise<void> | undefined;
  #recorder: Recorder | undefined;
  #isClosed = false;

  /** @param open Begins the track, and enters that in the ledger. @param onFailure It cannot go on. */
  constructor(open: () => Promise<OpenedRecording>, onFailure: () => void) {
    this.#open = open;
    this.#onFailure = onFailure;
  }

  /** Undefined until it began, and once it is finished: what the target says to a session that is over. */
  get recorder(): Recorder | undefined {
    return this.#isClosed ? undefined : this.#recorder;
  }

  /** Resolves once the track is kept; rejects if it cannot be. */
  begin(): Promise<void> {
    this.#opening ??= this.#begin();
    return this.#opening;
  }

  /** Undefined if there is none. */
  finish(): Promise<RecordingSummary> | undefined {
    this.#isClosed = true;
    return this.#recorder?.finish();
  }

  async #begin(): Promise<void> {
    const { recorder, onFailure } = await this.#open();
    if (this.#isClosed) {
      await recorder.finish();
      throw new Error('the session has ended');
    }
    this.#recorder = recorder;
    onFailure(this.#onFailure);
  }
}
