import { hash } from 'node:crypto';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { LedgerError } from './ledger-error.ts';

/**
 * Makes this process the only writer of a log, until disposed or dead.
 *
 * The lock is a listening socket in Linux's abstract namespace, named after the directory's inode: the
 * kernel grants it to one process and takes it back at death, so nothing stale is ever left. It does
 * not reach over network namespaces; two containers must not be given one log name on one volume.
 *
 * @throws {LedgerError} `ERR_LEDGER_LOCKED` if another process holds it.
 */
export async function lockLog(logDirectory: string): Promise<AsyncDisposable> {
  const { dev, ino } = await stat(logDirectory, { bigint: true });
  const id = hash('sha256', `sallyport ledger ${dev} ${ino}`, 'hex').slice(0, 32);
  const server = createServer((socket) => socket.destroy());
  // Without `exclusive`, the workers of a cluster would share one socket, and the lock with it.
  server.listen({ path: `\0sallyport-ledger-${id}`, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new LedgerError(
      'ERR_LEDGER_LOCKED',
      `Cannot lock log ${path.basename(logDirectory)}: another process writes it`,
      { cause: error },
    );
  }
  server.unref();
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      server.close();
      await once(server, 'close');
    },
  };
}
