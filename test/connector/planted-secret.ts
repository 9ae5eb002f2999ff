import { createHmac, type KeyObject, pbkdf2Sync, randomBytes } from 'node:crypto';
import { BytePatterns, type NamedPattern } from './byte-patterns.ts';

/** A secret that a test has put somewhere, to look where it has got to. */
export interface PlantedSecret {
  readonly name: string;
  readonly text: string;
  /** What does as well as the secret, by what it is called. */
  readonly derived: ReadonlyMap<string, Buffer>;
  /** Parts of the text that give it away. */
  readonly parts: readonly string[];
}

/** No word of any dictionary: what is found is a leak and nothing else. Its signs are escaped in URLs. */
export function plant(name: string): PlantedSecret {
  return {
    name,
    text: `pl+${randomBytes(15).toString('hex')}/${name}`,
    derived: new Map(),
    parts: [],
  };
}

/**
 * A password of PostgreSQL, with the keys that SCRAM derives from it (RFC 5802, section 3).
 *
 * @param verifier As the server keeps it: `SCRAM-SHA-256$4096:salt$stored:server`.
 */
export function withScramKeys(secret: PlantedSecret, verifier: string): PlantedSecret {
  const [, iterations = '', salt = ''] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$/.exec(verifier) ?? [];
  if (salt === '') throw new Error('Cannot derive keys: the server keeps no verifier of SCRAM');
  const salted = pbkdf2Sync(
    secret.text,
    Buffer.from(salt, 'base64'),
    Number(iterations),
    32,
    'sha256',
  );
  const keyOf = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const derived = new Map([
    ['salted password', salted],
    ['client key', keyOf('Client Key')],
    ['server key', keyOf('Server Key')],
  ]);
  return { ...secret, derived };
}

/** A private key. @param pem As it is kept. @param key The same, read. */
export function plantKey(name: string, pem: string, key: KeyObject): PlantedSecret {
  const { d = '' } = key.export({ format: 'jwk' });
  const number = Buffer.from(d, 'base64url');
  return { name, text: pem, derived: new Map([['key', number]]), parts: findParts(pem, number) };
}

/** What each line of a PEM shows of a number: the rest of it may be public. */
function findParts(pem: string, number: Buffer): readonly string[] {
  const lines = pem.split('\n').filter((line) => line !== '' && !line.startsWith('-'));
  const body = lines.join('');
  for (const phase of [0, 1, 2]) {
    const written = base64At(number, phase);
    const from = body.indexOf(written);
    if (from === -1) continue;
    const parts: string[] = [];
    let start = 0;
    for (const { length } of lines) {
      const part = body.slice(
        Math.max(start, from),
        Math.min(start + length, from + written.length),
      );
      if (part.length >= PART_LENGTH_MIN) parts.push(part);
      start += length;
    }
    return parts;
  }
  throw new Error('Cannot find the key in its PEM');
}

/** All that gives one of the secrets away. The name of a pattern is that of its secret, and how it is written. */
export function describeSecrets(secrets: readonly PlantedSecret[]): BytePatterns {
  return new BytePatterns(
    secrets.flatMap(({ name, text, derived, parts }) => [
      ...encode(name, Buffer.from(text)),
      ...parts.map((part) => ({ name: `${name}: part`, bytes: Buffer.from(part) })),
      ...[...derived].flatMap(([what, bytes]) => encode(`${name} ${what}`, bytes)),
    ]),
  );
}

const PART_LENGTH_MIN = 12;

function encode(name: string, bytes: Buffer): readonly NamedPattern[] {
  const text = bytes.toString('latin1');
  const writings: readonly (readonly [string, string | Buffer])[] = [
    ['raw', bytes],
    ['hex', bytes.toString('hex')],
    ['HEX', bytes.toString('hex').toUpperCase()],
    ['URL', encodeURIComponent(text)],
    ['UTF-16LE', Buffer.from(text, 'utf16le')],
    ['UTF-16BE', Buffer.from(text, 'utf16le').swap16()],
    ['reversed', Buffer.from(bytes).reverse()],
    ...[0, 1, 2].map((phase) => [`base64 ${phase}`, base64At(bytes, phase)] as const),
    ...[0, 1, 2].map((phase) => [`base64url ${phase}`, base64urlAt(bytes, phase)] as const),
  ];
  return writings.map(([writing, written]) => ({
    name: `${name}: ${writing}`,
    bytes: typeof written === 'string' ? Buffer.from(written) : written,
  }));
}

/** What of the base64 of a text stays the same, if so many bytes (modulo 3) stand before these. */
function base64At(bytes: Buffer, phase: number): string {
  const encoded = Buffer.concat([Buffer.alloc(phase), bytes]).toString('base64');
  const fromOthers = Math.ceil((phase * 8) / 6);
  const whole = Math.floor(((phase + bytes.length) * 8) / 6);
  return encoded.slice(fromOthers, whole);
}

function base64urlAt(bytes: Buffer, phase: number): string {
  return base64At(bytes, phase).replaceAll('+', '-').replaceAll('/', '_');
}
