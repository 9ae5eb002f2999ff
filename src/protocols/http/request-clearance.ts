import { createHash } from 'node:crypto';
import { AskedValues } from '../../masking/bodies/asked-values.ts';
import { DECODABLE_CODINGS, parseContentEncoding } from '../../wire/http/content-coding.ts';
import type { FieldList } from '../../wire/http/field-list.ts';
import { GuardedClearance } from '../guarded-clearance.ts';
import type { PendingClearance, Verdict } from '../operation-clearance.ts';
import { takeReason } from './client-credential.ts';
import type { ClientExchange } from './client-exchange.ts';
import { ContentCodingError } from './content/content-coding-error.ts';
import { decodeContent } from './content/decode-content.ts';
import type { HttpRequest, HttpRequestHead } from './exchange.ts';
import type { ExchangeServices } from './exchange-context.ts';
import type { HttpOperation } from './http-operation.ts';
import type { HttpSession } from './http-session.ts';
import { describeUnavailable, HTTP_WORDS, wordsOfWaiting } from './http-words.ts';
import { type CheckedRequest, checkMaskedRequest } from './masked/check-request.ts';
import { type Problem, ProblemError } from './problem.ts';
import { type CollectedBody, collectBody, WholeBody } from './whole-body.ts';
import { withPatience } from './with-patience.ts';

/** Bytes of a body that people are asked about: an approval is for exactly these. */
const REVIEWED_BYTES_MAX: number = 1024 * 1024;
const NONE_LEFT = 'more pseudonyms were looked up in this hour than one principal may';
/** Fields that differ from one try to the next, and mean nothing to what is done. */
const VOLATILE: ReadonlySet<string> = new Set([
  'accept-encoding',
  'baggage',
  'date',
  'kubectl-command',
  'kubectl-session',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'traceparent',
  'tracestate',
  'user-agent',
  'x-correlation-id',
  'x-request-id',
  'x-stream-protocol-version',
]);

export interface RequestClearanceParts {
  readonly session: HttpSession;
  readonly exchange: ClientExchange;
  /** Number of the exchange in its session. */
  readonly channel: number;
  readonly services: Pick<ExchangeServices, 'nowMs'>;
  /** Where the client finds out how a review stands. @param requestId Of the review. */
  readonly locate: (requestId: string) => string;
}

/** Who is told what becomes of a request. */
export interface RequestClearanceListener {
  /** Runs what is called back later; what it throws ends the exchange. Not called once that is over. */
  guarded(act: () => void): void;
  /**
   * Once, maybe at once.
   *
   * @param request As it may be sent: its body is not read yet, or is at hand.
   */
  onVerdict(verdict: Verdict<Problem>, request: HttpRequest, operation: HttpOperation): void;
}

/**
 * Finds out what a request would do, asks whether it may, and has that sealed. The body is read before only where
 * policies or people are to see it.
 */
