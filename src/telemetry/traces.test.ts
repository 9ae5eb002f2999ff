import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { openTracing, type SessionTrace, type Tracing } from './traces.ts';

const SESSION = { id: 's-1', target: 'hospital', protocol: 'postgres' };

function open(ratio = 1): { readonly spans: InMemorySpanExporter; readonly tracing: Tracing } {
  const spans = new InMemorySpanExporter();
  const tracing = openTracing({
    version: '0.1.0',
    ratio,
    processor: new SimpleSpanProcessor(spans),
  });
  return { spans, tracing };
}

function start(tracing: Tracing): SessionTrace {
  const trace = tracing.start(SESSION);
  assert(trace !== undefined);
  return trace;
}

describe('openTracing', () => {
  it('makes a span of a session, and one below it of each operation', () => {
    const { spans, tracing } = open();
    const trace = start(tracing);
    let done = 0;
    trace.seal(['sql.select'], () => (done += 1))(undefined);
    trace.result();
    trace.seal(['sql.update'], () => (done += 1))(new Error('no'));
    trace.refuse(['sql.delete']);
    trace.end('client-closed');
    assert.equal(done, 2);
    const found = spans.getFinishedSpans();
    assert.deepEqual(
      found.map(({ name }) => name),
      ['sql.select', 'sql.update', 'sql.delete', 'session'],
    );
    const session = found.at(-1);
    const parent = session?.spanContext().spanId;
    for (const span of found.slice(0, -1)) assert.equal(span.parentSpanContext?.spanId, parent);
    assert.equal(session?.attributes['sallyport.end'], 'client-closed');
    assert.equal(session?.resource.attributes['service.name'], 'sallyport');
  });

  it('ends an operation where it was sealed if nobody says when its answer was through', () => {
    const { spans, tracing } = open();
    const trace = start(tracing);
    trace.seal(['sql.set'], () => undefined)(undefined);
    trace.end('client-closed');
    const [operation] = spans.getFinishedSpans();
    assert.equal(operation?.events[0]?.name, 'sealed');
    assert(operation.ended);
  });

  it('leaves the sessions alone that are not among the sampled', () => {
    const { spans, tracing } = open(0);
    assert.equal(tracing.start(SESSION), undefined);
    assert.deepEqual(spans.getFinishedSpans(), []);
  });
});
