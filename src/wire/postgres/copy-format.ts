import { ByteReader } from '../byte-reader.ts';

/** How the data of a COPY is written. */
export interface CopyFormat {
  readonly format: 'text' | 'binary';
  /** Per column: 0 = text, 1 = binary. */
  readonly columnFormats: readonly number[];
}

/** Decodes the body that CopyInResponse, CopyOutResponse and CopyBothResponse have in common. */
export function decodeCopyFormat(body: Buffer, messageName: string): CopyFormat {
  const reader = new ByteReader(body, messageName);
  const code = reader.byte();
  if (code > 1) throw reader.error('format is neither text nor binary');
  const columnCount = reader.uint16();
  const columnFormats: number[] = [];
  for (let index = 0; index < columnCount; index++) columnFormats.push(reader.int16());
  reader.expectEnd();
  return { format: code === 0 ? 'text' : 'binary', columnFormats };
}
