import { createHash } from 'node:crypto';
import { SshWriter } from '../../../wire/ssh/ssh-writer.ts';
import type { KeyExchangeHash } from './key-agreement.ts';

/** All that both sides said up to the shared secret. */
export interface ExchangeTranscript {
  readonly clientIdentification: string;
  readonly serverIdentification: string;
  readonly clientInit: Buffer;
  readonly serverInit: Buffer;
  readonly hostKey: Buffer;
  readonly clientValue: Buffer;
  readonly serverValue: Buffer;
  /** As the method encodes it. */
  readonly secret: Buffer;
}

/** What the server signs (RFC 4253 section 8, RFC 5656 section 4). */
export function hashExchange(hash: KeyExchangeHash, transcript: ExchangeTranscript): Buffer {
  const bytes = new SshWriter()
    .text(transcript.clientIdentification)
    .text(transcript.serverIdentification)
    .string(transcript.clientInit)
    .string(transcript.serverInit)
    .string(transcript.hostKey)
    .string(transcript.clientValue)
    .string(transcript.serverValue)
    .bytes(transcript.secret)
    .toBuffer();
  return createHash(hash).update(bytes).digest();
}

/** What the keys of both directions are made of. */
export interface KeyMaterial {
  readonly hash: KeyExchangeHash;
  readonly secret: Buffer;
  readonly exchangeHash: Buffer;
  readonly sessionId: Buffer;
}

const LETTERS = {
  toServer: { iv: 'A', key: 'C', mac: 'E' },
  toClient: { iv: 'B', key: 'D', mac: 'F' },
} as const;

/** Derives key bytes of one direction (RFC 4253 section 7.2). */
export function deriveKey(
  material: KeyMaterial,
  direction: keyof typeof LETTERS,
  purpose: 'iv' | 'key' | 'mac',
  bytes: number,
): Buffer {
  const { hash, secret, exchangeHash, sessionId } = material;
  const start = createHash(hash).update(secret).update(exchangeHash);
  let key = start.update(LETTERS[direction][purpose]).update(sessionId).digest();
  while (key.length < bytes) {
    const more = createHash(hash).update(secret).update(exchangeHash).update(key).digest();
    key = Buffer.concat([key, more]);
  }
  return key.subarray(0, bytes);
}
