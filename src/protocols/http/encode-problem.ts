import { encodeStatusFields, GrpcStatus } from '../../wire/grpc/status.ts';
import { FieldList } from '../../wire/http/field-list.ts';
import type { HttpRequestHead, HttpResponse } from './exchange.ts';
import type { HttpDialect } from './http-service.ts';
import type { Problem } from './problem.ts';
import { WholeBody } from './whole-body.ts';

/** gRPC's words for what a status of HTTP says. Default: PERMISSION_DENIED. */
const GRPC_STATUSES: ReadonlyMap<number, number> = new Map([
  [400, GrpcStatus.invalidArgument],
  [401, GrpcStatus.unauthenticated],
  [405, GrpcStatus.unimplemented],
  [429, GrpcStatus.resourceExhausted],
  [502, GrpcStatus.internal],
  [503, GrpcStatus.unavailable],
  [504, GrpcStatus.deadlineExceeded],
]);

/** RFC 9457, for clients that expect nothing else. */
export function formatProblem({ status, title, detail, requestId }: Problem): string {
  return JSON.stringify({ type: 'about:blank', title, status, detail, requestId });
}

/** Says a problem as a server of the target's kind would, to a client of gRPC as one of gRPC. */
export function encodeProblem(
  problem: Problem,
  { fields, version }: Pick<HttpRequestHead, 'fields' | 'version'>,
  dialect?: Pick<HttpDialect, 'encodeProblem'>,
): HttpResponse {
  const type = fields.all('content-type')[0]?.toLowerCase() ?? '';
  if (version === '2' && /^application\/grpc(?:[+;]|$)/.test(type))
    return encodeGrpc(problem, type);
  const { status, contentType, body } = dialect?.encodeProblem(problem) ?? {
    status: undefined,
    contentType: 'application/problem+json',
    body: formatProblem(problem),
  };
  return {
    status: status ?? problem.status,
    fields: FieldList.of([
      ['content-type', contentType],
      ['cache-control', 'no-store'],
      ...(problem.fields ?? []),
    ]),
    body: new WholeBody(Buffer.from(body)),
  };
}

/** A response of trailers only, which are its head. */
function encodeGrpc(
  { status, title, detail, requestId }: Problem,
  contentType: string,
): HttpResponse {
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  const grpcStatus = GRPC_STATUSES.get(status) ?? GrpcStatus.permissionDenied;
  const trailers = encodeStatusFields(grpcStatus, `${title}: ${detail}${request}`);
  return {
    status: 200,
    fields: FieldList.of([['content-type', contentType], ...trailers]),
    body: WholeBody.empty,
  };
}
