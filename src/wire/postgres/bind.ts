import { ByteReader } from '../byte-reader.ts';
import type { ByteWriter } from '../byte-writer.ts';
import { FrontendType, finishMessage, startMessage } from './message-framing.ts';

export interface Bind {
  readonly type: 'Bind';
  /** Empty for the unnamed portal. */
  readonly portalName: string;
  /** Empty for the unnamed statement. */
  readonly statementName: string;
  /** 0 = text, 1 = binary. None: all text. One: for all parameters. */
  readonly parameterFormats: readonly number[];
  /** They share the body's memory. */
  readonly parameters: readonly (Buffer | null)[];
  /** Like `parameterFormats`, for the columns of the result. */
  readonly resultFormats: readonly number[];
}

/**
 * Decodes the body of a `Bind` (`B`) message. Whether the number of formats fits the number of
 * parameters is left to the server, which answers a misfit with an error and goes on.
 */
export function decodeBind(body: Buffer): Bind {
  const reader = new ByteReader(body, 'Bind');
  const portalName = reader.name();
  const statementName = reader.name();
  const parameterFormats = readFormats(reader);
  const parameterCount = reader.uint16();
  const parameters: (Buffer | null)[] = [];
  for (let index = 0; index < parameterCount; index++) parameters.push(reader.nullableBytes());
  const resultFormats = readFormats(reader);
  reader.expectEnd();
  return { type: 'Bind', portalName, statementName, parameterFormats, parameters, resultFormats };
}

/** Encodes a whole `Bind` (`B`) message. */
export function encodeBind(bind: Omit<Bind, 'type'>): Buffer {
  const writer = startMessage(FrontendType.Bind);
  writer.cString(bind.portalName).cString(bind.statementName);
  writeFormats(writer, bind.parameterFormats);
  writer.uint16(bind.parameters.length);
  for (const parameter of bind.parameters) writer.nullableBytes(parameter);
  writeFormats(writer, bind.resultFormats);
  return finishMessage(writer);
}

function readFormats(reader: ByteReader): number[] {
  const count = reader.uint16();
  const formats: number[] = [];
  for (let index = 0; index < count; index++) formats.push(reader.int16());
  return formats;
}

function writeFormats(writer: ByteWriter, formats: readonly number[]): void {
  writer.uint16(formats.length);
  for (const format of formats) writer.int16(format);
}
