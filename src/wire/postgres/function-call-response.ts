import { ByteReader } from '../byte-reader.ts';

export interface FunctionCallResponse {
  readonly type: 'FunctionCallResponse';
  /** Null for SQL null. */
  readonly value: Buffer | null;
}

/** Decodes the body of a `FunctionCallResponse` (`V`) message. */
export function decodeFunctionCallResponse(body: Buffer): FunctionCallResponse {
  const reader = new ByteReader(body, 'FunctionCallResponse');
  const value = reader.nullableBytes();
  reader.expectEnd();
  return { type: 'FunctionCallResponse', value };
}
