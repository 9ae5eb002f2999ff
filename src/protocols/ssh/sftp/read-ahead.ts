import type { Response } from '../../../wire/sftp/responses.ts';
import type { SftpTarget } from './sftp-target.ts';

/** What every server answers at once (draft, section 6.4). */
const CHUNK_BYTES = 32 * 1024;
const READS_AHEAD = 16;

/** The target could not go on reading a file. */
export class FileReadError extends Error {
  override readonly name = 'FileReadError';
  readonly code = 'ERR_FILE_READ';
  readonly response: Response;

  constructor(response: Response) {
    super('Cannot read file: the target refused');
    this.response = response;
  }
}

/**
 * Reads a file of the target from its start to its end, some requests ahead.
 *
 * @throws {FileReadError}
 */
export async function* readAhead(
  target: SftpTarget,
  handle: Buffer,
  bytesMax: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer, void> {
  let asked = 0;
  const reads: { readonly offset: number; readonly chunk: ReturnType<SftpTarget['read']> }[] = [];
  for (;;) {
    while (reads.length < READS_AHEAD && asked < bytesMax) {
      reads.push({ offset: asked, chunk: target.read(handle, asked, CHUNK_BYTES) });
      asked += CHUNK_BYTES;
    }
    const read = reads.shift();
    if (read === undefined) return;
    let missing = CHUNK_BYTES;
    let chunk = await read.chunk;
    while (Buffer.isBuffer(chunk) && chunk.length > 0) {
      yield chunk;
      missing -= chunk.length;
      if (missing <= 0) break;
      // Fewer bytes than asked for need not be the end.
      chunk = await target.read(handle, read.offset + CHUNK_BYTES - missing, missing);
    }
    if (chunk !== undefined && !Buffer.isBuffer(chunk)) throw new FileReadError(chunk);
    if (chunk === undefined || chunk.length === 0) return;
  }
}
