import { ByteReader } from '../byte-reader.ts';
import { BackendType, finishMessage, startMessage } from './message-framing.ts';

/** The types of a statement's parameters, in the answer to Describe. */
export interface ParameterDescription {
  readonly type: 'ParameterDescription';
  readonly typeOids: readonly number[];
}

/** Decodes the body of a `ParameterDescription` (`t`) message. */
export function decodeParameterDescription(body: Buffer): ParameterDescription {
  const reader = new ByteReader(body, 'ParameterDescription');
  const count = reader.uint16();
  const typeOids: number[] = [];
  for (let index = 0; index < count; index++) typeOids.push(reader.uint32());
  reader.expectEnd();
  return { type: 'ParameterDescription', typeOids };
}

/** Encodes a whole `ParameterDescription` (`t`) message. */
export function encodeParameterDescription(typeOids: readonly number[]): Buffer {
  const writer = startMessage(BackendType.ParameterDescription).uint16(typeOids.length);
  for (const oid of typeOids) writer.uint32(oid);
  return finishMessage(writer);
}
