import type { EvidenceFields } from '../../masking/rows/result-evidence.ts';
import type { FieldList } from '../../wire/http/field-list.ts';
import type { UpstreamError } from '../upstream-error.ts';
import { isOwnCookie } from './browser/browser-request.ts';
import type { ClientExchange } from './client-exchange.ts';
import { DeliveredBody } from './delivered-body.ts';
import { describeUnmaskable, describeUpstreamError } from './describe-failure.ts';
import type {
  HttpRequest,
  HttpResponse,
  PendingExchange,
  RawStream,
  ResponseListener,
} from './exchange.ts';
import type { ExchangeServices } from './exchange-context.ts';
import { ExchangeFrames } from './exchange-frames.ts';
import { withForwarding } from './forwarded-fields.ts';
import { GuardedStream } from './guarded-stream.ts';
import type { HttpOperation } from './http-operation.ts';
import type { HttpSession } from './http-session.ts';
import { ResponseMasking } from './masked/response-masking.ts';
import type { Problem } from './problem.ts';
import type { RunningUpgrade, UpgradedExchange, UpgradeHandler } from './upgrade-handler.ts';

export interface TargetExchangeParts {
  readonly client: ClientExchange;
  /** As it was cleared. */
  readonly request: HttpRequest;
  readonly operation: HttpOperation;
  readonly session: HttpSession;
  readonly services: ExchangeServices;
  /** IP address. */
  readonly clientAddress: string;
  /** Number in the recording. */
  readonly channel: number;
  /** Runs what is called back; what it throws ends the exchange. */
  readonly guarded: (act: () => void) => void;
  readonly answer: (problem: Problem) => void;
}

/** Takes a request that may be to the target, and its response to the client. */
export class TargetExchange implements ResponseListener {
  readonly #parts: TargetExchangeParts;
  readonly #handler: UpgradeHandler | undefined;
  /** As the target was asked. */
  #sent: HttpRequest;
  #upgraded: RunningUpgrade | undefined;
  #pending: PendingExchange | undefined;
  #frames: ExchangeFrames | undefined;
  /** Of the response. */
  #status = 0;
  #isOver = false;

  constructor(parts: TargetExchangeParts) {
    this.#parts = parts;
    this.#sent = parts.request;
    const { request, session } = parts;
    if (request.upgrade !== undefined) {
      this.#handler = session.service.dialect.findUpgradeHandler(request);
    }
  }

  /** It goes on as something else, which its client ends by leaving. */
  get isUpgraded(): boolean {
    return this.#upgraded !== undefined;
  }

