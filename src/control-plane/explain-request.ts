import type { AskedRequest, ExplainedAnswer, Explanation } from '../api/explanation.ts';
import { describeTarget } from '../gateway/gateway-session.ts';
import type { Policies } from '../gateway/policies.ts';
import type { BodyMasking } from '../masking/bodies/body-masking.ts';
import { NO_CLASS, type ShownClasses } from '../masking/content/content-masks.ts';
import { combineDecisions } from '../policy/combine-decisions.ts';
import type { Decision } from '../policy/decision.ts';
import { withoutCredential } from '../protocols/http/client-credential.ts';
import type { ClientRequest } from '../protocols/http/client-exchange.ts';
import { describeMessageError } from '../protocols/http/describe-failure.ts';
import {
  checkMethod,
  cutPrefix,
  describeRequest,
  findPlace,
} from '../protocols/http/describe-request.ts';
import type { HttpRequestHead } from '../protocols/http/exchange.ts';
import type { HttpOperation } from '../protocols/http/http-operation.ts';
import type { HttpService } from '../protocols/http/http-service.ts';
import { toClientRequest } from '../protocols/http/http1/client-request.ts';
import { type CheckedRequest, checkMaskedRequest } from '../protocols/http/masked/check-request.ts';
import { ProblemError } from '../protocols/http/problem.ts';
import type { WebTarget } from '../targets/target.ts';
import { FieldList } from '../wire/http/field-list.ts';
import { HttpMessageError } from '../wire/http/http-message-error.ts';
import { parseMediaType } from '../wire/http/media-type.ts';
import { decodeRequestHead, encodeRequestHead } from '../wire/http/request-head.ts';
import { describeDecision, type ExplainAsker, explainOperation } from './explain-operation.ts';

export interface ExplainRequestParts {
  readonly policies: Policies;
  /**
   * The target as its clients are served; undefined where they do not reach it so.
   *
   * @param authority As the URL names it; undefined: by the target's own name.
   * @param path Canonical.
   */
  readonly findService: (authority: string | undefined, path: string) => HttpService | undefined;
  /** The host of URLs that name none. */
  readonly ownHost: string;
}

/** A request that somebody would send. */
export interface ExplainableRequest extends ExplainAsker {
  readonly target: WebTarget;
  readonly request: AskedRequest;
}

