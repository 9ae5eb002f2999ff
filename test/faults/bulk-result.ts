import { query, type RawConnection } from '../e2e/raw-connection.ts';

/** Bytes of one row's text. */
const ROW_BYTES = 1_000;
const READY_FOR_QUERY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** A statement whose result has about `bytes` bytes. */
export function bulkStatement(bytes: number): string {
  const rows = Math.ceil(bytes / ROW_BYTES);
  return `SELECT repeat('x', ${ROW_BYTES}) FROM generate_series(1, ${rows})`;
}

/** Runs a statement and throws its result away; resolves with the number of bytes that came. */
export function discardResult({ socket }: RawConnection, sql: string): Promise<number> {
  socket.removeAllListeners('data');
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let tail: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      // Only the end is looked at, which may lie in two chunks.
      tail = Buffer.concat([tail, chunk.subarray(-READY_FOR_QUERY.length)]).subarray(
        -READY_FOR_QUERY.length,
      );
      if (tail.equals(READY_FOR_QUERY)) resolve(bytes);
    });
    socket.on('close', () => reject(new Error(`Cannot read the result: cut after ${bytes} bytes`)));
    socket.write(query(sql));
  });
}
