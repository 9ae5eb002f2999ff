import { hash } from 'node:crypto';

/** The digest of what came, in hex, where a text that was read from it is not just that in UTF-8. */
export function digestOf(sent: Buffer, text: string): string | undefined {
  // What is kept as Latin-1 for its bytes above ASCII is longer in UTF-8.
  return Buffer.byteLength(text) === sent.length ? undefined : hash('sha256', sent);
}
