import type { ExportRecord } from './export-record.ts';

/** Where entries are sent. */
export interface Sink extends AsyncDisposable {
  readonly name: string;
  /**
   * Sends records of one log, in order. Resolves once what has to be safe is safe at the other side. Records may come again
   * when an answer was lost; their ids are the same.
   *
   * @returns What became of those that were not simply taken.
   * @throws {SinkError} If nothing is known to be taken.
   */
  deliver(records: readonly ExportRecord[], signal: AbortSignal): Promise<Delivery>;
}

/** What a sink did not take. All other records of the batch were taken. */
export interface Delivery {
  /** To be sent again, in this order. */
  readonly again: readonly ExportRecord[];
  /** Never to be taken as they are. */
  readonly refused: readonly ExportRecord[];
  /** Of how many more the sink says the same without saying which. */
  readonly refusedUnnamed: number;
}

/** Everything was taken. */
export const ALL_TAKEN: Delivery = { again: [], refused: [], refusedUnnamed: 0 };

/** Tells failures of sinks apart. */
export type SinkErrorCode =
  /** It does not answer, or cannot take anything now. */
  | 'ERR_SINK_UNAVAILABLE'
  /** It does not let the gateway in: the configuration of one side is wrong. */
  | 'ERR_SINK_FORBIDDEN'
  /** It will never take these records together. */
  | 'ERR_SINK_REFUSED';

/** A sink did not take records. The text holds nothing of them, and no secret. */
export class SinkError extends Error {
  override readonly name = 'SinkError';
  readonly code: SinkErrorCode;
  /** Milliseconds that the other side asked to be left alone for. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: SinkErrorCode,
    reason: string,
    options?: ErrorOptions & { readonly retryAfterMs?: number | undefined },
  ) {
    super(`Cannot export: ${reason}`, options);
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
  }
}
