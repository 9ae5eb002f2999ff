import assert from 'node:assert/strict';
import { SIGNED_IN_PATH } from '../../identity/site-sign-ins.ts';
import { parseAuthority } from '../../wire/http/authority.ts';
import { HttpMessageError } from '../../wire/http/http-message-error.ts';
import type { Verdict } from '../operation-clearance.ts';
import { isFromOwnPages } from './browser/browser-request.ts';
import { findCredential, withoutCredential } from './client-credential.ts';
import type { ClientExchange, ClientExchangeOwner } from './client-exchange.ts';
import { describeMessageError } from './describe-failure.ts';
import {
  checkMethod,
  cutPrefix,
  describeRequest,
  findPlace,
  type RequestPlace,
} from './describe-request.ts';
import { encodeProblem } from './encode-problem.ts';
import type { HttpRequest, HttpRequestHead } from './exchange.ts';
import type { ExchangeOrigin, ExchangeServices } from './exchange-context.ts';
import type { HttpOperation } from './http-operation.ts';
import type { HttpService } from './http-service.ts';
import type { HttpSession, RunningExchange } from './http-session.ts';
import { type OpenedSession, type SessionQuestion, signInBy } from './http-sessions.ts';
import { answerOwnPath, isOwnPath, requestPath } from './own-paths.ts';
import { type Problem, ProblemError } from './problem.ts';
import { RequestClearance } from './request-clearance.ts';
import { TargetExchange } from './target-exchange.ts';

/** Serves one request of a client: who asks, what for, whether it may be; then it goes on to the target. */
export function serveExchange(
  exchange: ClientExchange,
  origin: ExchangeOrigin,
  services: ExchangeServices,
): void {
  const served = new ServedExchange(exchange, origin, services);
  exchange.owner = served;
  served.start();
}

class ServedExchange implements ClientExchangeOwner, RunningExchange {
  readonly #exchange: ClientExchange;
  readonly #origin: ExchangeOrigin;
  readonly #services: ExchangeServices;
  #session: HttpSession | undefined;
  #head: HttpRequestHead | undefined;
  #clearance: RequestClearance | undefined;
  #channel = 0;
  #target: TargetExchange | undefined;
  #isOver = false;
  /** The ledger has been told that it broke off. */
  #isNoted = false;

  constructor(exchange: ClientExchange, origin: ExchangeOrigin, services: ExchangeServices) {
    this.#exchange = exchange;
    this.#origin = origin;
    this.#services = services;
  }

  start(): void {
    this.guarded(() => this.#findSession());
  }

  // Who asks, and what for.

  #findSession(): void {
    const { request } = this.#exchange;
    checkMethod(request);
    // Whether segments may have parameters the target says, which the path leads to.
    const place = findPlace(request.target, true);
    const { sessions, siteSignIn } = this.#services;
    if (place.path === SIGNED_IN_PATH && siteSignIn !== undefined) {
      return this.#answerLater(siteSignIn.finish(request));
    }
    const { findService, clientAddress, isEncrypted, door, certificateChain } = this.#origin;
    const credential = findCredential(request.fields, certificateChain);
    if (credential === undefined) return this.#askToSignIn();
    if (credential.kind === 'cookie' && !isFromOwnPages(request)) return this.#answer(FOREIGN_PAGE);
    const service = findService(request.authority, place.path);
    const { host } = parseAuthority(request.authority);
    if (service === undefined) return this.#answerLater(this.#refuseUnknown({ credential, host }));
    if (!service.pathParameters) findPlace(request.target, false);
    const applicationName = request.fields.get('user-agent') ?? '';
    const question = { credential, host, service, clientAddress, applicationName, isEncrypted };
    const known = sessions.find(question, this.#origin.memory);
    if (known !== undefined) return this.#enter(known, place);
    sessions.open(question, door, this.#origin.signal).then(
      (opened) => this.guarded(() => this.#opened(opened, service, place)),
      (error: unknown) => this.fail(error),
    );
  }

  #askToSignIn(): void {
    const elsewhere = this.#services.siteSignIn?.begin(this.#exchange.request);
    this.#answer(elsewhere ?? UNAUTHENTICATED);
  }

  /** The same for targets that do not exist and for those that are forbidden. */
  async #refuseUnknown(who: Pick<SessionQuestion, 'credential' | 'host'>): Promise<Problem> {
    const { door, signal, isEncrypted } = this.#origin;
    const { scheme, authority, fields } = this.#exchange.request;
    // No target has such a name, so that nobody is ever admitted by it.
    const targetName = `${scheme}://${authority}`;
    const own = door.within(targetName);
    const signIn = await signInBy(who, own, signal);
    if (signIn.kind === 'rejected') return UNAUTHENTICATED;
    const applicationName = fields.get('user-agent') ?? '';
    const { principal } = signIn;
    const admission = await own.admit({ principal, targetName, applicationName, isEncrypted });
    assert.equal(admission.kind, 'refused');
    return UNKNOWN;
  }

  #opened(opened: OpenedSession, service: HttpService, place: RequestPlace): void {
    if (this.#isOver) return;
    switch (opened.kind) {
      case 'open':
        return this.#enter(opened.session, place);
      case 'unauthenticated':
        return this.#askToSignIn();
      case 'refused':
        return this.#answer(describeRefusedAdmission(opened), service);
    }
  }

  // Whether it may be.