/** What a client sends of itself for every connection, and for the body that is given apart. */
const FRAMING: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding']);
const URL_WITH_HOST = /^https?:\/\/(?<authority>[^/?#]*)(?<place>[^#]*)/i;
const NO_BODY: Buffer = Buffer.alloc(0);

/**
 * Says what would become of a request. Nothing of it reaches the target, which is asked only for what decisions need to know of
 * it, as for every request: the labels of a pod, descriptors.
 */
export async function explainRequest(
  parts: ExplainRequestParts,
  question: ExplainableRequest,
): Promise<Explanation> {
  try {
    return await explain(parts, question);
  } catch (error) {
    return refuse(question, readRefusal(error));
  }
}

async function explain(
  parts: ExplainRequestParts,
  question: ExplainableRequest,
): Promise<Explanation> {
  const { request: asked } = question;
  const body = asked.body === undefined ? NO_BODY : Buffer.from(asked.body, 'base64');
  const { request, authority } = readRequest(asked, body, parts.ownHost);
  checkMethod(request);
  const place = findPlace(request.target, true);
  const service = parts.findService(authority, place.path);
  if (service === undefined) return refuse(question, 'the URL does not lead to this target');
  if (!service.pathParameters) findPlace(request.target, false);
  const { path, query } = place;
  const cut = { path: cutPrefix(path, service.pathPrefix), query };
  const described = describeRequest(request, cut, withoutCredential(request.fields));
  const isUpgrade = service.dialect.findUpgradeHandler(described) !== undefined;
  const head = isUpgrade ? described : { ...described, upgrade: undefined };
  const operation = await findOperation(service, head, body);
  if (typeof operation === 'string') return refuse(question, operation);
  return decideOn(parts, question, { service, head, body, operation });
}

/** @throws {HttpMessageError} If it is no request. */
function readRequest(
  { method, url, fields }: AskedRequest,
  body: Buffer,
  ownHost: string,
): { readonly request: ClientRequest; readonly authority: string | undefined } {
  const { authority, place = url } = URL_WITH_HOST.exec(url)?.groups ?? {};
  const own = fields
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !FRAMING.has(name));
  const list = FieldList.of([
    ['host', authority ?? ownHost],
    ...own,
    ...(body.length === 0 ? [] : [['content-length', String(body.length)] as const]),
  ]);
  const target = place.startsWith('/') ? place : `/${place}`;
  // As the gateway would read it: nothing is taken for what a client could not have sent.
  const bytes = encodeRequestHead(method, target, list);
  const head = decodeRequestHead(bytes, 0, bytes.length);
  return { request: toClientRequest(head, body.length, 'https'), authority };
}

/** What the request would do; or why nobody can say. */
async function findOperation(
  { dialect: { describer } }: HttpService,
  head: HttpRequestHead,
  body: Buffer,
): Promise<HttpOperation | string> {
  const first = describer.describe(head);
  const { bodyBytesMax } = first;
  if (bodyBytesMax !== undefined && body.length > bodyBytesMax) {
    return `its body is longer than the ${bodyBytesMax} bytes that are looked at`;
  }
  const operation = bodyBytesMax === undefined ? first : describer.describeWithBody(head, body);
  const completed = await describer.complete?.(head, operation);
  if (completed === undefined) return operation;
  return completed.kind === 'complete' ? completed.operation : completed.reason;
}

interface DescribedRequest {
  readonly service: HttpService;
  readonly head: HttpRequestHead;
  readonly body: Buffer;
  readonly operation: HttpOperation;
}

async function decideOn(
  { policies }: ExplainRequestParts,
  question: ExplainableRequest,
  described: DescribedRequest,
): Promise<Explanation> {
  const { principal, grants, target } = question;
  const decided = described.operation.actions.map((action) =>
    explainOperation(policies, question, action),
  );
  const decision = combineDecisions(decided.map(({ decision: each }) => each));
  const statement = {
    text: lineOf(question.request),
    decision: describeDecision(decision),
    operations: decided.map(({ operation }) =>
      decision.kind === 'deny' ? withoutLabels(operation) : operation,
    ),
  };
  const explained = {
    ...nothingOf(question),
    outcome: outcomeOf(decision),
    ...(decision.kind !== 'allow' && {
      refusal: { reason: decision.reason, hint: described.operation.remark },
    }),
    statements: [statement],
  };
  if (decision.kind === 'deny') return explained;
  const masking = described.service.masking();
  const known = { ...explained, sent: lineOf(question.request) };
  if (masking === undefined) return known;
  const place = { database: '', account: '' };
  const scope = policies.scope(principal, describeTarget(target), place, grants);
  const { shown } = policies.reveal(scope, masking.classNames);
  const checked = await check(masking, shown, described);
  if (checked.kind !== 'permitted') {
    const reason =
      checked.kind === 'refused' ? checked.reason : 'what pseudonyms stand for cannot be asked';
    return { ...known, outcome: 'refused', sent: undefined, refusal: { reason } };
  }
  return {
    ...known,
    shown: [...shown].map(([className, policyIds]) => ({ className, policies: policyIds })),
    answer: explainAnswer(masking, shown, { ...described, asked: question.request }),
  };
}

function check(
  masking: BodyMasking,
  shown: ShownClasses,
  { head: request, body, operation }: DescribedRequest,
): Promise<CheckedRequest> {
  if (!masking.hidesAny(shown)) {
    return Promise.resolve({
      kind: 'permitted',
      query: request.query,
      body: undefined,
      askedBy: [],
    });
  }
  return new Promise((resolve) => {
    const readBody = (_bytesMax: number, act: (bytes: Buffer) => void): void => act(body);
    const { graphql, grpcMethod, otherPaths = [] } = operation;
    checkMaskedRequest(
      { masking, shown, request, graphql, grpcMethod, otherPaths, readBody },
      resolve,
    );
  });
}

function explainAnswer(
  masking: BodyMasking,
  shown: ShownClasses,
  { head, operation, asked }: DescribedRequest & { readonly asked: AskedRequest },
): ExplainedAnswer {
  const { graphql, grpcMethod } = operation;
  const mediaType = asked.answerType ?? firstAccepted(head.fields.get('accept'));
  const subject = {
    ...{ method: head.method, path: head.path, status: 200, mediaType: parseMediaType(mediaType) },
    ...(graphql !== undefined && { graphql }),
    ...(grpcMethod !== undefined && { grpcMethod }),
  };
  const plan = masking.planResponse(subject, shown);
  const content = masking.findContent?.(head.path);
  return {
    mediaType,
    seen: plan.kind,
    ...(plan.kind === 'refused' && { reason: plan.reason }),
    ...(content !== undefined && { format: content.format }),
    fields: (content?.fields ?? []).map(({ path, dataClass }) => ({
      ...{ path, className: dataClass },
      seen: dataClass === NO_CLASS || shown.has(dataClass) ? 'raw' : 'masked',
    })),
    hidden: [...masking.classNames].filter((name) => !shown.has(name)).toSorted(),
  };
}

function firstAccepted(accept: string | undefined): string {
  const [first = ''] = (accept ?? '').split(',');
  const essence = first.split(';')[0]?.trim() ?? '';
  return essence === '' || essence.includes('*') ? 'application/json' : essence;
}

/** Whoever may not do something learns nothing of the pod that only the cluster knows. */
function withoutLabels<Operation extends { readonly facts: object }>(
  operation: Operation,
): Operation {
  return 'labels' in operation.facts
    ? { ...operation, facts: { ...operation.facts, labels: [] } }
    : operation;
}

function refuse(question: ExplainableRequest, reason: string): Explanation {
  return { ...nothingOf(question), outcome: 'refused', refusal: { reason } };
}

function nothingOf({ target }: ExplainableRequest): Omit<Explanation, 'outcome'> {
  return { target: target.name, database: '', searchPath: [], statements: [] };
}

function outcomeOf({ kind }: Decision): Explanation['outcome'] {
  return ({ allow: 'run', review: 'review', deny: 'refused' } as const)[kind];
}

function lineOf({ method, url }: AskedRequest): string {
  return `${method} ${url}`;
}

/** As its client would be told. */
function readRefusal(error: unknown): string {
  if (error instanceof ProblemError) return error.problem.detail;
  if (error instanceof HttpMessageError) return describeMessageError(error).detail;
  throw error;
}
