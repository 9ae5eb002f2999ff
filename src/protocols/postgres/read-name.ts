import { decodeBind } from '../../wire/postgres/bind.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { type Encodings, readLetters } from './read-letters.ts';

/** Characters of one parameter value that the ledger keeps. */
const PARAMETER_CHARACTERS_MAX = 1024;

/** Finds the zero byte that ends a name at `start`, without decoding anything. @throws {ProtocolError} */
export function readName(buffer: Buffer, start: number, end: number, message: string): number {
  const zero = buffer.indexOf(0, start);
  if (zero === -1 || zero >= end) throw new ProtocolError(message, 'string is not terminated');
  return zero;
}

/** Finds the zero bytes that end two names, one after the other. @throws {ProtocolError} */
export function readTwoNames(
  buffer: Buffer,
  start: number,
  end: number,
  message: string,
): readonly [number, number] {
  const first = readName(buffer, start, end, message);
  return [first, readName(buffer, first + 1, end, message)];
}

/** @throws {ProtocolError} If a message that has no fields has some. */
export function expectEmpty(body: number, end: number, message: string): void {
  if (end !== body) throw new ProtocolError(message, `${end - body} bytes after the last field`);
}

/** The values of a Bind as the ledger keeps them: text as it is, binary in hex, cut, NULL as null. */
export function decodeBoundParameters(
  body: Buffer,
  encodings: Encodings,
): readonly (string | null)[] {
  const { parameters, parameterFormats } = decodeBind(body);
  return parameters.map((value, index) => {
    if (value === null) return null;
    const format =
      parameterFormats.length === 1 ? parameterFormats[0] : (parameterFormats[index] ?? 0);
    const text = format === 1 ? `\\x${value.toString('hex')}` : readLetters(value, encodings);
    return text.slice(0, PARAMETER_CHARACTERS_MAX);
  });
}
