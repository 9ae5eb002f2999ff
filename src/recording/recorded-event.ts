/**
 * One thing that happened in a recorded session, whatever its protocol. `atMs` counts from the
 * session's start. Values are as they were shown, control characters included.
 */
export type RecordedEvent =
  | {
      readonly kind: 'statement';
      readonly atMs: number;
      readonly text: string;
      readonly parameters?: readonly (string | null)[];
    }
  | { readonly kind: 'columns'; readonly atMs: number; readonly names: readonly string[] }
  | { readonly kind: 'row'; readonly atMs: number; readonly values: readonly (string | null)[] }
  | { readonly kind: 'done'; readonly atMs: number; readonly tag: string }
  | {
      readonly kind: 'error' | 'notice';
      readonly atMs: number;
      readonly severity: string;
      readonly code: string;
      readonly message: string;
      readonly detail?: string;
      readonly hint?: string;
    }
  | { readonly kind: 'data'; readonly atMs: number; readonly bytes: number }
  | { readonly kind: 'cut'; readonly atMs: number };

/** A stretch of bytes as it went over the wire. */
export interface RecordedBytes {
  readonly direction: 'sent' | 'shown';
  readonly atMs: number;
  readonly bytes: Buffer;
}