  #enter(session: HttpSession, { path, query }: RequestPlace): void {
    const { body } = this.#exchange;
    const { service } = session;
    this.#session = session;
    this.#origin.door.noteSignedIn();
    this.#channel = session.begin(this);
    const place = { path: cutPrefix(path, service.pathPrefix), query };
    const head = this.#describe(place, service);
    this.#head = head;
    if (isOwnPath(place.path)) {
      return this.#answerLater(answerOwnPath(head, session, this.#services.findReview));
    }
    this.#clearance = new RequestClearance(
      { ...head, body },
      {
        session,
        services: this.#services,
        exchange: this.#exchange,
        channel: this.#channel,
        locate: (requestId) => `${service.pathPrefix}${requestPath(requestId)}`,
      },
      {
        guarded: (act) => this.guarded(act),
        onVerdict: (...told) => this.#take(...told),
      },
    );
    this.#clearance.start();
  }

  /** An upgrade that nobody could follow was not asked for. */
  #describe(place: RequestPlace, { dialect }: HttpService): HttpRequestHead {
    const { request } = this.#exchange;
    const head = describeRequest(request, place, request.fields.derive(withoutCredential));
    if (head.upgrade === undefined || dialect.findUpgradeHandler(head) !== undefined) return head;
    return { ...head, upgrade: undefined };
  }

  #take(verdict: Verdict<Problem>, request: HttpRequest, operation: HttpOperation): void {
    const session = this.#session;
    if (this.#isOver || session === undefined) return;
    if (verdict.kind === 'refused') return this.#answer(verdict.message, session.service);
    this.#target = new TargetExchange({
      client: this.#exchange,
      request,
      operation,
      approvedUnder: verdict.approvedUnder,
      session,
      services: this.#services,
      clientAddress: this.#origin.clientAddress,
      channel: this.#channel,
      guarded: (act) => this.guarded(act),
      answer: (problem) => this.#answer(problem, session.service),
    });
    this.#target.start();
  }

  // The end.

  #answer(problem: Problem, service?: HttpService): void {
    if (this.#isOver) return;
    if (this.#exchange.hasAnswer) return this.#abort();
    const head = this.#head ?? this.#exchange.request;
    this.#exchange.respond(encodeProblem(problem, head, service?.dialect));
  }

  /** What the client has cannot be taken for the whole. */
  #abort(reason?: string): void {
    this.#finish(false, reason);
    // What an upgraded one has become ends its connection by itself, once the client has been told why.
    if (this.#target?.isUpgraded !== true) this.#exchange.abort();
  }

  #answerLater(problem: Promise<Problem>): void {
    problem.then(
      (answer) => this.guarded(() => this.#answer(answer, this.#session?.service)),
      (error: unknown) => this.fail(error),
    );
  }

  /** The client is gone. */
  onGone(): void {
    this.#clearance?.withdraw('disconnected');
    if (this.#target?.isUpgraded === false && !this.#isNoted) {
      this.#session?.session.guard.note('cancel', { exchange: this.#channel });
    }
    this.#finish();
  }

  onResponded(): void {
    this.#finish(true);
  }

  /** The session is over: so is what runs in it. */
  end(): void {
    if (this.#isOver) return;
    this.#clearance?.withdraw('disconnected');
    this.#abort();
  }

  checkRights(rights: string): void {
    this.guarded(() => {
      const session = this.#session;
      if (this.#isOver || session === undefined || this.#target?.mayGoOn(rights) !== false) return;
      const reason = 'the rights to it have changed';
      session.session.guard.note('cancel', { exchange: this.#channel, reason });
      this.#isNoted = true;
      this.#abort(reason);
    });
  }

  /** Fails this exchange and no other. */
  guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    if (error instanceof ProblemError) return this.#answer(error.problem, this.#session?.service);
    if (error instanceof HttpMessageError) return this.#answer(describeMessageError(error));
    this.#services.onFailure(error);
    try {
      this.#answer(INTERNAL_ERROR);
    } catch {
      // Even that cannot be said.
      this.#abort();
    }
  }

  /** @param isWhole Whether the client has all of a response. @param reason Why, where it has not. */
  #finish(isWhole = false, reason = 'the session is over'): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#target?.close(isWhole, reason);
    const session = this.#session;
    if (session === undefined) return;
    this.#services.onActivity(session.session);
    session.leave(this);
  }
}

const UNAUTHENTICATED: Problem = {
  status: 401,
  title: 'Sign-in needed',
  detail: 'Send a token of yours as "Authorization: Bearer …". It may have expired: get a new one.',
  fields: [['www-authenticate', 'Bearer realm="sallyport"']],
};

/** Browsers send cookies with what pages of others ask for. */
const FOREIGN_PAGE: Problem = {
  status: 403,
  title: 'Asked for by a page of somebody else',
  detail: 'A browser that has signed in may ask for this only from pages of this very site.',
};

const INTERNAL_ERROR: Problem = {
  status: 500,
  title: 'Internal error',
  detail: 'The gateway itself has failed at this request. Its log says why.',
};

const UNKNOWN: Problem = {
  status: 404,
  title: 'Not found',
  detail: 'There is no such target, or you may not connect to it.',
};

function describeRefusedAdmission({
  reason,
  message,
}: Extract<OpenedSession, { kind: 'refused' }>): Problem {
  switch (reason) {
    case 'hidden':
      return UNKNOWN;
    case 'too-many':
      return { status: 429, title: 'Too many sessions', detail: `${message}.` };
    case 'unavailable':
      return { status: 503, title: 'Not available at present', detail: `${message}.` };
  }
}
