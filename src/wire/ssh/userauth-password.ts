import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

export interface UserauthPassword {
  readonly password: string;
  /** Present when the user changes the password. */
  readonly newPassword: string | undefined;
}

/** Decodes what a USERAUTH_REQUEST with the method `password` ends with (RFC 4252 section 8). */
export function decodeUserauthPassword(methodData: Buffer): UserauthPassword {
  const reader = new SshReader(methodData, 'USERAUTH_REQUEST password');
  const isChange = reader.boolean();
  const password = reader.text();
  const newPassword = isChange ? reader.text() : undefined;
  reader.expectEnd();
  return { password, newPassword };
}

/** Encodes the method data of `password`. */
export function encodeUserauthPassword(password: string): Buffer {
  return new SshWriter().boolean(false).text(password).toBuffer();
}
