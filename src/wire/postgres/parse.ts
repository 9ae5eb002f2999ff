import { ByteReader } from '../byte-reader.ts';
import { FrontendType, finishMessage, startMessage } from './message-framing.ts';

export interface Parse {
  readonly type: 'Parse';
  /** Empty for the unnamed statement. */
  readonly statementName: string;
  /** Bytes that are not UTF-8 show as U+FFFD. */
  readonly text: string;
  /** Where the text lies in the body, in bytes, without its zero byte. */
  readonly textStart: number;
  readonly textEnd: number;
  /** OIDs of the first parameters; 0 where the server shall infer the type. */
  readonly parameterTypeOids: readonly number[];
}

/** Decodes the body of a `Parse` (`P`) message. */
export function decodeParse(body: Buffer): Parse {
  const reader = new ByteReader(body, 'Parse');
  const statementName = reader.name();
  const textStart = reader.offset;
  const textEnd = reader.skipCString();
  const parameterTypeCount = reader.uint16();
  const parameterTypeOids: number[] = [];
  for (let index = 0; index < parameterTypeCount; index++) parameterTypeOids.push(reader.uint32());
  reader.expectEnd();
  const text = body.toString('utf8', textStart, textEnd);
  return { type: 'Parse', statementName, text, textStart, textEnd, parameterTypeOids };
}

/** Encodes a whole `Parse` (`P`) message. */
export function encodeParse(
  statementName: string,
  text: string,
  parameterTypeOids: readonly number[] = [],
): Buffer {
  const writer = startMessage(FrontendType.Parse).cString(statementName).cString(text);
  writer.uint16(parameterTypeOids.length);
  for (const oid of parameterTypeOids) writer.uint32(oid);
  return finishMessage(writer);
}

/**
 * A whole `Parse` message with another text and everything else as in `buffer[start, end)`, which is
 * a body.
 *
 * @param textStart Offset of the text in `buffer`.
 * @param textEnd Offset of the zero byte behind it.
 */
export function replaceParseText(
  buffer: Buffer,
  body: { readonly start: number; readonly end: number },
  old: { readonly textStart: number; readonly textEnd: number },
  text: string,
): Buffer {
  const textBytes = Buffer.from(text);
  const before = old.textStart - body.start;
  const after = body.end - old.textEnd;
  const message = Buffer.allocUnsafe(5 + before + textBytes.length + after);
  message[0] = FrontendType.Parse;
  message.writeInt32BE(message.length - 1, 1);
  buffer.copy(message, 5, body.start, old.textStart);
  textBytes.copy(message, 5 + before);
  buffer.copy(message, 5 + before + textBytes.length, old.textEnd, body.end);
  return message;
}
