import {
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';

/** Where traces go, and of how much. */
export interface TracingOptions {
  readonly version: string;
  /** Share of sessions that are traced, 0 to 1. */
  readonly ratio: number;
  readonly processor: SpanProcessor;
}

/** A session that may be traced. Nothing of a statement, a row or a patient is said. */
export interface TracedSession {
  readonly id: string;
  readonly target: string;
  readonly protocol: string;
}

/** Traces some sessions. */
export interface SessionTracer {
  /** Undefined for a session that is not among those. */
  start(session: TracedSession): SessionTrace | undefined;
}

/** What happened in a session, for those who look for where time goes. */
export interface SessionTrace {
  /**
   * An operation is entered in the ledger.
   *
   * @returns To be called back in place of `done`, which it calls.
   */
  seal(
    actions: readonly string[],
    done: (error: Error | undefined) => void,
  ): (error: Error | undefined) => void;
  refuse(actions: readonly string[]): void;
  /** The answer to the last operation is through. */
  result(): void;
  end(reason: string): void;
}

/** A tracer that can be told to send what it still has. */
export interface Tracing extends SessionTracer, AsyncDisposable {}

export interface OtlpTracesOptions {
  /** Of the receiver; `/v1/traces` is put behind it. */
  readonly url: string;
  /** PEM; the system's authorities when undefined. */
  readonly ca: string | undefined;
  readonly authorization: string | undefined;
  /** Milliseconds between two deliveries. */
  readonly intervalMs: number;
}

/** Spans that wait at most; more are dropped, for nothing may wait for a trace. */
const SPANS_MAX = 2_048;

/** Sends spans to a receiver of OTLP over HTTP. */
export function sendTraces(options: OtlpTracesOptions): SpanProcessor {
  const { url, ca, authorization, intervalMs } = options;
  const exporter = new OTLPTraceExporter({
    url: `${url}/v1/traces`,
    headers: authorization === undefined ? {} : { authorization },
    ...(ca !== undefined && { httpAgentOptions: { ca } }),
  });
  return new BatchSpanProcessor(exporter, {
    maxQueueSize: SPANS_MAX,
    scheduledDelayMillis: intervalMs,
  });
}

/** Opens tracing; nothing is registered for the whole process. */
export function openTracing({ version, ratio, processor }: TracingOptions): Tracing {
  const provider = new BasicTracerProvider({
    resource: describeService(version),
    sampler: new TraceIdRatioBasedSampler(ratio),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('sallyport', version);
  return {
    start(session) {
      const span = tracer.startSpan('session', {
        kind: SpanKind.SERVER,
        root: true,
        attributes: {
          'session.id': session.id,
          'sallyport.target': session.target,
          'sallyport.protocol': session.protocol,
        },
      });
      return span.isRecording() ? new SpansOfSession(tracer, span) : undefined;
    },
    [Symbol.asyncDispose]: () => provider.shutdown(),
  };
}

type Resource = NonNullable<
  NonNullable<ConstructorParameters<typeof BasicTracerProvider>[0]>['resource']
>;

function describeService(version: string): Resource {
  const attributes = { 'service.name': 'sallyport', 'service.version': version };
  const resource: Resource = {
    attributes,
    merge: () => resource,
    getRawAttributes: () => Object.entries(attributes),
  };
  return resource;
}

/** The span of a session, and one for each of its operations. */
class SpansOfSession implements SessionTrace {
  readonly #tracer: Tracer;
  readonly #session: Span;
  #operation: { readonly span: Span; sealedAt: Date | undefined } | undefined;

  constructor(tracer: Tracer, session: Span) {
    this.#tracer = tracer;
    this.#session = session;
  }

  seal(
    actions: readonly string[],
    done: (error: Error | undefined) => void,
  ): (error: Error | undefined) => void {
    this.#endOperation();
    const operation: { span: Span; sealedAt: Date | undefined } = {
      span: this.#start(actions),
      sealedAt: undefined,
    };
    this.#operation = operation;
    return (error) => {
      operation.sealedAt = new Date();
      operation.span.addEvent('sealed');
      if (error !== undefined) operation.span.setStatus({ code: SpanStatusCode.ERROR });
      done(error);
    };
  }

  refuse(actions: readonly string[]): void {
    this.#endOperation();
    const span = this.#start(actions);
    span.setAttribute('sallyport.refused', true);
    span.end();
  }

  result(): void {
    this.#operation?.span.end();
    this.#operation = undefined;
  }

  end(reason: string): void {
    this.#endOperation();
    this.#session.setAttribute('sallyport.end', reason);
    this.#session.end();
  }

  /** Of an operation whose end nobody told, what is known is when it was sealed. */
  #endOperation(): void {
    this.#operation?.span.end(this.#operation.sealedAt);
    this.#operation = undefined;
  }

  #start(actions: readonly string[]): Span {
    const name = actions.length === 0 ? 'operation' : actions.join(' ');
    return this.#tracer.startSpan(name, {}, trace.setSpan(context.active(), this.#session));
  }
}
