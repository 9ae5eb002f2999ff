import { LedgerError } from '../audit/ledger-error.ts';

/**
 * What to do about an error that kept a gateway or connector from starting, where that is known.
 *
 * @returns One sentence or two; undefined where the error was not foreseen.
 */
export function adviseOnStart(error: unknown): string | undefined {
  if (error instanceof LedgerError && error.code === 'ERR_LEDGER_FORMAT') {
    return 'Nothing was changed. Run the version that wrote it, or begin another log: docs/upgrade.md.';
  }
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return undefined;
  const advice = error.syscall === 'listen' ? LISTEN_ADVICE : FILE_ADVICE;
  return advice.get(error.code);
}

const LISTEN_ADVICE: ReadonlyMap<unknown, string> = new Map([
  [
    'EADDRINUSE',
    'Another program listens there, perhaps a gateway that still runs. Stop it, or choose another address in the configuration.',
  ],
  [
    'EACCES',
    'Ports below 1024 need a privilege: take a higher one, or have systemd hand the socket over (docs/install.md).',
  ],
  ['EADDRNOTAVAIL', 'The address is none of this machine; 0.0.0.0 stands for all that it has.'],
]);

const NOT_OURS =
  'The account that runs it must own its data directory, and be able to read its configuration. As that account, ask: sallyport doctor --config DIRECTORY';
const FILE_ADVICE: ReadonlyMap<unknown, string> = new Map([
  ['EACCES', NOT_OURS],
  ['EPERM', NOT_OURS],
  ['EROFS', 'The file system there is read-only: the data directory must be on another.'],
  ['ENOSPC', 'The disk is full: make room, then start again.'],
]);
