import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { HttpRequest } from '../../protocols/http/exchange.ts';
import { collectBody, WholeBody } from '../../protocols/http/whole-body.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import { withField, withoutTwins } from './with-field.ts';

/** A key of AWS, as its owner has it. */
export interface SigningKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** For whom, with what and when a request is signed. */
export interface Signing {
  readonly region: string;
  readonly service: string;
  readonly key: SigningKey;
  readonly nowMs: number;
}

/** Bytes of a body that is read whole to be signed; requests of most services are far shorter. */
const BODY_BYTES_MAX: number = 4 * 1024 * 1024;

/** The signature's own, which no client's may stand beside. */
const OWN_FIELDS: readonly string[] = [
  'authorization',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
];
const UNSIGNED = 'UNSIGNED-PAYLOAD';
/** Chunks without signatures, with a checksum behind them: nothing in them depends on who signs the head. */
const UNSIGNED_CHUNKS = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

/**
 * Signs a request with AWS Signature Version 4: its method, path, query, host, content type and `x-amz-*`.
 *
 * S3 takes bodies without a signature, over TLS, so they are streamed. All other services want to see a hash: the
 * body is read whole first, and refused if it is longer than 4 MiB.
 *
 * @throws {UpstreamError} `ERR_UPSTREAM_LOGIN` if it cannot be signed.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export async function signRequest(request: HttpRequest, signing: Signing): Promise<HttpRequest> {
  const { region, service, key, nowMs } = signing;
  const isS3 = service === 's3';
  const payload = isS3 ? streamedPayload(request) : await readPayload(request);
  const query = normalizeQuery(request.query);
  let fields = withoutTwins(request.fields, OWN_FIELDS);
  if (payload.stated !== undefined) {
    fields = withField(fields, 'x-amz-content-sha256', payload.stated);
  }
  const signer = new SignatureV4({
    credentials: key,
    region,
    service,
    sha256: Sha256,
    // S3 alone reads paths as they are.
    uriEscapePath: !isS3,
    applyChecksum: false,
  });
  const toSign = fields.filter((name) => name === 'content-type' || name.startsWith('x-amz-'));
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: `${request.scheme}:`,
      hostname: request.authority,
      path: request.path,
      query: groupQuery(query),
      headers: {
        ...Object.fromEntries([...toSign].map(([name]) => [name, toSign.get(name) ?? ''])),
        host: request.authority,
      },
      body: payload.bytes,
    },
    { signingDate: new Date(nowMs) },
  );
  for (const name of OWN_FIELDS) {
    const value = signed.headers[name];
    if (value !== undefined) fields = withField(fields, name, value);
  }
  return { ...request, query: formatQuery(query), fields, body: payload.body };
}

/** A body, and what stands for it in the signature: its bytes, or what is stated instead. */
interface Payload {
  readonly body: HttpRequest['body'];
  readonly bytes?: Buffer;
  readonly stated?: string;
}

function streamedPayload({ fields, body }: HttpRequest): Payload {
  const claimed = fields.get('x-amz-content-sha256') ?? '';
  if (claimed === UNSIGNED_CHUNKS) return { body, stated: claimed };
  if (claimed.startsWith('STREAMING-')) {
    throw unsignable('its body is in chunks that its client has signed');
  }
  return { body, stated: UNSIGNED };
}

function readPayload({ body }: HttpRequest): Promise<Payload> {
  return new Promise((resolve, reject) => {
    collectBody(body, BODY_BYTES_MAX, (collected) => {
      switch (collected.kind) {
        case 'whole': {
          const { bytes, trailers } = collected;
          return resolve({ body: new WholeBody(bytes, trailers), bytes });
        }
        case 'too-large':
          return reject(unsignable(`its body is longer than ${BODY_BYTES_MAX} bytes`));
        case 'cut':
          return reject(unsignable('its body broke off'));
      }
    });
  });
}

function unsignable(reason: string): UpstreamError {
  return new UpstreamError('ERR_UPSTREAM_LOGIN', `a request to it cannot be signed: ${reason}`);
}

type Parameter = readonly [name: string, value: string];

/**
 * Names and values as the target is to read them. A signature that a client made in the query goes; a plus sign
 * becomes the blank that it means, since not all services read it so.
 */
function normalizeQuery(query: string): readonly Parameter[] {
  return [...new URLSearchParams(query)].filter(([name]) => !/^x-amz-/i.test(name));
}

function formatQuery(parameters: readonly Parameter[]): string {
  return parameters.map(([name, value]) => `${escape(name)}=${escape(value)}`).join('&');
}

function groupQuery(parameters: readonly Parameter[]): Record<string, string[]> {
  const grouped = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of parameters) (grouped[name] ??= []).push(value);
  return grouped;
}

/** As the signature has it: everything but unreserved characters (RFC 3986). */
function escape(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** SHA-256 and its HMAC, as the signer asks for them. */
class Sha256 {
  readonly #secret: string | Uint8Array | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = typeof secret === 'string' || secret === undefined ? secret : bytesOf(secret);
    this.#hash = this.#begin();
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    this.#hash = this.#begin();
  }

  #begin(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
  }
}

function bytesOf(source: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
}
