import { hash } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import S3rver from 's3rver';
import type { S3Settings } from '../../src/configuration/storage-settings.ts';

/** What the network or the server does to a request instead of answering it. */
export type Fault =
  | 'none'
  /** 500 of a server that is ill. */
  | 'fail'
  /** The answer never comes. */
  | 'hang'
  /** It takes a second before anything happens. */
  | 'slow'
  /** The connection breaks once half of the request has arrived. */
  | 'break'
  /** It says yes, and of something else. */
  | 'wrong-etag'
  /** It says yes with the right ETag, and keeps nothing. */
  | 'drop'
  /** It answers with half of the object. */
  | 'answer-half';

/** An S3 server of which the connections can be made to misbehave. */
export interface RunningS3 extends AsyncDisposable {
  readonly settings: S3Settings;
  /** Chosen for each request. */
  fault: (method: string, path: string) => Fault;
  /** `PUT /bucket/key?…`, in order, faults included. */
  readonly requests: string[];
}

export const S3_CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
const BUCKET = 'evidence';
const SLOW_MS = 1_000;

/** Starts s3rver, a real S3 server of npm, behind a proxy that injects faults. */
export async function startS3(directory: string): Promise<RunningS3> {
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    directory,
    silent: true,
    configureBuckets: [{ name: BUCKET }],
  });
  const { port } = await server.run();
  const proxy = http.createServer();
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port: proxyPort } = proxy.address() as AddressInfo;
  const turns = new Turns();
  const running: RunningS3 = {
    settings: {
      kind: 's3',
      bucket: BUCKET,
      endpoint: `http://127.0.0.1:${proxyPort}`,
      region: 'us-east-1',
      prefix: 'gw/',
      isPathStyle: true,
      accessKeyId: 'env:KEY',
      secretAccessKey: 'env:SECRET',
      objectLock: undefined,
      spool: { bytesMax: 2 ** 30, whenFull: 'refuse' },
      removeExpired: true,
      keepLocalMs: undefined,
    },
    fault: () => 'none',
    requests: [],
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      proxy.close();
      await server.close();
    },
  };
  proxy.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '' } = request;
    running.requests.push(`${method} ${url}`);
    const fault = running.fault(method, url);
    const turn = url.includes('uploadId=') ? turns.take(url) : undefined;
    // Whoever asked may be gone in the middle.
    forward(request, response, { port, fault, turn: turn?.begun })
      .catch(() => response.destroy())
      .finally(() => turn?.end());
  });
  return running;
}

/** s3rver, unlike S3, throws out of any reach when two requests complete the same upload at once. */
class Turns {
  readonly #last = new Map<string, Promise<void>>();

  take(key: string): { readonly begun: Promise<void>; end(): void } {
    const begun = this.#last.get(key) ?? Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(key, promise);
    return {
      begun,
      end: () => {
        if (this.#last.get(key) === promise) this.#last.delete(key);
        resolve();
      },
    };
  }
}

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  {
    port,
    fault,
    turn,
  }: { readonly port: number; readonly fault: Fault; readonly turn: Promise<void> | undefined },
): Promise<void> {
  if (fault === 'hang') return;
  if (fault === 'slow') await delay(SLOW_MS);
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (fault === 'break') return void request.socket.destroy();
  if (fault === 'fail') return void response.writeHead(500).end();
  if (fault === 'drop') {
    return void response.writeHead(200, { etag: `"${hash('md5', body)}"` }).end();
  }
  await turn;
  const { method, url: path, headers } = request;
  const upstream = http.request({ port, method, path, headers });
  // A full disk answers, and closes, before it has taken the body.
  upstream.on('error', () => response.destroy());
  upstream.end(body);
  const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
  const answered: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) answered.push(chunk);
  const content = Buffer.concat(answered);
  const answerHeaders = { ...answer.headers };
  if (fault === 'wrong-etag') answerHeaders.etag = `"${'0'.repeat(32)}"`;
  response.writeHead(answer.statusCode ?? 500, answerHeaders);
  if (fault === 'answer-half') {
    response.write(content.subarray(0, content.length / 2), () => response.destroy());
  } else {
    response.end(content);
  }
}
