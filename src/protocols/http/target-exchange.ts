import type { EvidenceFields } from '../../masking/rows/result-evidence.ts';
import { FieldList } from '../../wire/http/field-list.ts';
import { HttpMessageError } from '../../wire/http/http-message-error.ts';
import { UpstreamError } from '../upstream-error.ts';
import { isOwnCookie } from './browser/browser-request.ts';
import type { ClientExchange } from './client-exchange.ts';
import { describeUnmaskable, describeUpstreamError } from './describe-failure.ts';
import type {
  HttpRequest,
  HttpResponse,
  PendingExchange,
  RawStream,
  ResponseListener,
} from './exchange.ts';
import type { ExchangeServices } from './exchange-context.ts';
import { ExchangeRecord } from './exchange-record.ts';
import { ExchangeRights } from './exchange-rights.ts';
import { withForwarding } from './forwarded-fields.ts';
import type { HttpOperation } from './http-operation.ts';
import type { HttpSession } from './http-session.ts';
import { ResponseMasking } from './masked/response-masking.ts';
import { addPrefix } from './path-prefix.ts';
import type { Problem } from './problem.ts';
import type { RunningUpgrade, UpgradedExchange, UpgradeHandler } from './upgrade-handler.ts';
import { mapPaths } from './url-fields.ts';

export interface TargetExchangeParts {
  readonly client: ClientExchange;
  /** As it was cleared. */
  readonly request: HttpRequest;
  readonly operation: HttpOperation;
  /** See `Verdict`. */
  readonly approvedUnder: string | undefined;
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
  readonly #record: ExchangeRecord;
  readonly #rights: ExchangeRights;
  /** As the target was asked. */
  #sent: HttpRequest;
  #upgraded: RunningUpgrade | undefined;
  #pending: PendingExchange | undefined;
  /** Of the response. */
  #status = 0;
  #isOver = false;

  constructor(parts: TargetExchangeParts) {
    this.#parts = parts;
    this.#sent = parts.request;
    this.#rights = new ExchangeRights(parts);
    const { request, session } = parts;
    if (request.upgrade !== undefined) {
      this.#handler = session.service.dialect.findUpgradeHandler(request);
    }
    this.#record = new ExchangeRecord({
      ...parts,
      session: session.session,
      isRecordedElsewhere: this.#handler?.recordsItself === true,
    });
  }

  /** It goes on as something else, which its client ends by leaving. */
  get isUpgraded(): boolean {
    return this.#upgraded !== undefined;
  }

  start(): void {
    const { client, request, session, clientAddress } = this.#parts;
    client.sendContinue();
    const { scheme, authority } = request;
    const { pathPrefix } = session.service;
    const fields = this.#openMasking()?.maskRequest(request.fields) ?? request.fields;
    const sent: HttpRequest = {
      ...request,
      fields: withForwarding(fields, { clientAddress, scheme, authority, pathPrefix }),
      body: this.#record.takeRequest(),
    };
    this.#sent = this.#handler?.prepare(sent) ?? sent;
    const pending = session.upstream.send(this.#sent, this);
    if (this.#isOver) pending.abort();
    else this.#pending = pending;
  }

  /** Whether it may go on. @param rights Of the moment. */
  mayGoOn(rights: string): boolean {
    return this.#rights.areHeld(rights) && this.#upgraded?.mayGoOn?.(rights) !== false;
  }

  /** @param isWhole Whether the client has all of a response. @param reason Why, where it has not. */
  close(isWhole: boolean, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#upgraded?.close(reason);
    this.#record.close(isWhole || this.#upgraded !== undefined);
    this.#pending?.abort();
  }

  onResponse(response: HttpResponse): void {
    if (this.#isOver) return response.body.destroy();
    this.#parts.guarded(() => {
      try {
        this.#show(this.#record.takeAnswer(response));
      } catch (error) {
        if (!(error instanceof HttpMessageError)) throw error;
        // Of the target's making, and so is the failure.
        this.onError(new UpstreamError('ERR_UPSTREAM_PROTOCOL', error.reason, { cause: error }));
      }
    });
  }

  onUpgrade(response: HttpResponse, stream: RawStream): void {
    this.#parts.guarded(() => {
      const handler = this.#handler;
      if (this.#isOver || handler?.accepts(this.#sent, response) !== true) {
        stream.destroy();
        return this.#answer(UPGRADE_FAILED);
      }
      if (handler.followsRights) this.#rights.takeShown(undefined);
      this.#upgraded = handler.carry(this.#describeUpgraded(response, stream));
    });
  }

  #describeUpgraded(response: HttpResponse, target: RawStream): UpgradedExchange {
    const { client, session, operation, channel, services, request } = this.#parts;
    const fields = response.fields
      .filter((name) => OF_UPGRADES.has(name))
      .append('connection', 'upgrade')
      .append('upgrade', request.upgrade ?? '');
    this.#record.takeHead(response.status, fields, undefined);
    return {
      ...{ request: this.#sent, response, operation, channel },
      target: this.#record.takeTarget(target),
      session: session.session,
      clearance: session.clearance,
      masking: () => session.service.masking(),
      client: this.#record.takeClient(client.upgrade(fields)),
      record: this.#record,
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
    const { session, services } = this.#parts;
    services.onUpstreamError(session.session, error);
    this.#answer(describeUpstreamError(error, session.service.name));
  }

  #answer(problem: Problem): void {
    this.#record.takeHead(problem.status, FieldList.empty, 0);
    this.#parts.answer(problem);
  }

  /** By the rights of the moment; undefined where the target has no data map. */
  #openMasking(): ResponseMasking | undefined {
    const { session, request, operation } = this.#parts;
    const masking = session.service.masking();
    if (masking === undefined) return undefined;
    const { shown } = session.session.guard.reveal(masking.classNames);
    this.#rights.takeShown(shown);
    return new ResponseMasking({
      masking,
      shown,
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
        this.#answer(describeUnmaskable(shown.reason));
      }),
    );
  }

  #deliver(response: HttpResponse): void {
    if (this.#isOver) return response.body.destroy();
    const { pathPrefix } = this.#parts.session.service;
    const own = withoutOwnCookies(response.fields);
    const fields = pathPrefix === '' ? own : mapPaths(own, addPrefix(pathPrefix));
    this.#parts.client.respond(this.#record.takeShown({ ...response, fields }));
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
