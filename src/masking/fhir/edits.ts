import type { ByteOutput } from '../content/byte-output.ts';

/** A part of a document and what takes its place; undefined: it stays, or that is not known yet. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  text: string | undefined;
}

/** Writes the document `bytes[start, end)` with changes, which are in their order. */
export function applyEdits(
  edits: readonly Edit[],
  { bytes, start, end }: { readonly bytes: Buffer; readonly start: number; readonly end: number },
  output: ByteOutput,
): void {
  let from = start;
  for (const edit of edits) {
    if (edit.text === undefined) continue;
    output.copy(bytes, from, edit.start);
    output.text(edit.text);
    from = edit.end;
  }
  output.copy(bytes, from, end);
}
