import { isUtf8 } from 'node:buffer';

/** Longest line; names have 255 bytes. */
export const LINE_BYTES_MAX: number = 8 * 1024;
const SIZE_MAX = Number.MAX_SAFE_INTEGER;

/** A line of scp's old protocol, as the side that sends says what comes. */
export type ScpLine =
  | {
      readonly kind: 'file' | 'directory';
      /** Permissions. */
      readonly mode: number;
      /** Bytes; of a directory it means nothing. */
      readonly size: number;
      readonly name: string;
    }
  /** The directory is over. */
  | { readonly kind: 'end' }
  /** Of what comes next; seconds since 1970. */
  | { readonly kind: 'times'; readonly modified: number; readonly accessed: number }
  /** Something went wrong at the other side; after `fatal` it says no more. */
  | { readonly kind: 'error'; readonly isFatal: boolean }
  | { readonly kind: 'malformed'; readonly reason: string };

/** Parses a line without its line feed. Names lead nowhere but into the directory at hand. */
export function parseScpLine(line: Buffer): ScpLine {
  if (line[0] === 1 || line[0] === 2) return { kind: 'error', isFatal: line[0] === 2 };
  if (!isUtf8(line)) return { kind: 'malformed', reason: 'name is not UTF-8' };
  const text = line.toString('utf8');
  if (text === 'E') return { kind: 'end' };
  const times = /^T(\d{1,15}) \d{1,9} (\d{1,15}) \d{1,9}$/.exec(text);
  if (times !== null)
    return { kind: 'times', modified: Number(times[1]), accessed: Number(times[2]) };
  const entry = /^([CD])([0-7]{4,5}) (\d{1,19}) (.+)$/su.exec(text);
  if (entry === null) return { kind: 'malformed', reason: 'unknown line' };
  const [, letter, mode, size, name = ''] = entry;
  if (!isPlainName(name)) return { kind: 'malformed', reason: 'unexpected name' };
  if (Number(size) > SIZE_MAX) return { kind: 'malformed', reason: 'size beyond 2^53' };
  return {
    kind: letter === 'C' ? 'file' : 'directory',
    mode: Number.parseInt(mode ?? '', 8) & 0o7777,
    size: Number(size),
    name,
  };
}

/** Whether a name means an entry of the directory at hand, and no other. */
export function isPlainName(name: string): boolean {
  return name !== '.' && name !== '..' && !/[/\p{Cc}]/u.test(name) && name !== '';
}

/** The line that announces a file (`C`) or a directory (`D`). */
export function formatEntry(kind: 'C' | 'D', mode: number, size: number, name: string): string {
  return `${kind}${(mode & 0o7777).toString(8).padStart(4, '0')} ${size} ${name}\n`;
}

/** The line that says the times of what comes next. */
export function formatTimes({
  modified,
  accessed,
}: {
  readonly modified: number;
  readonly accessed: number;
}): string {
  return `T${modified} 0 ${accessed} 0\n`;
}
