import { createHash, createHmac } from 'node:crypto';
import type { ReceivedRequest } from './start-service.ts';

/** A user's keys, as AWS knows them. */
export interface KnownKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * Whether a request carries the signature that AWS would work out for it: written from the specification, and not with
 * the code that signs.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function isSigned(request: ReceivedRequest, keys: KnownKeys): boolean {
  const authorization = request.headers.authorization ?? '';
  const [, credential = '', signedHeaders = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      authorization,
    ) ?? [];
  const [accessKeyId, ...scope] = credential.split('/');
  if (accessKeyId !== keys.accessKeyId) return false;
  if (request.headers['x-amz-security-token'] !== keys.sessionToken) return false;
  const [path = '/', query = ''] = request.url.split('?');
  const canonical = [
    request.method,
    path,
    query,
    ...signedHeaders.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}`),
    '',
    signedHeaders,
    hash(request.body),
  ].join('\n');
  return (
    sign(canonical, { scope, date: String(request.headers['x-amz-date']), keys }) === signature
  );
}

/** The same for a request whose signature is in its query: `host:port/?Action=connect&…`, as RDS takes for a password. */
export function isSignedInQuery(text: string, keys: KnownKeys): boolean {
  const url = new URL(`https://${text}`);
  const given = url.searchParams.get('X-Amz-Signature');
  const pairs = url.search
    .slice(1)
    .split('&')
    .filter((pair) => !pair.startsWith('X-Amz-Signature='));
  const [accessKeyId, ...scope] = (url.searchParams.get('X-Amz-Credential') ?? '').split('/');
  if (accessKeyId !== keys.accessKeyId) return false;
  const token = url.searchParams.get('X-Amz-Security-Token');
  if ((token ?? undefined) !== keys.sessionToken) return false;
  const canonical = [
    'GET',
    '/',
    pairs.toSorted().join('&'),
    `host:${url.host}`,
    '',
    'host',
    hash(''),
  ].join('\n');
  return sign(canonical, { scope, date: url.searchParams.get('X-Amz-Date') ?? '', keys }) === given;
}

function sign(
  canonical: string,
  {
    scope,
    date,
    keys,
  }: { readonly scope: readonly string[]; readonly date: string; readonly keys: KnownKeys },
): string {
  const text = ['AWS4-HMAC-SHA256', date, scope.join('/'), hash(canonical)].join('\n');
  let key: Buffer = Buffer.from(`AWS4${keys.secretAccessKey}`);
  for (const part of scope) key = createHmac('sha256', key).update(part).digest();
  return createHmac('sha256', key).update(text).digest('hex');
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
