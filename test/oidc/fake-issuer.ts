import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A key pair of a {@link FakeIssuer}. */
export interface FakeKey {
  readonly kid: string;
  readonly algorithm: 'RS256' | 'ES256' | 'EdDSA';
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Everything a test may want to be wrong about a token. */
export interface TokenFlaws {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: FakeKey;
}

/** For tests: an issuer on loopback whose documents, keys and tokens can be made wrong in every way. */
export class FakeIssuer implements AsyncDisposable {
  readonly requests: string[] = [];
  /** What each path answers; `undefined` for a failure. */
  readonly documents: Map<string, unknown> = new Map();
  key: FakeKey = createFakeKey('first');
  issuer = '';
  /** When false, every request is cut. */
  reachable = true;
  /** Requests are answered when this is over. */
  pause: Promise<void> = Promise.resolve();
  readonly #server = createServer((request, response) => {
    this.requests.push(request.url ?? '');
    void this.pause.then(() => this.#answer(request, response));
  });

  static async start(): Promise<FakeIssuer> {
    const fake = new FakeIssuer();
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    fake.issuer = `http://127.0.0.1:${(fake.#server.address() as AddressInfo).port}`;
    fake.documents.set('/.well-known/openid-configuration', {
      issuer: fake.issuer,
      jwks_uri: `${fake.issuer}/jwks`,
    });
    fake.publish(fake.key);
    return fake;
  }

  /** Makes these the published keys. */
  publish(...keys: readonly FakeKey[]): void {
    this.documents.set('/jwks', { keys: keys.map(formatJwk) });
  }

  fetchesOf(path: string): number {
    return this.requests.filter((one) => one === path).length;
  }

  /** A token that is right in everything but the given flaws. */
  issue({ claims = {}, header = {}, key = this.key }: TokenFlaws = {}): string {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const signed = formatSigningInput(
      { alg: key.algorithm, kid: key.kid, ...header },
      {
        iss: this.issuer,
        sub: 'ana',
        aud: 'sallyport',
        iat: nowSeconds,
        exp: nowSeconds + 300,
        ...claims,
      },
    );
    const digest = key.algorithm === 'EdDSA' ? undefined : 'sha256';
    const options = { key: key.privateKey, dsaEncoding: 'ieee-p1363' as const };
    return `${signed}.${sign(digest, Buffer.from(signed), options).toString('base64url')}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const document = this.documents.get(request.url ?? '');
    if (!this.reachable) response.destroy();
    else if (document === undefined) response.writeHead(404).end();
    else response.end(typeof document === 'string' ? document : JSON.stringify(document));
  }
}

/** A new key pair. RSA takes a tenth of a second. */
export function createFakeKey(kid: string, algorithm: FakeKey['algorithm'] = 'ES256'): FakeKey {
  switch (algorithm) {
    case 'RS256':
      return { kid, algorithm, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
    case 'ES256':
      return { kid, algorithm, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
    case 'EdDSA':
      return { kid, algorithm, ...generateKeyPairSync('ed25519') };
  }
}

/** A token "signed" with HMAC, as an attacker would who only has the public key. */
export function forgeWithHmac(claims: Readonly<Record<string, unknown>>, secret: Buffer): string {
  const signed = formatSigningInput({ alg: 'HS256', kid: 'first' }, claims);
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** A token with no signature at all. */
export function forgeUnsigned(
  claims: Readonly<Record<string, unknown>>,
  algorithm: string,
): string {
  return `${formatSigningInput({ alg: algorithm }, claims)}.`;
}

/** The public key as a key set holds it. */
export function formatJwk({ kid, algorithm, publicKey }: FakeKey): Record<string, unknown> {
  return { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
}

function formatSigningInput(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode(header)}.${encode(claims)}`;
}
