import { ByteReader } from '../byte-reader.ts';
import { BackendType, finishMessage, startMessage } from './message-framing.ts';

/** The present value of a setting that the server reports. */
export interface ParameterStatus {
  readonly type: 'ParameterStatus';
  readonly name: string;
  readonly value: string;
}

/** Decodes the body of a `ParameterStatus` (`S`) message. */
export function decodeParameterStatus(body: Buffer): ParameterStatus {
  const reader = new ByteReader(body, 'ParameterStatus');
  const name = reader.cString();
  const value = reader.cString();
  reader.expectEnd();
  return { type: 'ParameterStatus', name, value };
}

/** Encodes a whole `ParameterStatus` (`S`) message. */
export function encodeParameterStatus(name: string, value: string): Buffer {
  return finishMessage(startMessage(BackendType.ParameterStatus).cString(name).cString(value));
}
