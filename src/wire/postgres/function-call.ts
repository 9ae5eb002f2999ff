import { ByteReader } from '../byte-reader.ts';
import { FrontendType, finishMessage, startMessage } from './message-framing.ts';

/** The fast path: calls a function by OID, without SQL. */
export interface FunctionCall {
  readonly type: 'FunctionCall';
  readonly functionOid: number;
  /** 0 = text, 1 = binary. None: all text. One: for all arguments. */
  readonly argumentFormats: readonly number[];
  readonly arguments: readonly (Buffer | null)[];
  readonly resultFormat: number;
}

/** Decodes the body of a `FunctionCall` (`F`) message. */
export function decodeFunctionCall(body: Buffer): FunctionCall {
  const reader = new ByteReader(body, 'FunctionCall');
  const functionOid = reader.uint32();
  const formatCount = reader.uint16();
  const argumentFormats: number[] = [];
  for (let index = 0; index < formatCount; index++) argumentFormats.push(reader.int16());
  const argumentCount = reader.uint16();
  const values: (Buffer | null)[] = [];
  for (let index = 0; index < argumentCount; index++) values.push(reader.nullableBytes());
  const resultFormat = reader.int16();
  reader.expectEnd();
  return { type: 'FunctionCall', functionOid, argumentFormats, arguments: values, resultFormat };
}

/** Encodes a whole `FunctionCall` (`F`) message. */
export function encodeFunctionCall(call: Omit<FunctionCall, 'type'>): Buffer {
  const writer = startMessage(FrontendType.FunctionCall).uint32(call.functionOid);
  writer.uint16(call.argumentFormats.length);
  for (const format of call.argumentFormats) writer.int16(format);
  writer.uint16(call.arguments.length);
  for (const value of call.arguments) writer.nullableBytes(value);
  return finishMessage(writer.int16(call.resultFormat));
}
