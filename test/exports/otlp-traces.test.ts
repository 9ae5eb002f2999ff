import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { openTracing, sendTraces, type Tracing } from '../../src/telemetry/traces.ts';

/** A span in the JSON form of OTLP. @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

/** Stands in for a collector: takes what its specification allows, and says no to the rest. */
class TraceReceiver {
  readonly spans: SentSpan[] = [];
  readonly refused: string[] = [];
  /** Requests that are answered with this status in place of being taken. */
  readonly answersBefore: number[] = [];
  readonly #server: Server = createServer((request, response) => {
    void read(request).then((body) => {
      const status = this.answersBefore.shift() ?? this.#take(request, body);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end('{}');
    });
  });

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #take({ method, url, headers }: IncomingMessage, body: Buffer): number {
    if (method !== 'POST' || url !== '/v1/traces') return this.#refuse(404, `${method} ${url}`);
    if (headers.authorization !== 'Bearer t') return this.#refuse(401, 'who is it');
    if (headers['content-type'] !== 'application/json')
      return this.#refuse(415, String(headers['content-type']));
    const bytes = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    const { resourceSpans } = JSON.parse(bytes.toString('utf8')) as {
      readonly resourceSpans: readonly {
        readonly resource: { readonly attributes: readonly unknown[] };
        readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
      }[];
    };
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = { key: 'service.name', value: { stringValue: 'sallyport' } };
      assert.deepEqual(resource.attributes[0], service);
      this.spans.push(...scopeSpans.flatMap(({ spans }) => spans));
    }
    return 200;
  }

  #refuse(status: number, what: string): number {
    this.refused.push(what);
    return status;
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
}

let receiver: TraceReceiver;
let url: string;

beforeEach(async () => {
  receiver = new TraceReceiver();
  url = await receiver.listen();
});
afterEach(() => receiver.close());

function open(): Tracing {
  const processor = sendTraces({
    url,
    ca: undefined,
    authorization: 'Bearer t',
    intervalMs: 60_000,
  });
  return openTracing({ version: '0.1.0', ratio: 1, processor });
}

function serve(tracing: Tracing): void {
  const trace = tracing.start({ id: 's-1', target: 'hospital', protocol: 'postgres' });
  assert(trace !== undefined);
  trace.seal(['sql.select'], () => undefined)(undefined);
  trace.result();
  trace.refuse(['sql.delete']);
  trace.end('client-closed');
}

describe('traces over HTTP', () => {
  it('are taken by a receiver of OTLP, a session with its operations below it', async () => {
    const tracing = open();
    serve(tracing);
    await tracing[Symbol.asyncDispose]();
    assert.deepEqual(receiver.refused, []);
    const byName = new Map(receiver.spans.map((span) => [span.name, span]));
    assert.deepEqual([...byName.keys()].toSorted(), ['session', 'sql.delete', 'sql.select']);
    const session = byName.get('session');
    assert.equal(session?.parentSpanId, undefined);
    assert.equal(session?.kind, 2, 'SPAN_KIND_SERVER');
    for (const span of receiver.spans) {
      // Ids in hex, unlike other bytes; 64-bit numbers as text, for JSON has no such numbers.
      assert.match(span.traceId, /^[0-9a-f]{32}$/);
      assert.match(span.spanId, /^[0-9a-f]{16}$/);
      assert.match(span.startTimeUnixNano, /^\d{19}$/);
      assert(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano));
      assert.equal(span.traceId, session?.traceId);
      if (span !== session) assert.equal(span.parentSpanId, session?.spanId);
    }
  });

  it('are sent again when the receiver is busy', async () => {
    receiver.answersBefore.push(503);
    const tracing = open();
    serve(tracing);
    await tracing[Symbol.asyncDispose]();
    assert.equal(receiver.spans.length, 3);
  });
});
