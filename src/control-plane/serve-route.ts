import assert from 'node:assert/strict';
import type { Route } from '../api/route.ts';
import type { Principal } from '../identity/principal.ts';
import { logSignInRefused } from '../telemetry/events.ts';
import { type Answer, answerProblem, answerRefusal } from './answer.ts';
import type { Call, Handler, SignedInCall } from './handler.ts';
import type { ControlPlaneServices } from './services.ts';

/** A request as it came, before anything of it is believed. */
export interface RawCall extends Call {
  /** Every `Authorization` header that was sent. */
  readonly authorization: readonly string[];
}

/** Letters of RFC 6750 section 2.1. */
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * Serves one request, top to bottom: who asks, is it well-formed, may they, do it.
 *
 * Access comes from the contract, not from the handler, and nothing is looked up for somebody who is
 * not signed in.
 */
export async function serveRoute(
  route: Route,
  handler: Handler,
  raw: RawCall,
  services: ControlPlaneServices,
): Promise<Answer> {
  assert.equal(handler.access, route.access.kind);
  const { access } = route;
  if (access.kind === 'public' || access.kind === 'token') {
    assert(handler.access === 'public' || handler.access === 'token');
    const call = checkCall(route, raw);
    return 'kind' in call ? call : handler.handle(call);
  }

  const principal = await authenticate(raw, services);
  if (principal === undefined) {
    return answerProblem('not-signed-in', 'not signed in', 'Run `sallyport login`.');
  }
  const checked = checkCall(route, raw);
  if ('kind' in checked) return checked;
  const call: SignedInCall = { ...checked, principal };
  if (access.kind === 'signed-in') {
    assert(handler.access === 'signed-in');
    return handler.handle(call);
  }

  if (access.kind === 'gateway-policy') {
    assert(handler.access === 'gateway-policy');
    const decision = services.authorize({ action: access.action, principal });
    return decision.kind === 'allow' ? handler.handle(call) : answerRefusal(decision);
  }

  assert(handler.access === 'session-policy');
  const subject = await handler.find(call);
  if (subject === undefined) return answerProblem('not-found', 'there is no such thing');
  const { target, owner } = subject;
  const decision = services.authorize({ action: access.action, principal, target, owner });
  return decision.kind === 'allow' ? subject.handle() : answerRefusal(decision);
}

async function authenticate(
  { authorization, clientAddress, signal }: RawCall,
  { authenticator, ledger, log, nowMs }: ControlPlaneServices,
): Promise<Principal | undefined> {
  const token = authorization.length === 1 ? BEARER.exec(authorization[0] ?? '')?.[1] : undefined;
  if (token === undefined) return undefined;
  const result = await authenticator.authenticate(token, signal);
  if (result.kind === 'authenticated') {
    return nowMs() < result.principal.expiresAtMs ? result.principal : undefined;
  }
  const { reason } = result;
  logSignInRefused(log, { clientAddress, reason });
  ledger.append(
    { kind: 'sign-in.refuse', reason, clientAddress, via: 'api' },
    'written',
    () => undefined,
  );
  return undefined;
}

/** Parses path, query and JSON by the route's schemas; without one, there must be none. */
function checkCall(route: Route, raw: RawCall): Call | Answer {
  const path = route.pathParameters?.safeParse(raw.path);
  if (path?.success === false) return answerProblem('not-found', 'there is no such thing');
  const query = route.query?.safeParse(raw.query);
  if (query?.success === false) return answerNotAccepted('query parameter', query.error);
  const json = route.json?.safeParse(raw.json);
  if (json?.success === false) return answerNotAccepted('field', json.error);
  const { form, clientAddress, signal } = raw;
  return {
    path: path?.data,
    query: query?.data,
    form,
    json: json?.data,
    clientAddress,
    signal,
  };
}

/** What of a schema's complaint is said: names of ours or of the client's own making, never values. */
function answerNotAccepted(
  what: string,
  { issues }: { readonly issues: readonly Issue[] },
): Answer {
  const names = new Set(
    issues.flatMap(({ code, keys, path }) =>
      code === 'unrecognized_keys' ? (keys ?? []) : path.map(String),
    ),
  );
  const list = [...names].map((name) => JSON.stringify(name.slice(0, 64))).join(', ');
  return answerProblem('bad-request', `${what} not accepted: ${list}`);
}

interface Issue {
  readonly code?: string | undefined;
  readonly keys?: readonly string[];
  readonly path: readonly PropertyKey[];
}
