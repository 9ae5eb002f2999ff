import { FieldList } from '../../wire/http/field-list.ts';
import type { HttpRequestHead, HttpResponse } from './exchange.ts';
import type { HttpDialect } from './http-service.ts';
import type { Problem } from './problem.ts';
import { WholeBody } from './whole-body.ts';

/** gRPC's words for what a status of HTTP says. @see https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const GRPC_STATUSES: ReadonlyMap<number, number> = new Map([
  [400, 3], // INVALID_ARGUMENT
  [401, 16], // UNAUTHENTICATED
  [404, 5], // NOT_FOUND
  [405, 12], // UNIMPLEMENTED
  [429, 8], // RESOURCE_EXHAUSTED
  [502, 13], // INTERNAL
  [503, 14], // UNAVAILABLE
  [504, 4], // DEADLINE_EXCEEDED
]);
/** PERMISSION_DENIED */
const GRPC_REFUSED = 7;

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
  return {
    status: 200,
    fields: FieldList.of([
      ['content-type', contentType],
      ['grpc-status', String(GRPC_STATUSES.get(status) ?? GRPC_REFUSED)],
      ['grpc-message', escapeMessage(`${title}: ${detail}${request}`)],
    ]),
    body: WholeBody.empty,
  };
}

/** Percent-encoding of all but printable ASCII, as gRPC has it. */
function escapeMessage(message: string): string {
  return [...Buffer.from(message)]
    .map((byte) =>
      byte < 0x20 || byte > 0x7e || byte === 0x25
        ? `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
        : String.fromCharCode(byte),
    )
    .join('');
}
