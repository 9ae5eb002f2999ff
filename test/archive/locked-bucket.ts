import { hash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * A bucket with Object Lock, in memory. No S3 server that npm or Debian has knows Object Lock, so this stands in
 * for one: it takes nothing without a lock, keeps every version, and deletes none before its time. It also lists
 * uploads that were begun, which s3rver does not.
 */

/** A version of an object. */
export interface LockedVersion {
  readonly body: Buffer;
  readonly mode: string;
  readonly retainUntil: Date;
}

/** The bucket, as its owner sees it. */
export interface LockedBucket extends AsyncDisposable {
  readonly endpoint: string;
  /** By key, oldest first. */
  readonly versions: ReadonlyMap<string, readonly LockedVersion[]>;
  /** Requests, such as `PUT key?partNumber=1`. */
  readonly requests: string[];
  /** Requests that are answered with 503. */
  isIll: (request: string) => boolean;
}

interface Upload {
  readonly key: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly parts: Map<number, Buffer>;
}

/** Starts the bucket. @param nowMs By which it keeps versions. */
export async function startLockedBucket(nowMs: () => number): Promise<LockedBucket> {
  const versions = new Map<string, LockedVersion[]>();
  const uploads = new Map<string, Upload>();
  const server = http.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bucket: LockedBucket = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    versions,
    requests: [],
    isIll: () => false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };

  const keep = (key: string, headers: http.IncomingHttpHeaders, body: Buffer): boolean => {
    const mode = headers['x-amz-object-lock-mode'];
    const until = headers['x-amz-object-lock-retain-until-date'];
    if (typeof mode !== 'string' || typeof until !== 'string') return false;
    const kept = versions.get(key) ?? [];
    kept.push({ body, mode, retainUntil: new Date(until) });
    versions.set(key, kept);
    return true;
  };

  const put = (call: Call, headers: http.IncomingHttpHeaders): Reply => {
    const { key, query, body } = call;
    const md5 = hash('md5', body, 'base64');
    // As S3 demands where a lock may be set.
    if (headers['content-md5'] !== md5) return { status: 400, code: 'BadDigest' };
    const etag = Buffer.from(md5, 'base64').toString('hex');
    const upload = uploads.get(query.get('uploadId') ?? '');
    if (upload !== undefined) upload.parts.set(Number(query.get('partNumber')), body);
    else if (!keep(key, headers, body)) return { status: 403, code: 'AccessDenied' };
    return { status: 200, headers: { etag: `"${etag}"` } };
  };

  const post = ({ key, query }: Call, headers: http.IncomingHttpHeaders): Reply => {
    if (query.has('uploads')) {
      const id = randomUUID();
      uploads.set(id, { key, headers, parts: new Map() });
      return xml(
        `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      );
    }
    const id = query.get('uploadId') ?? '';
    const upload = uploads.get(id);
    if (upload === undefined) return { status: 404, code: 'NoSuchUpload' };
    const parts = [...upload.parts].toSorted(([a], [b]) => a - b).map(([, part]) => part);
    uploads.delete(id);
    if (!keep(key, upload.headers, Buffer.concat(parts)))
      return { status: 403, code: 'AccessDenied' };
    return xml('<CompleteMultipartUploadResult></CompleteMultipartUploadResult>');
  };

  const get = ({ key, query }: Call): Reply => {
    if (query.has('uploads')) {
      const begun = [...uploads].filter(([, upload]) =>
        upload.key.startsWith(query.get('prefix') ?? ''),
      );
      const list = begun.map(
        ([id, upload]) => `<Upload><Key>${upload.key}</Key><UploadId>${id}</UploadId></Upload>`,
      );
      return xml(`<ListMultipartUploadsResult>${list.join('')}</ListMultipartUploadsResult>`);
    }
    const upload = uploads.get(query.get('uploadId') ?? '');
    if (upload !== undefined) {
      const list = [...upload.parts].map(
        ([number, part]) =>
          `<Part><PartNumber>${number}</PartNumber><ETag>"${hash('md5', part)}"</ETag><Size>${part.length}</Size></Part>`,
      );
      return xml(`<ListPartsResult>${list.join('')}</ListPartsResult>`);
    }
    const newest = versions.get(key)?.at(-1);
    return newest === undefined
      ? { status: 404, code: 'NoSuchKey' }
      : { status: 200, body: newest.body };
  };

  /** Of one version, the newest. */
  const remove = ({ key }: Call): Reply => {
    const newest = versions.get(key)?.at(-1);
    if (newest !== undefined && newest.retainUntil.getTime() > nowMs()) {
      return { status: 403, code: 'AccessDenied' };
    }
    versions.get(key)?.pop();
    return { status: 204 };
  };

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void readCall(request).then((call) => {
      const { method = '', headers } = request;
      bucket.requests.push(`${method} ${call.key}${call.search}`);
      const isIll = bucket.isIll(bucket.requests.at(-1) ?? '');
      const reply: Reply = isIll
        ? { status: 503, code: 'SlowDown' }
        : method === 'PUT'
          ? put(call, headers)
          : method === 'POST'
            ? post(call, headers)
            : method === 'DELETE'
              ? remove(call)
              : get(call);
      send(response, reply, method === 'HEAD');
    });
  });
  return bucket;
}

interface Call {
  readonly key: string;
  readonly query: URLSearchParams;
  readonly search: string;
  readonly body: Buffer;
}

interface Reply {
  readonly status: number;
  readonly code?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

async function readCall(request: IncomingMessage): Promise<Call> {
  const { pathname, searchParams, search } = new URL(request.url ?? '', 'http://bucket');
  const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
  const [, , ...key] = pathname.split('/');
  return { key: key.join('/'), query: searchParams, search, body };
}

function xml(text: string): Reply {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: Buffer.from(text) };
}

function send(response: ServerResponse, reply: Reply, isHead: boolean): void {
  const { status, code, headers = {} } = reply;
  const body = code === undefined ? reply.body : Buffer.from(`<Error><Code>${code}</Code></Error>`);
  response.writeHead(status, { ...headers, 'content-length': body?.length ?? 0 });
  response.end(isHead ? undefined : body);
}
