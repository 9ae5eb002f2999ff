import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  issueServerCertificate,
  makeCertificateAuthority,
} from '../../../src/gateway/certificates.ts';
import type { ApiServerAccess } from '../environment.ts';
import { ClusterObjects, type KubernetesObject, type ObjectQuery } from './cluster-objects.ts';
import { describeApi } from './describe-api.ts';
import { FakeContainer } from './fake-container.ts';
import { StreamServer } from './serve-streams.ts';
import { formatTable } from './tables.ts';

/** What a request was asked as. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly user: string | undefined;
  readonly groups: readonly string[];
  readonly accept: string | undefined;
}

/** A stand-in of an API server, which runs. */
export interface StandIn extends AsyncDisposable {
  readonly apiServer: ApiServerAccess;
  /** All requests that came, in order. */
  readonly seen: readonly SeenRequest[];
}

const LOG_MS = 100;
const LOG_LINE = 'line of the log: SSN 219-09-9999\n';
/** Of the gateway, unless a test gives another. */
const GATEWAY_TOKEN = 'token-of-the-gateway';

/**
 * Stands in for an API server and the kubelet behind it, which take a root account and minutes to build: `npm run
 * e2e:kubernetes` runs the same steps with them. It speaks what kubectl needs as they do: TLS, discovery, objects, watches,
 * Tables, 406 for forms that it does not have, exec and port-forward over WebSocket and SPDY.
 *
 * @param token Of the only one who may ask.
 * @param host Where it listens.
 */
export async function startStandIn(
  token: string = GATEWAY_TOKEN,
  host = '127.0.0.1',
): Promise<StandIn> {
  await using started = new AsyncDisposableStack();
  const authority = await makeCertificateAuthority('Stand-in of a cluster');
  const certificate = await issueServerCertificate(authority, {
    names: ['localhost'],
    addresses: [host],
  });
  const container = started.use(await FakeContainer.create());
  const cluster = new StandInCluster(`Bearer ${token}`);
  const streams = new StreamServer(container);
  const server = createServer(
    { cert: certificate.certificatePem, key: certificate.keyPem },
    (request, response) => {
      cluster.serve(request, response).catch((error: unknown) => {
        fail(response, 500, String(error));
      });
    },
  );
  server.on('upgrade', (request, socket, head) => {
    cluster.note(request);
    if (cluster.isKnown(request)) streams.upgrade(request, socket, head);
    else socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
  });
  server.listen(0, host);
  await once(server, 'listening');
  started.defer(async () => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const cleanUp = started.move();
  return {
    apiServer: { port, authorityPem: authority.certificatePem },
    seen: cluster.seen,
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

class StandInCluster {
  readonly seen: SeenRequest[] = [];
  readonly #objects = new ClusterObjects();
  readonly #authorization: string;

  /** @param authorization The field's value of the only one who may ask. */
  constructor(authorization: string) {
    this.#authorization = authorization;
  }

  isKnown({ headers }: IncomingMessage): boolean {
    return headers.authorization === this.#authorization;
  }

  note({ method = '', url = '', headers }: IncomingMessage): void {
    const groups = headers['impersonate-group'];
    this.seen.push({
      ...{ method, url, accept: headers.accept },
      user: headers['impersonate-user'] as string | undefined,
      groups: groups === undefined ? [] : [groups].flat(),
    });
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.note(request);
    if (!this.isKnown(request)) return fail(response, 401, 'Unauthorized');
    const url = new URL(request.url ?? '/', 'https://localhost');
    const api = describeApi(url.pathname);
    if (api !== undefined) return answer(response, 200, api);
    if (!acceptsJson(request)) return fail(response, 406, 'NotAcceptable');
    if (url.pathname.endsWith('/selfsubjectaccessreviews')) {
      return answer(response, 201, { kind: 'SelfSubjectAccessReview', status: { allowed: true } });
    }
    if (url.pathname.endsWith('/log')) return sendLog(response, url.searchParams.get('limitBytes'));
    const query = readQuery(url);
    if (query === undefined) return fail(response, 404, 'NotFound');
    if (request.headers['content-type']?.includes('protobuf') === true) {
      return fail(response, 415, 'UnsupportedMediaType');
    }
    if (request.method === 'GET') return this.#read(request, response, { url, query });
    this.#change(request, response, { url, query, body: parse(await text(request)) });
  }

  #read(
    request: IncomingMessage,
    response: ServerResponse,
    { url, query }: { readonly url: URL; readonly query: ObjectQuery },
  ): void {
    const isTable = request.headers.accept?.startsWith('application/json;as=Table') === true;
    const named = /^metadata\.name=(.+)$/.exec(url.searchParams.get('fieldSelector') ?? '')?.[1];
    const isCollection = query.name === '';
    const wanted = { ...query, name: named ?? query.name };
    if (url.searchParams.get('watch') !== null) {
      const since = Number(url.searchParams.get('resourceVersion') ?? '0');
      return this.#watch(response, wanted, { since, isTable });
    }
    if (!isCollection) {
      const object = this.#objects.find(query);
      if (object === undefined) return fail(response, 404, 'NotFound');
      return answer(response, 200, isTable ? formatTable(query.resource, [object]) : object);
    }
    const objects = this.#objects.list(wanted);
    const metadata = { resourceVersion: String(this.#objects.version) };
    if (isTable)
      return answer(response, 200, { ...formatTable(query.resource, objects), metadata });
    // Of what is in a list the server does not name the kind.
    const items = objects.map((object) => ({ ...object, kind: undefined, apiVersion: undefined }));
    answer(response, 200, {
      kind: `${kindOf(query.resource)}List`,
      apiVersion: 'v1',
      metadata,
      items,
    });
  }

  #watch(
    response: ServerResponse,
    query: ObjectQuery,
    { since, isTable }: { readonly since: number; readonly isTable: boolean },
  ): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const end = this.#objects.watch(query, since, ({ type, object }) => {
      const shown = isTable ? formatTable(query.resource, [object]) : object;
      response.write(`${JSON.stringify({ type, object: shown })}\n`);
    });
    response.on('close', end);
  }

  #change(
    request: IncomingMessage,
    response: ServerResponse,
    { url, query, body }: { readonly url: URL; readonly query: ObjectQuery; readonly body: Body },
  ): void {
    const { method } = request;
    const isDryRun = url.searchParams.get('dryRun') === 'All' || body['dryRun'] !== undefined;
    if (method === 'DELETE') {
      if (!isDryRun) this.#objects.delete(query);
      return answer(response, 200, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
      });
    }
    const before = this.#objects.find(query);
    if (method === 'PATCH' && before === undefined) return fail(response, 404, 'NotFound');
    // Of these objects, and for what kubectl changes, a strategic merge is a merge.
    const object = method === 'PATCH' ? merge(before ?? {}, body) : body;
    const complete = fillIn(query.resource, object as KubernetesObject);
    const where = { ...query, name: complete.metadata.name };
    const stored = isDryRun ? complete : this.#objects.put(where, complete);
    answer(response, method === 'POST' ? 201 : 200, stored);
  }
}