  start(): void {
    const { client, request, session, clientAddress, channel, guarded } = this.#parts;
    client.sendContinue();
    const { counts, recorder } = session.session;
    const { scheme, authority } = request;
    const fields = this.#openMasking()?.maskRequest(request.fields) ?? request.fields;
    const sent: HttpRequest = {
      ...request,
      fields: withForwarding(fields, { clientAddress, scheme, authority }),
      body: new DeliveredBody(request.body, {
        ...{ recorder, guarded },
        onPiece: (bytes) => {
          counts.bytesSent += bytes.length;
          this.#frames?.takeRequest(bytes);
        },
      }),
    };
    if (recorder !== undefined && this.#handler?.recordsItself !== true)
      this.#frames = new ExchangeFrames(recorder, channel, this.#parts);
    this.#sent = this.#handler?.prepare(sent) ?? sent;
    const pending = session.upstream.send(this.#sent, this);
    if (this.#isOver) pending.abort();
    else this.#pending = pending;
  }

  /** @param isWhole Whether the client has all of a response. */
  close(isWhole: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#upgraded?.close('the session is over');
    this.#frames?.close(isWhole || this.#upgraded !== undefined);
    this.#pending?.abort();
  }

  onResponse(response: HttpResponse): void {
    if (this.#isOver) return response.body.destroy();
    this.#parts.guarded(() => this.#show(response));
  }

  onUpgrade(response: HttpResponse, stream: RawStream): void {
    this.#parts.guarded(() => {
      const handler = this.#handler;
      if (this.#isOver || handler?.accepts(this.#sent, response) !== true) {
        stream.destroy();
        return this.#parts.answer(UPGRADE_FAILED);
      }
      this.#upgraded = handler.carry(this.#describeUpgraded(response, stream));
    });
  }

  #describeUpgraded(response: HttpResponse, target: RawStream): UpgradedExchange {
    const { client, session, operation, channel, services, request, guarded } = this.#parts;
    const { counts } = session.session;
    const fields = response.fields
      .filter((name) => OF_UPGRADES.has(name))
      .append('connection', 'upgrade')
      .append('upgrade', request.upgrade ?? '');
    this.#frames?.takeHead(response.status, fields, undefined);
    return {
      ...{ request: this.#sent, response, operation, channel },
      target: new GuardedStream(target, guarded),
      session: session.session,
      clearance: session.clearance,
      masking: () => session.service.masking(),
      client: new GuardedStream(client.upgrade(fields), guarded),
      record: {
        sent: (bytes) => {
          counts.bytesSent += bytes.length;
          this.#frames?.takeRequest(bytes);
        },
        shown: (bytes) => {
          counts.bytesShown += bytes.length;
          this.#frames?.takeResponse(bytes);
        },
      },
      nowMs: services.nowMs,
      schedule: (afterMs, callback) => {
        const timer = setTimeout(() => this.#parts.guarded(callback), afterMs);
        return () => clearTimeout(timer);
      },
      onActivity: () => services.onActivity(session.session),
    };
  }

  onError(error: UpstreamError): void {
    if (this.#isOver) return;
    const { session, services, answer } = this.#parts;
    services.onUpstreamError(session.session, error);
    answer(describeUpstreamError(error, session.service.name));
  }

  /** By the rights of the moment; undefined where the target has no data map. */
  #openMasking(): ResponseMasking | undefined {
    const { session, request, operation } = this.#parts;
    const masking = session.service.masking();
    if (masking === undefined) return undefined;
    const { guard } = session.session;
    return new ResponseMasking({
      masking,
      shown: guard.reveal(masking.classNames).shown,
      request,
      operation,
      onEvidence: (evidence) => {
        session.session.counts.rows += evidence.rows;
        this.#note(evidence);
      },
    });
  }

  /** What the target answered, and what of it is known. */
  #note(evidence: Partial<EvidenceFields>): void {
    const { session, operation, channel } = this.#parts;
    const fhir = operation.detail?.['fhir'];
    const answered = fhir === undefined ? {} : { status: this.#status, fhir };
    session.session.guard.note('result', { exchange: channel, ...answered, ...evidence });
  }

  #show(response: HttpResponse): void {
    const masking = this.#openMasking();
    this.#status = response.status;
    const { operation, request } = this.#parts;
    const isBare = response.body.length === 0 || request.method === 'HEAD';
    // Of other exchanges only what a body showed is entered; of FHIR's each outcome, for exports say it.
    if (operation.detail?.['fhir'] !== undefined && (isBare || masking === undefined))
      this.#note({ rows: 0 });
    if (masking === undefined) return this.#deliver(response);
    masking.show(response, (shown) =>
      this.#parts.guarded(() => {
        if (shown.kind === 'shown') return this.#deliver(shown.response);
        this.#parts.answer(describeUnmaskable(shown.reason));
      }),
    );
  }

  #deliver(response: HttpResponse): void {
    if (this.#isOver) return response.body.destroy();
    const { client, session, guarded } = this.#parts;
    const { counts, recorder } = session.session;
    const { status } = response;
    const fields = withoutOwnCookies(response.fields);
    this.#frames?.takeHead(status, fields, response.body.length);
    const body = new DeliveredBody(response.body, {
      ...{ recorder, guarded },
      onPiece: (bytes) => {
        counts.bytesShown += bytes.length;
        this.#frames?.takeResponse(bytes);
      },
    });
    client.respond({ status, fields, body });
  }
}

/** What of a 101 its client needs, and nothing else. */
const OF_UPGRADES: ReadonlySet<string> = new Set([
  'sec-websocket-accept',
  'sec-websocket-protocol',
  'x-stream-protocol-version',
]);

const UPGRADE_FAILED: Problem = {
  status: 502,
  title: 'Upgrade failed',
  detail: 'The target changed to another protocol than it was asked for.',
};

/** Nobody but the gateway says who somebody is. */
function withoutOwnCookies(fields: FieldList): FieldList {
  if (!fields.has('set-cookie')) return fields;
  return fields.filter((name, value) => name !== 'set-cookie' || !isOwnCookie(value));
}
