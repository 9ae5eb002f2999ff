import { ProtocolError } from '../protocol-error.ts';

/** RFC 4253 section 4.2, the end of the line counted. */
const LINE_BYTES_MAX = 255;
/** Of what a server may say before; OpenSSH reads 1024 lines of 8 KiB, and nobody sends any. */
const BEFORE_BYTES_MAX: number = 8 * 1024;

const LINE_FEED = 0x0a;

/** Printable US-ASCII with spaces. Old servers say 1.99 for "2.0 as well". */
const IDENTIFICATION = /^SSH-(?:2\.0|1\.99)-[!-~][ -~]*$/;

export interface Identification {
  /** Without the end of the line, which does not go into the exchange hash. */
  readonly line: string;
  /** Where packets begin. */
  readonly end: number;
}

/**
 * Finds the line by which a peer says what it is; undefined until more has come.
 *
 * @param received All that the peer sent.
 * @param role The peer's. A server may send other lines before, a client may not.
 * @throws {ProtocolError} If the peer does not speak SSH 2, or says too much first.
 */
export function findIdentification(
  received: Buffer,
  role: 'client' | 'server',
): Identification | undefined {
  let start = 0;
  for (;;) {
    const lineFeed = received.indexOf(LINE_FEED, start);
    const end = lineFeed === -1 ? received.length : lineFeed;
    const isIdentification = role === 'client' || startsLikeOne(received, start, end);
    const bytesMax = isIdentification ? LINE_BYTES_MAX - 1 : BEFORE_BYTES_MAX - start;
    if (end - start > bytesMax) throw violation('line is too long');
    // A byte that no line holds, such as of a TLS hello, needs no wait for the end of the line.
    if (received.subarray(start, end).includes(0)) throw violation('line holds a zero byte');
    if (lineFeed === -1) return undefined;
    if (isIdentification) return checkLine(received.toString('latin1', start, end), lineFeed + 1);
    start = lineFeed + 1;
  }
}

function checkLine(withReturn: string, end: number): Identification {
  const line = withReturn.endsWith('\r') ? withReturn.slice(0, -1) : withReturn;
  if (!IDENTIFICATION.test(line)) throw violation('peer does not speak SSH 2');
  return { line, end };
}

/** Whether the line is, or may become, an identification. */
function startsLikeOne(received: Buffer, start: number, end: number): boolean {
  const prefix = received.toString('latin1', start, Math.min(end, start + 4));
  return 'SSH-'.startsWith(prefix) && (prefix.length === 4 || end === received.length);
}

function violation(reason: string): ProtocolError {
  return new ProtocolError('identification', reason);
}