type Body = Readonly<Record<string, unknown>>;

/** What the server and the kubelet add. */
function fillIn(resource: string, object: KubernetesObject): KubernetesObject {
  if (resource === 'secrets') {
    const {
      stringData = {},
      data = {},
      ...others
    } = object as KubernetesObject & {
      readonly stringData?: Readonly<Record<string, string>>;
      readonly data?: Readonly<Record<string, string>>;
    };
    const encoded = Object.entries(stringData).map(([key, value]) => [
      key,
      Buffer.from(value).toString('base64'),
    ]);
    return { ...others, data: { ...data, ...Object.fromEntries(encoded) } };
  }
  if (resource !== 'pods') return object;
  const conditions = [{ type: 'Ready', status: 'True' }];
  return { ...object, status: { phase: 'Running', conditions } };
}

function merge(before: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const merged = { ...(before as Record<string, unknown> | undefined) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}

function readQuery({ pathname }: URL): ObjectQuery | undefined {
  const match =
    /^\/api\/v1\/(?:namespaces\/([^/]+)\/)?(pods|secrets|configmaps|namespaces)(?:\/([^/]+))?$/.exec(
      pathname,
    );
  if (match === null) return undefined;
  const [, namespace = '', resource = '', name = ''] = match;
  return { namespace, resource, name };
}

function kindOf(resource: string): string {
  const kinds: Readonly<Record<string, string>> = {
    ...{ pods: 'Pod', secrets: 'Secret', configmaps: 'ConfigMap', namespaces: 'Namespace' },
  };
  return kinds[resource] ?? '';
}

function acceptsJson({ headers: { accept = '*/*' } }: IncomingMessage): boolean {
  return accept.includes('application/json') || accept.includes('*/*');
}

/** @param limit Where it is cut; null: it goes on and on. */
function sendLog(response: ServerResponse, limit: string | null): void {
  response.writeHead(200, { 'content-type': 'text/plain' });
  if (limit !== null) return void response.end(LOG_LINE.slice(0, Number(limit)));
  const timer = setInterval(() => response.write(LOG_LINE), LOG_MS);
  response.on('close', () => clearInterval(timer));
}

function parse(body: string): Body {
  return body === '' ? {} : (JSON.parse(body) as Body);
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function fail(response: ServerResponse, code: number, reason: string): void {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' };
  answer(response, code, { ...status, message: reason, reason, code });
}
