/** Milliseconds after which it is asked again whether somebody may still be shown what lasts. */
const ASKED_AGAIN_MS = 5_000;

export interface Entitlement {
  /** Asked anew: the sign-in may have ended since, or the permit be gone. */
  readonly isStillEntitled: () => Promise<boolean>;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
}

/**
 * Passes on what a source has for as long as its reader may see it, however slowly that reads.
 *
 * @throws {NotEntitledError} Once it may not: what was passed on is not all, and is not to be taken for that.
 */
export async function* whileEntitled<Item>(
  source: AsyncIterable<Item>,
  { isStillEntitled, nowMs }: Entitlement,
): AsyncGenerator<Item, void> {
  let askedAtMs = nowMs();
  for await (const item of source) {
    // Clocks may be set back.
    if (Math.abs(nowMs() - askedAtMs) >= ASKED_AGAIN_MS) {
      if (!(await isStillEntitled())) throw new NotEntitledError();
      askedAtMs = nowMs();
    }
    yield item;
  }
}

/** Somebody may not see the rest of what was begun. */
export class NotEntitledError extends Error {
  override readonly name = 'NotEntitledError';
  readonly code = 'ERR_NOT_ENTITLED';

  constructor() {
    super('Cannot go on: who reads may not see it any more');
  }
}
