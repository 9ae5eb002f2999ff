import { hash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * A bucket with Object Lock, in memory. No S3 server that npm or Debian has knows Object Lock, so this stands in
 * for one: it takes nothing without a lock, keeps every version, and deletes none before its time. It also lists
 * versions, and uploads that were begun, which s3rver does not.
 */

/** A version of an object. */
export interface LockedVersion {
  readonly id: string;
  readonly body: Buffer;
  readonly mode: string;
  readonly retainUntil: Date;
}

/** Starts the bucket. @param nowMs By which it keeps versions. */
export async function startLockedBucket(nowMs: () => number): Promise<LockedBucket> {
  const server = http.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new LockedBucket(server, nowMs);
}

/** Versions on one page of a list: few, so that there are several pages. */
const VERSIONS_PER_PAGE = 2;

interface Upload {
  readonly key: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly parts: Map<number, Buffer>;
}

/** The bucket, as its owner sees it. */
export class LockedBucket implements AsyncDisposable {
  /** By key, oldest first. */
  readonly versions: Map<string, LockedVersion[]> = new Map<string, LockedVersion[]>();
  /** Requests, such as `PUT key?partNumber=1`. */
  readonly requests: string[] = [];
  /** Requests that are answered with 503. */
  isIll: (request: string) => boolean = () => false;
  readonly #server: http.Server;
  readonly #nowMs: () => number;
  readonly #uploads = new Map<string, Upload>();

  constructor(server: http.Server, nowMs: () => number) {
    this.#server = server;
    this.#nowMs = nowMs;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void readCall(request).then((call) => {
        const { method = '', headers } = request;
        const line = `${method} ${call.key}${call.search}`;
        this.requests.push(line);
        const reply: Reply = this.isIll(line)
          ? { status: 503, code: 'SlowDown' }
          : this.#answer(method, call, headers);
        send(response, reply, method === 'HEAD');
      });
    });
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(method: string, call: Call, headers: http.IncomingHttpHeaders): Reply {
    switch (method) {
      case 'PUT':
        return this.#put(call, headers);
      case 'POST':
        return call.query.has('uploads') ? this.#begin(call, headers) : this.#complete(call);
      case 'DELETE':
        return this.#remove(call);
      default:
        return this.#get(call);
    }
  }

  #put({ key, query, body }: Call, headers: http.IncomingHttpHeaders): Reply {
    if (query.has('retention')) return this.#lock(key, query, body);
    // As S3 demands where a lock may be set.
    if (headers['content-md5'] !== hash('md5', body, 'base64')) {
      return { status: 400, code: 'BadDigest' };
    }
    const upload = this.#uploads.get(query.get('uploadId') ?? '');
    if (upload !== undefined) upload.parts.set(Number(query.get('partNumber')), body);
    else if (!this.#keep(key, headers, body)) return { status: 403, code: 'AccessDenied' };
    return { status: 200, headers: { etag: `"${hash('md5', body)}"` } };
  }

  /** What is locked can be locked for longer. */
  #lock(key: string, query: URLSearchParams, body: Buffer): Reply {
    const versions = this.versions.get(key) ?? [];
    const at = versions.findIndex(({ id }) => id === query.get('versionId'));
    const version = versions[at];
    const [, mode = ''] = /<Mode>(\w+)<\/Mode>/.exec(body.toString()) ?? [];
    const [, until = ''] = /<RetainUntilDate>([^<]+)</.exec(body.toString()) ?? [];
    if (version === undefined || new Date(until) < version.retainUntil) {
      return { status: 403, code: 'AccessDenied' };
    }
    this.versions.set(key, versions.with(at, { ...version, mode, retainUntil: new Date(until) }));
    return { status: 200 };
  }

  /** False without a lock. */
  #keep(key: string, headers: http.IncomingHttpHeaders, body: Buffer): boolean {
    const mode = headers['x-amz-object-lock-mode'];
    const until = headers['x-amz-object-lock-retain-until-date'];
    if (typeof mode !== 'string' || typeof until !== 'string') return false;
    const kept = this.versions.get(key) ?? [];
    this.versions.set(key, [
      ...kept,
      { id: randomUUID(), body, mode, retainUntil: new Date(until) },
    ]);
    return true;
  }

  #begin({ key }: Call, headers: http.IncomingHttpHeaders): Reply {
    const id = randomUUID();
    this.#uploads.set(id, { key, headers, parts: new Map() });
    return xml('InitiateMultipartUploadResult', `<UploadId>${id}</UploadId>`);
  }

  #complete({ key, query }: Call): Reply {
    const id = query.get('uploadId') ?? '';
    const upload = this.#uploads.get(id);
    if (upload === undefined) return { status: 404, code: 'NoSuchUpload' };
    const parts = [...upload.parts].toSorted(([a], [b]) => a - b).map(([, part]) => part);
    this.#uploads.delete(id);
    if (!this.#keep(key, upload.headers, Buffer.concat(parts))) {
      return { status: 403, code: 'AccessDenied' };
    }
    const version = this.versions.get(key)?.at(-1)?.id ?? '';
    const reply = xml('CompleteMultipartUploadResult', '');
    return { ...reply, headers: { ...reply.headers, 'x-amz-version-id': version } };
  }

  #get({ key, query }: Call): Reply {
    if (query.has('versions')) return this.#listVersions(query);
    if (query.has('retention')) return this.#describeLock(key, query);
    if (query.has('uploads')) {
      const prefix = query.get('prefix') ?? '';
      const begun = [...this.#uploads].filter(([, upload]) => upload.key.startsWith(prefix));
      const list = begun.map(
        ([id, upload]) => `<Upload><Key>${upload.key}</Key><UploadId>${id}</UploadId></Upload>`,
      );
      return xml('ListMultipartUploadsResult', list.join(''));
    }
    const upload = this.#uploads.get(query.get('uploadId') ?? '');
    if (upload !== undefined) {
      const list = [...upload.parts].map(
        ([number, part]) =>
          `<Part><PartNumber>${number}</PartNumber><ETag>"${hash('md5', part)}"</ETag></Part>`,
      );
      return xml('ListPartsResult', list.join(''));
    }
    const newest = this.versions.get(key)?.at(-1);
    if (newest === undefined) return { status: 404, code: 'NoSuchKey' };
    return { status: 200, body: newest.body };
  }

  #listVersions(query: URLSearchParams): Reply {
    const prefix = query.get('prefix') ?? '';
    const all = [...this.versions.keys()]
      .filter((key) => key.startsWith(prefix))
      .toSorted()
      .flatMap((key) =>
        (this.versions.get(key) ?? []).toReversed().map(({ id }, index) => ({ key, id, index })),
      );
    const marker = query.get('version-id-marker');
    const start = all.findIndex(({ id }) => id === marker) + 1;
    const page = all.slice(start, start + VERSIONS_PER_PAGE);
    const last = page.at(-1);
    const isTruncated = start + page.length < all.length;
    const list = page.map(
      ({ key, id, index }) =>
        `<Version><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>${index === 0}</IsLatest></Version>`,
    );
    const next = isTruncated
      ? `<NextKeyMarker>${last?.key}</NextKeyMarker><NextVersionIdMarker>${last?.id}</NextVersionIdMarker>`
      : '';
    return xml(
      'ListVersionsResult',
      `<IsTruncated>${isTruncated}</IsTruncated>${next}${list.join('')}`,
    );
  }

  #describeLock(key: string, query: URLSearchParams): Reply {
    const version = this.versions.get(key)?.find(({ id }) => id === query.get('versionId'));
    if (version === undefined) return { status: 404, code: 'NoSuchVersion' };
    const { mode, retainUntil } = version;
    return xml(
      'Retention',
      `<Mode>${mode}</Mode><RetainUntilDate>${retainUntil.toISOString()}</RetainUntilDate>`,
    );
  }

  /** A version by its id, or the newest one. */
  #remove({ key, query }: Call): Reply {
    const versions = this.versions.get(key) ?? [];
    const id = query.get('versionId') ?? versions.at(-1)?.id;
    const removed = versions.find((version) => version.id === id);
    if ((removed?.retainUntil.getTime() ?? 0) > this.#nowMs()) {
      return { status: 403, code: 'AccessDenied' };
    }
    this.versions.set(
      key,
      versions.filter((version) => version !== removed),
    );
    return { status: 204 };
  }
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

function xml(root: string, content: string): Reply {
  const body = Buffer.from(`<${root}>${content}</${root}>`);
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}

function send(response: ServerResponse, reply: Reply, isHead: boolean): void {
  const { status, code, headers = {} } = reply;
  const body = code === undefined ? reply.body : Buffer.from(`<Error><Code>${code}</Code></Error>`);
  response.writeHead(status, { ...headers, 'content-length': body?.length ?? 0 });
  response.end(isHead ? undefined : body);
}
