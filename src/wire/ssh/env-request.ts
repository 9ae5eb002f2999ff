import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

export interface EnvRequest {
  readonly name: string;
  readonly value: string;
}

/** Decodes the data of the channel request `env`. */
export function decodeEnvRequest(requestData: Buffer): EnvRequest {
  const reader = new SshReader(requestData, 'env');
  const name = reader.text();
  const value = reader.text();
  reader.expectEnd();
  return { name, value };
}

/** Encodes the data of `env`. */
export function encodeEnvRequest(request: EnvRequest): Buffer {
  return new SshWriter().text(request.name).text(request.value).toBuffer();
}
