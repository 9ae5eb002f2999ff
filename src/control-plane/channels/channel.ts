import type { Notice } from './notice.ts';
import type { Warning } from './warning.ts';

/** Where people are told of access requests, and of what is unusual. */
export interface Channel {
  readonly name: string;
  /** Only requests that members of one of these groups may review; all when empty. */
  readonly groups: readonly string[];
  /**
   * Sends one message. May be called again for the same one when an answer was lost.
   *
   * @param receipt What the last message about the same request resolved with.
   * @returns What a later message about the same request needs.
   * @throws {ChannelError} If it was not taken.
   */
  deliver(
    notice: Notice,
    receipt: string | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined>;
  /**
   * Tells of an alert, by a message of its own. May be called again when an answer was lost.
   *
   * @throws {ChannelError} If it was not taken.
   */
  warn(warning: Warning, signal: AbortSignal): Promise<void>;
}

/** A channel did not take a message. Its text holds nothing of the message and no secret. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
  readonly code = 'ERR_CHANNEL';
  /** Milliseconds for which the channel asked not to be tried again. */
  readonly againAfterMs: number;

  constructor(
    channel: string,
    reason: string,
    { againAfterMs = 0, ...options }: ErrorOptions & { readonly againAfterMs?: number } = {},
  ) {
    super(`Cannot deliver to ${channel}: ${reason}`, options);
    this.againAfterMs = againAfterMs;
  }
}
