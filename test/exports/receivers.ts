import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** The other side of an export over HTTP, by its published protocol. Listens on loopback. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
}

interface Question {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What is sent back. `undefined`: the connection is cut without an answer. */
export type Reply =
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | undefined;

async function startReceiver(answer: (question: Question) => Reply): Promise<Receiver> {
  const server = createServer((asked, reply) => {
    void text(asked).then((body) => {
      const { method = '', url: path = '', headers } = asked;
      const answered = answer({ method, path, headers, body });
      if (answered === undefined) return void asked.socket.destroy();
      reply.writeHead(answered.status, { 'content-type': 'application/json', ...answered.headers });
      reply.end(answered.body === undefined ? '' : JSON.stringify(answered.body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What a test makes a receiver say in place of its own answer, in this order. */
export type Script = Reply[];

/** A document that came. */
export type Document = Readonly<Record<string, unknown>>;

interface SplunkDocument {
  readonly event: Document;
}

interface LogsDocument {
  readonly resourceLogs: readonly {
    readonly scopeLogs: readonly { readonly logRecords: readonly Document[] }[];
  }[];
}

interface BatchDocument {
  readonly resourceType: string;
  readonly type: string;
  readonly entry: readonly {
    readonly resource: Document & { readonly id: string };
    readonly request: { readonly method: string; readonly url: string };
  }[];
}

/** What a webhook is sent. */
export interface WebhookDocument {
  readonly version: number;
  readonly entries: readonly Document[];
}

/** Splunk's HTTP Event Collector with one token. */
export async function startSplunk(): Promise<
  Receiver & {
    readonly events: readonly SplunkDocument[];
    readonly script: Script;
    /** Questions for acknowledgements until they are given. */
    asksUntilIndexed: number;
    /** Whether the event of a number in the request is taken. */
    isValid: (event: SplunkDocument) => boolean;
  }
> {
  const events: SplunkDocument[] = [];
  const script: Script = [];
  let ackId = 0;
  const state = { asksUntilIndexed: 0, isValid: (_event: SplunkDocument): boolean => true };
  const receiver = await startReceiver(({ method, path, headers, body }) => {
    if (headers.authorization !== 'Splunk hec-token') {
      return { status: 403, body: { text: 'Invalid token', code: 4 } };
    }
    const channel = headers['x-splunk-request-channel'];
    if (path === `/services/collector/ack?channel=${String(channel)}`) {
      const { acks } = JSON.parse(body) as { readonly acks: readonly number[] };
      state.asksUntilIndexed -= 1;
      return {
        status: 200,
        body: { acks: { [String(acks[0])]: state.asksUntilIndexed <= 0 } },
      };
    }
    if (method !== 'POST' || path !== '/services/collector/event') return { status: 404 };
    if (script.length > 0) return script.shift();
    const sent = body.split('\n').map((line) => JSON.parse(line) as SplunkDocument);
    const invalid = sent.findIndex((event) => !('event' in event) || !state.isValid(event));
    if (invalid !== -1) {
      const problem = { text: 'Invalid data format', code: 6, 'invalid-event-number': invalid };
      return { status: 400, body: problem };
    }
    events.push(...sent);
    return {
      status: 200,
      body: { text: 'Success', code: 0, ...(channel !== undefined && { ackId: ackId++ }) },
    };
  });
  return Object.assign(state, { ...receiver, events, script });
}

/** The bulk API of Elasticsearch with one data stream. */
export async function startElasticsearch(): Promise<
  Receiver & {
    readonly documents: ReadonlyMap<string, Document>;
    readonly requests: readonly (readonly string[])[];
    readonly script: Script;
    /** Status of one document; undefined takes it. */
    statusOf: (id: string, source: Document) => number | undefined;
  }
> {
  const documents = new Map<string, Document>();
  const requests: string[][] = [];
  const script: Script = [];
  const state = { statusOf: (_id: string, _source: Document): number | undefined => undefined };
  const receiver = await startReceiver(({ path, headers, body }) => {
    if (path !== '/_bulk' || headers['content-type'] !== 'application/x-ndjson') {
      return { status: 406 };
    }
    if (headers.authorization !== 'ApiKey es-key') return { status: 401 };
    if (script.length > 0) return script.shift();
    if (!body.endsWith('\n')) return { status: 400 };
    const lines = body.slice(0, -1).split('\n');
    const items: unknown[] = [];
    const ids: string[] = [];
    for (let index = 0; index < lines.length; index += 2) {
      const { create } = JSON.parse(lines[index] ?? '') as {
        readonly create: { readonly _index: string; readonly _id: string };
      };
      const source = JSON.parse(lines[index + 1] ?? '') as Document;
      const wanted = state.statusOf(create._id, source);
      const status = wanted ?? (documents.has(create._id) ? 409 : 201);
      if (status === 201) documents.set(create._id, source);
      ids.push(create._id);
      items.push({ create: { _index: create._index, _id: create._id, status } });
    }
    requests.push(ids);
    return { status: 200, body: { took: 1, errors: true, items } };
  });
  return Object.assign(state, { ...receiver, documents, requests, script });
}

/** An OTLP receiver of logs. */
export async function startOtlp(): Promise<
  Receiver & { readonly records: readonly Document[]; readonly script: Script }
> {
  const records: Document[] = [];
  const script: Script = [];
  const receiver = await startReceiver(({ path, headers, body }) => {
    if (path !== '/v1/logs' || headers['content-type'] !== 'application/json') {
      return { status: 415 };
    }
    if (script.length > 0) return script.shift();
    const request = JSON.parse(body) as LogsDocument;
    for (const { scopeLogs } of request.resourceLogs) {
      for (const { logRecords } of scopeLogs) records.push(...logRecords);
    }
    return { status: 200, body: { partialSuccess: {} } };
  });
  return { ...receiver, records, script };
}

/** Somebody's own program, which checks signatures as the documentation says. */
export async function startWebhook(
  secret: string,
  nowMs: () => number,
): Promise<
  Receiver & {
    readonly bodies: readonly WebhookDocument[];
    readonly deliveries: readonly unknown[];
    readonly script: Script;
  }
> {
  const bodies: WebhookDocument[] = [];
  const deliveries: unknown[] = [];
  const script: Script = [];
  const receiver = await startReceiver(({ headers, body }) => {
    const timestamp = String(headers['sallyport-timestamp']);
    const expected = Buffer.from(
      `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
    );
    const given = Buffer.from(String(headers['sallyport-signature']));
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      return { status: 401 };
    if (Math.abs(nowMs() / 1000 - Number(timestamp)) > 300) return { status: 401 };
    deliveries.push(headers['sallyport-delivery']);
    if (script.length > 0) return script.shift();
    bodies.push(JSON.parse(body) as WebhookDocument);
    return { status: 204 };
  });
  return { ...receiver, bodies, deliveries, script };
}

/** A FHIR R4 server that takes batches. */
export async function startFhir(): Promise<
  Receiver & {
    readonly resources: ReadonlyMap<string, Document>;
    readonly script: Script;
    statusOf: (resource: Document) => string | undefined;
  }
> {
  const resources = new Map<string, Document>();
  const script: Script = [];
  const state = { statusOf: (_resource: Document): string | undefined => undefined };
  const receiver = await startReceiver(({ path, headers, body }) => {
    if (path !== '/' || headers['content-type'] !== 'application/fhir+json') return { status: 415 };
    if (script.length > 0) return script.shift();
    const bundle = JSON.parse(body) as BatchDocument;
    if (bundle.resourceType !== 'Bundle' || bundle.type !== 'batch') return { status: 400 };
    const entry = bundle.entry.map(({ resource, request }) => {
      if (request.method !== 'PUT' || request.url !== `AuditEvent/${resource.id}`) {
        return { response: { status: '400 Bad Request' } };
      }
      const wanted = state.statusOf(resource);
      if (wanted !== undefined) return { response: { status: wanted } };
      const status = resources.has(resource.id) ? '200 OK' : '201 Created';
      resources.set(resource.id, resource);
      return { response: { status } };
    });
    return { status: 200, body: { resourceType: 'Bundle', type: 'batch-response', entry } };
  });
  return Object.assign(state, { ...receiver, resources, script });
}
