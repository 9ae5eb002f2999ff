import { ByteReader } from '../byte-reader.ts';
import { BackendType, finishMessage, startMessage } from './message-framing.ts';

/** What the server asks of a client that logs in. One message type with many meanings. */
export type Authentication =
  | { readonly type: 'AuthenticationOk' }
  | { readonly type: 'AuthenticationCleartextPassword' }
  /** `salt` is 4 bytes. */
  | { readonly type: 'AuthenticationMD5Password'; readonly salt: Buffer }
  | { readonly type: 'AuthenticationKerberosV5' }
  | { readonly type: 'AuthenticationGSS' }
  | { readonly type: 'AuthenticationGSSContinue'; readonly data: Buffer }
  | { readonly type: 'AuthenticationSSPI' }
  /** Names of SASL mechanisms, the server's preference first. */
  | { readonly type: 'AuthenticationSASL'; readonly mechanisms: readonly string[] }
  | { readonly type: 'AuthenticationSASLContinue'; readonly data: Buffer }
  | { readonly type: 'AuthenticationSASLFinal'; readonly data: Buffer };

const OK = 0;
const KERBEROS_V5 = 2;
const CLEARTEXT_PASSWORD = 3;
const MD5_PASSWORD = 5;
const GSS = 7;
const GSS_CONTINUE = 8;
const SSPI = 9;
const SASL = 10;
const SASL_CONTINUE = 11;
const SASL_FINAL = 12;

/**
 * Decodes the body of an `Authentication…` (`R`) message.
 *
 * @throws {ProtocolError} If the body is malformed or the code has no meaning in current servers.
 */
export function decodeAuthentication(body: Buffer): Authentication {
  const reader = new ByteReader(body, 'Authentication');
  const authentication = readAuthentication(reader);
  reader.expectEnd();
  return authentication;
}

function readAuthentication(reader: ByteReader): Authentication {
  const code = reader.int32();
  switch (code) {
    case OK:
      return { type: 'AuthenticationOk' };
    case KERBEROS_V5:
      return { type: 'AuthenticationKerberosV5' };
    case CLEARTEXT_PASSWORD:
      return { type: 'AuthenticationCleartextPassword' };
    case MD5_PASSWORD:
      return { type: 'AuthenticationMD5Password', salt: reader.bytes(4) };
    case GSS:
      return { type: 'AuthenticationGSS' };
    case GSS_CONTINUE:
      return { type: 'AuthenticationGSSContinue', data: reader.bytes(reader.remaining) };
    case SSPI:
      return { type: 'AuthenticationSSPI' };
    case SASL: {
      const mechanisms: string[] = [];
      for (let name = reader.name(); name !== ''; name = reader.name()) mechanisms.push(name);
      return { type: 'AuthenticationSASL', mechanisms };
    }
    case SASL_CONTINUE:
      return { type: 'AuthenticationSASLContinue', data: reader.bytes(reader.remaining) };
    case SASL_FINAL:
      return { type: 'AuthenticationSASLFinal', data: reader.bytes(reader.remaining) };
  }
  throw reader.error(`unknown request ${code}`);
}

/** Says that the client is logged in. */
export function encodeAuthenticationOk(): Buffer {
  return finishMessage(startMessage(BackendType.Authentication).int32(OK));
}

/** Asks for the password as it is. */
export function encodeAuthenticationCleartextPassword(): Buffer {
  return finishMessage(startMessage(BackendType.Authentication).int32(CLEARTEXT_PASSWORD));
}

/** Asks for the MD5 of password, user and `salt` (4 bytes). */
export function encodeAuthenticationMd5Password(salt: Uint8Array): Buffer {
  const writer = startMessage(BackendType.Authentication).int32(MD5_PASSWORD);
  return finishMessage(writer.bytes(salt));
}

/** Offers SASL mechanisms, the preferred one first. */
export function encodeAuthenticationSasl(mechanisms: readonly string[]): Buffer {
  const writer = startMessage(BackendType.Authentication).int32(SASL);
  for (const name of mechanisms) writer.cString(name);
  return finishMessage(writer.byte(0));
}

/** Carries a step of a SASL mechanism. */
export function encodeAuthenticationSaslContinue(data: Uint8Array): Buffer {
  const writer = startMessage(BackendType.Authentication).int32(SASL_CONTINUE);
  return finishMessage(writer.bytes(data));
}

/** Carries the last step of a SASL mechanism; `AuthenticationOk` follows. */
export function encodeAuthenticationSaslFinal(data: Uint8Array): Buffer {
  const writer = startMessage(BackendType.Authentication).int32(SASL_FINAL);
  return finishMessage(writer.bytes(data));
}
