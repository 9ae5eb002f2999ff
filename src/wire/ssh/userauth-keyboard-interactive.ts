import { SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

export interface UserauthKeyboardInteractive {
  /** What the client would like to be asked by; a hint. */
  readonly submethods: string;
}

/** Decodes what a USERAUTH_REQUEST with the method `keyboard-interactive` ends with (RFC 4256 section 3.1). */
export function decodeUserauthKeyboardInteractive(methodData: Buffer): UserauthKeyboardInteractive {
  const reader = new SshReader(methodData, 'USERAUTH_REQUEST keyboard-interactive');
  reader.string();
  const submethods = reader.text();
  reader.expectEnd();
  return { submethods };
}

/** Encodes the method data of `keyboard-interactive`. */
export function encodeUserauthKeyboardInteractive(method: UserauthKeyboardInteractive): Buffer {
  return new SshWriter().text('').text(method.submethods).toBuffer();
}