export class RequestClearance implements PendingClearance {
  readonly #parts: RequestClearanceParts;
  readonly #listener: RequestClearanceListener;
  #request: HttpRequest;
  /** As it came. */
  readonly #clientQuery: string;
  /** Its body without content coding, once that was looked at. */
  #content: Buffer | undefined;
  #pending: PendingClearance | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(
    request: HttpRequest,
    parts: RequestClearanceParts,
    listener: RequestClearanceListener,
  ) {
    this.#request = request;
    this.#clientQuery = request.query;
    this.#parts = parts;
    this.#listener = listener;
  }

  /** @throws {ProblemError} If it is no request that the target can be asked. */
  start(): void {
    const { describer } = this.#parts.session.service.dialect;
    const operation = describer.describe(this.#request);
    const { bodyBytesMax } = operation;
    if (bodyBytesMax === undefined) return this.#complete(operation);
    this.#readContent(bodyBytesMax, (content) =>
      this.#complete(describer.describeWithBody(this.#request, content)),
    );
  }

  withdraw(reason: 'cancelled' | 'disconnected'): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#pending?.withdraw(reason);
  }

  #complete(operation: HttpOperation): void {
    const { service } = this.#parts.session;
    const completing = service.dialect.describer.complete?.(this.#request, operation);
    if (completing === undefined) return this.#check(operation);
    void completing.then((completed) =>
      this.#later(() => {
        if (completed.kind === 'complete') return this.#check(completed.operation);
        this.#refuse(operation, completed.reason);
      }),
    );
  }

  /** Asks what masking has to say of it. */
  #check(operation: HttpOperation): void {
    const { session } = this.#parts;
    const masking = session.service.masking();
    if (masking === undefined) return this.#clear(operation);
    const { shown } = session.session.guard.reveal(masking.classNames);
    if (!masking.hidesAny(shown)) return this.#clear(operation);
    const readBody = (bytesMax: number, act: (body: Buffer) => void): void =>
      this.#readContent(bytesMax, act);
    const { graphql, grpcMethod, otherPaths = [] } = operation;
    const request = this.#request;
    const parts = { masking, shown, request, graphql, grpcMethod, otherPaths, readBody };
    checkMaskedRequest(parts, (checked) =>
      this.#later(() => this.#takeChecked(checked, operation)),
    );
  }

  #takeChecked(checked: CheckedRequest, operation: HttpOperation): void {
    switch (checked.kind) {
      case 'permitted': {
        const { query, body } = checked;
        this.#request = { ...this.#request, query };
        if (body !== undefined) this.#replaceBody(body);
        if (checked.askedBy.length === 0) return this.#clear(operation);
        if (!this.#spend(checked.askedBy.length)) return this.#refuse(operation, NONE_LEFT);
        const askedBy = new AskedValues(checked.askedBy);
        return this.#clear({ ...operation, key: operation.key ?? operation, askedBy });
      }
      case 'refused':
        return this.#refuse(operation, checked.reason);
      case 'unavailable':
        throw new ProblemError(describeUnavailable('What pseudonyms stand for cannot be asked.'));
    }
  }

  /** Pseudonyms find records, and whoever uses them is on record. False: more than the principal may use. */
  #spend(count: number): boolean {
    const { guard } = this.#parts.session.session;
    const allowed = guard.spendPseudonyms(count);
    guard.note('pseudonym.use', { exchange: this.#parts.channel, count, allowed });
    return allowed;
  }

  #refuse(operation: HttpOperation, reason: string): void {
    const { clearance } = this.#parts.session;
    this.#tell(clearance.refuse(this.#withNumber(operation), reason), operation);
  }

  /** @param body Without content coding. */
  #replaceBody(body: Buffer): void {
    this.#request = {
      ...this.#request,
      fields: this.#request.fields.without('content-encoding'),
      ...{ body: new WholeBody(body), bodyBytes: body.length },
      ...(this.#content !== undefined && { clientBody: this.#content }),
    };
  }

  #clear(operation: HttpOperation): void {
    const { session } = this.#parts;
    const { guard } = session.session;
    const decision = guard.decide(operation.key ?? operation, () => operation.actions);
    if (decision.kind !== 'review') {
      this.#pending = session.clearance.clear(this.#withNumber(operation), {
        onVerdict: (verdict) => this.#tell(verdict, operation),
      });
      return;
    }
    if (this.#request.body.length === 0) return this.#hold(operation, undefined);
    this.#readContent(REVIEWED_BYTES_MAX, (body) => this.#hold(operation, body));
  }

  /** What people approve is this body with these fields, and no other. */
  #hold(operation: HttpOperation, body: Buffer | undefined): void {
    const { session, services, locate } = this.#parts;
    const { principal, guard, counts, target } = session.session;
    const { people, workloads } = target.onReview;
    const waits = (principal.kind === 'person' ? people : workloads) === 'wait';
    const { nowMs } = services;
    const clearance = new GuardedClearance({
      session: {
        guard: withPatience(guard, {
          untilMs: waits ? nowMs() + session.service.reviewPatienceMs : 0,
          nowMs,
          schedule: (afterMs, act) => {
            this.#timer = setTimeout(() => this.#later(act), afterMs);
          },
        }),
        counts,
      },
      protocol: target.kind,
      words: waits ? wordsOfWaiting(locate) : HTTP_WORDS,
      reason: takeReason(this.#parts.exchange.request.fields),
      isolate: (act) => this.#later(act),
      detectors: () => session.service.detectors(),
    });
    const query = this.#clientQuery;
    // Of a query that the text does not say as it is, people are to know, too.
    const hidden = operation.textSha256 === undefined || query === '' ? [] : [Buffer.from(query)];
    // As the client sent it: what its pseudonyms stand for is not told to who asked by them.
    const sent = this.#request.clientBody ?? body;
    const held = {
      ...this.#withNumber(operation),
      values: [...hidden, ...(sent === undefined ? [] : [sent])],
      meaning: {
        ...operation.meaning,
        fields: digestFields(this.#request),
        body: body === undefined ? '' : createHash('sha256').update(body).digest('hex'),
      },
    };
    this.#pending = clearance.clear(held, {
      onVerdict: (verdict) => this.#tell(verdict, operation),
    });
  }

  /** With the number of the exchange, by which its entries in the ledger belong together. */
  #withNumber(operation: HttpOperation): HttpOperation {
    const detail = { ...operation.detail, exchange: this.#parts.channel };
    return { ...operation, key: operation.key ?? operation, detail };
  }

  /** Reads the body whole, without its content coding. */
  #readContent(bytesMax: number, act: (content: Buffer) => void): void {
    this.#readBody(bytesMax, (body) => {
      this.#content = decode(body, this.#request.fields, bytesMax);
      // Services that take no notice of codings would read something else than what was looked at.
      if (this.#content !== body) this.#replaceBody(this.#content);
      act(this.#content);
    });
  }

  #readBody(bytesMax: number, act: (body: Buffer) => void): void {
    const { exchange } = this.#parts;
    exchange.sendContinue();
    collectBody(this.#request.body, bytesMax, (collected) =>
      this.#later(() => {
        const bytes = takeWhole(collected, bytesMax);
        if (bytes === undefined) return;
        this.#request = { ...this.#request, body: new WholeBody(bytes), bodyBytes: bytes.length };
        act(bytes);
      }),
    );
  }

  #later(act: () => void): void {
    if (!this.#isOver) this.#listener.guarded(act);
  }

  /** The ledger calls back from its own turn: what is thrown there would be everybody's. */
  #tell(verdict: Verdict<Problem>, operation: HttpOperation): void {
    this.#later(() => this.#listener.onVerdict(verdict, this.#request, operation));
  }
}

