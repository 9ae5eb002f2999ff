import assert from 'node:assert/strict';
import type { Route } from '../api/route.ts';
import { type Answer, answerProblem, answerRefusal, answerTooMany } from './answer.ts';
import { authenticateCall, type CallCredentials } from './authenticate-call.ts';
import type { Call, Handler, SignedInCall } from './handler.ts';
import { isIdempotencyKey, onceKeyOf, serveOnce } from './idempotency.ts';
import type { ControlPlaneServices } from './services.ts';

/** A request as it came, before anything of it is believed. */
export interface RawCall extends Omit<Call, 'json'> {
  /** Text of a body in JSON: it is parsed once the asker may ask. */
  readonly json: string | undefined;
  readonly credentials: CallCredentials;
  /** Every `Idempotency-Key` header that was sent. */
  readonly idempotencyKeys: readonly string[];
}

/**
 * Serves one request, top to bottom: who asks, is it well-formed, may they, do it.
 *
 * Access comes from the contract, not from the handler, and nothing is looked up or parsed for somebody
 * who is not signed in, or asks too often.
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
    const waitSeconds =
      access.kind === 'token' ? services.limits.takeSignIn(raw.clientAddress) : undefined;
    if (waitSeconds !== undefined) return answerTooMany('too many sign-ins', waitSeconds);
    const call = checkCall(route, raw);
    return 'kind' in call ? call : handler.handle(call);
  }

  const asker = await authenticateCall(raw.credentials, services);
  switch (asker.kind) {
    case 'not-signed-in':
      return answerProblem('not-signed-in', 'not signed in', 'Run `sallyport login`.');
    case 'forged':
      return answerProblem('refused', 'the request does not come from the console itself');
    case 'signed-in':
      break;
  }
  const { principal, signIn } = asker;
  const waitSeconds = services.limits.takePrincipal(principal.id, route.weight ?? 1);
  if (waitSeconds !== undefined) return answerTooMany('you ask too often', waitSeconds);
  if (access.kind === 'gateway-policy') {
    const decision = services.authorize({ action: access.action, principal });
    if (decision.kind !== 'allow') return answerRefusal(decision);
  }
  const checked = checkCall(route, raw);
  if ('kind' in checked) return checked;
  const isStillSignedIn = async (): Promise<boolean> => {
    const { kind } = await authenticateCall({ ...raw.credentials, isLook: true }, services);
    return kind === 'signed-in';
  };
  return serveSignedIn(
    route,
    handler,
    { ...checked, principal, signIn, isStillSignedIn },
    {
      services,
      idempotencyKeys: raw.idempotencyKeys,
    },
  );
}

async function serveSignedIn(
  route: Route,
  handler: Handler,
  call: SignedInCall,
  {
    services,
    idempotencyKeys,
  }: { readonly services: ControlPlaneServices; readonly idempotencyKeys: readonly string[] },
): Promise<Answer> {
  const { access } = route;
  const { principal } = call;
  if (access.kind === 'session-policy') {
    assert(handler.access === 'session-policy');
    const subject = await handler.find(call);
    if (subject === undefined) return answerProblem('not-found', 'there is no such session');
    const { target, owner } = subject;
    const decision = services.authorize({ action: access.action, principal, target, owner });
    return decision.kind === 'allow' ? subject.handle() : answerRefusal(decision);
  }

  assert(handler.access === 'signed-in' || handler.access === 'gateway-policy');
  const [key] = idempotencyKeys;
  if (route.takesIdempotencyKey !== true || key === undefined) return handler.handle(call);
  if (idempotencyKeys.length > 1 || !isIdempotencyKey(key)) {
    return answerProblem('bad-request', 'the Idempotency-Key is malformed');
  }
  const once = onceKeyOf(route, call, key);
  return serveOnce(services.idempotency, once, services.nowMs, () => handler.handle(call));
}

/** Parses path, query and JSON by the route's schemas; without one, there must be none. */
function checkCall(route: Route, raw: RawCall): Call | Answer {
  const path = route.pathParameters?.safeParse(raw.path);
  if (path?.success === false) return answerProblem('not-found', 'there is no such thing');
  const query = route.query?.safeParse(raw.query);
  if (query?.success === false) return answerNotAccepted('query parameter', query.error);
  const parsed = parseJson(raw.json);
  if (parsed === 'malformed') return answerProblem('bad-request', 'the request is malformed');
  const json = route.json?.safeParse(parsed.value);
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

/** The schema of the route then takes only what it names. */
function parseJson(text: string | undefined): { readonly value: unknown } | 'malformed' {
  if (text === undefined) return { value: undefined };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return 'malformed';
  }
}

/** What of a schema's complaint is said: names of ours or of the client's own making, and our own words, never values. */
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
  const reasons = issues.filter(({ code }) => code === 'custom').map(({ message }) => message);
  return answerProblem('bad-request', `${what} not accepted: ${[list, ...reasons].join(' ')}`);
}

interface Issue {
  readonly code?: string | undefined;
  readonly message: string;
  readonly keys?: readonly string[];
  readonly path: readonly PropertyKey[];
}
