import { MessageNumber } from './message-number.ts';
import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';
import type { UserauthRequest } from './userauth-request.ts';

export interface UserauthPublicKey {
  readonly algorithm: string;
  /** Public key or certificate. */
  readonly blob: Buffer;
  /** Undefined in a question whether the key would do, which proves nothing. */
  readonly signature: Buffer | undefined;
}

/** Decodes what a USERAUTH_REQUEST with the method `publickey` ends with (RFC 4252 section 7). */
export function decodeUserauthPublicKey(methodData: Buffer): UserauthPublicKey {
  const reader = new SshReader(methodData, 'USERAUTH_REQUEST publickey');
  const isSigned = reader.boolean();
  const algorithm = reader.identifier();
  const blob = reader.string();
  const signature = isSigned ? reader.string() : undefined;
  reader.expectEnd();
  return { algorithm, blob, signature };
}

/** Encodes the method data of `publickey`. */
export function encodeUserauthPublicKey(method: UserauthPublicKey): Buffer {
  const { algorithm, blob, signature } = method;
  const writer = new SshWriter()
    .boolean(signature !== undefined)
    .text(algorithm)
    .string(blob);
  if (signature !== undefined) writer.string(signature);
  return writer.toBuffer();
}

/** The bytes that the signature of a `publickey` request covers. */
export function encodeSignedUserauth(
  sessionId: Buffer,
  request: Pick<UserauthRequest, 'userName' | 'serviceName'>,
  method: Pick<UserauthPublicKey, 'algorithm' | 'blob'>,
): Buffer {
  return new SshWriter()
    .string(sessionId)
    .byte(MessageNumber.UserauthRequest)
    .text(request.userName)
    .text(request.serviceName)
    .text('publickey')
    .boolean(true)
    .text(method.algorithm)
    .string(method.blob)
    .toBuffer();
}