/** Undefined where the client is gone. @throws {ProblemError} */
function takeWhole(collected: CollectedBody, bytesMax: number): Buffer | undefined {
  switch (collected.kind) {
    case 'whole':
      return collected.bytes;
    case 'cut':
      return undefined;
    case 'too-large':
      throw new ProblemError({
        status: 413,
        title: 'Body too large to be decided on',
        detail: `The body of this request has to be looked at before it may be passed on, and has more than ${bytesMax} bytes.`,
      });
  }
}

/** @throws {ProblemError} */
function decode(body: Buffer, fields: FieldList, bytesMax: number): Buffer {
  const coding = parseContentEncoding(fields.get('content-encoding'));
  if (coding === 'identity') return body;
  try {
    if (coding !== undefined) return decodeContent(body, coding, bytesMax);
  } catch (cause) {
    if (!(cause instanceof ContentCodingError)) throw cause;
  }
  throw new ProblemError({
    status: 415,
    title: 'Body cannot be read',
    detail:
      'The body of this request has to be looked at, and is not in a content coding that the gateway can decode.',
    fields: [['accept-encoding', DECODABLE_CODINGS]],
  });
}

/** Clients write fields of different names in any order: those of Go anew each time. */
function digestFields({ fields }: HttpRequestHead): string {
  const hash = createHash('sha256');
  const inOrder = [...fields].toSorted(
    ([left], [right]) => Number(left > right) - Number(left < right),
  );
  for (const [name, value] of inOrder) {
    if (!VOLATILE.has(name)) hash.update(`${name}: ${value}\n`);
  }
  return hash.digest('hex');
}
