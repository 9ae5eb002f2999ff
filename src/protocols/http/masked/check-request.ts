import type { AskedValue } from '../../../masking/bodies/asked-values.ts';
import type { BodyMasking } from '../../../masking/bodies/body-masking.ts';
import type {
  BodySubject,
  CallResolution,
  QueryResolution,
} from '../../../masking/bodies/body-subject.ts';
import type { ShownClasses } from '../../../masking/content/content-masks.ts';
import { takesAnything } from '../../../masking/fhir/find-question-in-resource.ts';
import { isGrpc } from '../../../masking/protobuf/plan-grpc.ts';
import { encodeGrpcMessage } from '../../../wire/grpc/message-decoder.ts';
import { type MediaType, parseMediaType, structuredSuffix } from '../../../wire/http/media-type.ts';
import { foldParameterName } from '../../../wire/http/parameter-name.ts';
import type { HttpRequestHead } from '../exchange.ts';
import { readCall } from '../grpc/read-call.ts';

/** Bytes of a body that is looked through for masks. */
export const WRITTEN_BYTES_MAX: number = 4 * 1024 * 1024;

/** Methods whose bodies, if they have any, mean nothing (RFC 9110 section 9.3); any other may ask or write by its own. */
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** What can hold masks as they are shown. */
const TEXTUAL =
  /^(?:text\/.*|application\/(?:json|vnd\.kubernetes\.protobuf|cbor|xml|yaml|x-ndjson|ndjson|graphql|hl7-v2|edi-x12|x-www-form-urlencoded))$/;
const TEXTUAL_SUFFIXES: ReadonlySet<string> = new Set(['json', 'xml', 'yaml']);

const UNREAD_CALL = 'it may ask by what is hidden, and its messages cannot be read';
const COPIES =
  'it copies or moves to a path of which the data map says something else, where it would be masked otherwise';
const NO_BYTES: Buffer = Buffer.alloc(0);
/** However servers take case and a slash at the end. */
const SEARCH = /\/_search\/?$/i;

/** A query under which FHIR creates nothing. @see https://hl7.org/fhir/R4/http.html#ccreate */
const CONDITION = 'if-none-exist';
const CONDITION_REFUSED = {
  kind: 'refused',
  reason: 'its condition asks by a pseudonym, which a condition cannot',
} as const;
/** By tags of what is stored, or when it was written: beside those of HTTP, of which `masked-fields.ts` restores what was shown. */
const STORE_CONDITION = /^x[-_](?:[a-z]+[-_])+if[-_](?:tags|match[-_]last[-_]modified[-_]time)$/;
/** By which stores let clients choose the fields of an answer. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
const FORMS_OF_ANSWER: ReadonlySet<string> = new Set([
  'response-content-encoding',
  'response-content-type',
]);
/** Any of its characters may be escaped. */
const MAY_SAY_FORM = /response-content|%/i;
/** A resource that is stored with what is written. @see https://hl7.org/fhir/R4/provenance.html#header */
const PROVENANCE = 'x-provenance';
const CONDITIONS_REFUSED = { kind: 'refused', reason: 'it has several conditions' } as const;

/** What becomes of the request of somebody from whom something is hidden. */
export type CheckedRequest =
  /** With the query, and the body if it was looked at, that the target is to get. */
  | {
      readonly kind: 'permitted';
      readonly query: string;
      readonly body: Buffer | undefined;
      readonly askedBy: readonly AskedValue[];
    }
  | { readonly kind: 'refused'; readonly reason: string }
  /** The store cannot be asked what pseudonyms stand for. */
  | { readonly kind: 'unavailable' };

export interface RequestCheckParts {
  readonly masking: BodyMasking;
  readonly shown: ShownClasses;
  readonly request: HttpRequestHead;
  /** See `HttpOperation.graphql`. */
  readonly graphql: BodySubject['graphql'];
  /** See `HttpOperation.grpcMethod`. */
  readonly grpcMethod: BodySubject['grpcMethod'];
  /** See `HttpOperation.otherPaths`. */
  readonly otherPaths: readonly string[];
  /** Reads the body whole, without its content coding. */
  readonly readBody: (bytesMax: number, act: (body: Buffer) => void) => void;
}

/**
 * Looks whether a request asks by what is hidden, or would store masks in the place of what they hide. Stand-ins that
 * it asks by are replaced by what they stand for.
 *
 * @param tell Called once, maybe at once.
 */
export function checkMaskedRequest(
  parts: RequestCheckParts,
  tell: (checked: CheckedRequest) => void,
): void {
  const { masking, shown, graphql, request } = parts;
  if (graphql === 'unknown') {
    // Refused before it is run, not only its answer.
    const plan = masking.planMessages({ ...describeSubject(request), graphql }, shown);
    if (plan.kind === 'refused') return tell(plan);
  }
  const question =
    typeof graphql === 'object' && masking.findQuestion?.(request.path, graphql, shown);
  if (typeof question === 'string') return tell({ kind: 'refused', reason: question });
  const reason =
    checkCopy(parts) ?? checkProvenance(parts) ?? checkConditions(parts) ?? checkForm(parts);
  if (reason !== undefined) return tell({ kind: 'refused', reason });
  const { fields, query } = request;
  const conditions = fields.all(CONDITION);
  // Of several, servers take one or another.
  if (conditions.length > 1) return tell(CONDITIONS_REFUSED);
  const [condition = ''] = conditions;
  resolveText(parts, condition, (conditioned) => {
    if (conditioned.kind !== 'resolved') return tell(conditioned);
    if (conditioned.text !== condition) return tell(CONDITION_REFUSED);
    resolveText(parts, query, (resolved) => {
      if (resolved.kind !== 'resolved') return tell(resolved);
      checkBody(parts, (checked) => {
        if (checked.kind !== 'permitted') return tell(checked);
        const askedBy = [...resolved.askedBy, ...checked.askedBy];
        tell({ ...checked, query: resolved.text, askedBy });
      });
    });
  });
}

/** Why the service may not copy or move what is there: where that goes it would be masked otherwise. */
function checkCopy({ masking, request, otherPaths }: RequestCheckParts): string | undefined {
  const own = masking.findContent?.(request.path);
  const isOtherwise = otherPaths.some((path) => masking.findContent?.(path) !== own);
  return isOtherwise ? COPIES : undefined;
}

/** Why nothing may be done under a condition of a store's own: its outcome would tell. */
function checkConditions({ request }: RequestCheckParts): string | undefined {
  const found = [...request.fields].find(([name]) => STORE_CONDITION.test(name));
  return found && `its condition (${found[0]}) may ask by what is hidden`;
}

/** Why the client may not say what its answer is: by that it is masked, and of texts less is known than of JSON. */
function checkForm({ request: { query } }: RequestCheckParts): string | undefined {
  if (!MAY_SAY_FORM.test(query)) return undefined;
  const names = [...new URLSearchParams(query).keys()].map(foldParameterName);
  const found = names.find((name) => FORMS_OF_ANSWER.has(name));
  return found && `${found} chooses as what the answer is masked`;
}

/** Why the provenance that comes with a request may not be sent: servers of FHIR find what it refers to, as in a body. */
function checkProvenance({ masking, shown, request }: RequestCheckParts): string | undefined {
  const { path, fields } = request;
  if (!fields.has(PROVENANCE) || masking.findContent?.(path)?.format !== 'fhir') return undefined;
  const subject = { method: 'POST', path, mediaType: undefined };
  return fields
    .all(PROVENANCE)
    .map((written) => masking.checkWrite(subject, Buffer.from(written, 'latin1'), shown))
    .find((reason) => reason !== undefined);
}

/** @param tell Told of a body that may be sent, with the query as the client sent it. */
function checkBody(parts: RequestCheckParts, tell: (checked: CheckedRequest) => void): void {
  const { masking, shown, request, graphql, readBody } = parts;
  const permitted = {
    kind: 'permitted',
    query: request.query,
    body: undefined,
    askedBy: [],
  } as const;
  const subject = { ...describeSubject(request), ...(graphql !== undefined && { graphql }) };
  const call = parts.grpcMethod && masking.checkCall?.(parts.grpcMethod, shown);
  if (call?.kind === 'refused') return tell(call);
  if (call?.kind === 'read') {
    // Other protocols call a method by GET, too, and have its message in the query.
    if (READS.has(request.method)) return tell({ kind: 'refused', reason: UNREAD_CALL });
    return readBody(WRITTEN_BYTES_MAX, (body) => {
      const messages = isGrpc(subject.mediaType) ? readCall(request.fields, body) : undefined;
      if (messages === undefined) return tell({ kind: 'refused', reason: UNREAD_CALL });
      const told = (resolution: CallResolution): void => {
        if (resolution.kind === 'refused') return tell(resolution);
        if (resolution.kind === 'unchanged') return tell(permitted);
        const written = resolution.messages.map((message) =>
          encodeGrpcMessage({ isCompressed: false, body: message }),
        );
        tell({ ...permitted, body: Buffer.concat(written), askedBy: resolution.askedBy });
      };
      const resolution = call.resolve(messages);
      if (resolution.kind !== 'pending') return told(resolution);
      resolution.resolution.then(told, () => tell({ kind: 'unavailable' }));
    });
  }
  if (READS.has(request.method)) return tell(permitted);
  const isUnread =
    !isTextual(subject.mediaType) && !isSearch(request) && !takesResources(parts, request.path);
  if (request.bodyBytes === 0 || isUnread) {
    // What the path asks by it asks whatever its body is said to be.
    const reason = masking.checkWrite(subject, NO_BYTES, shown);
    return tell(reason === undefined ? permitted : { kind: 'refused', reason });
  }
  readBody(WRITTEN_BYTES_MAX, (body) => {
    if (!isSearch(request)) {
      const reason = masking.checkWrite(subject, body, shown);
      return tell(reason === undefined ? permitted : { kind: 'refused', reason });
    }
    const text = body.toString('latin1');
    resolveText(parts, text, (resolved) => {
      if (resolved.kind !== 'resolved') return tell(resolved);
      if (resolved.text === text) return tell(permitted);
      tell({ ...permitted, body: Buffer.from(resolved.text), askedBy: resolved.askedBy });
    });
  });
}

function describeSubject({ method, path, query, fields }: HttpRequestHead): BodySubject {
  return { method, path, query, mediaType: parseMediaType(fields.get('content-type') ?? '') };
}

type Resolved =
  | { readonly kind: 'resolved'; readonly text: string; readonly askedBy: readonly AskedValue[] }
  | Exclude<CheckedRequest, { kind: 'permitted' }>;

/** Asks what becomes of a text that is written as a query is. */
function resolveText(
  { masking, shown, request }: RequestCheckParts,
  text: string,
  tell: (resolved: Resolved) => void,
): void {
  // An operation of FHIR may ask by its name alone.
  if (text === '' && !request.path.includes('$')) {
    return tell({ kind: 'resolved', text, askedBy: [] });
  }
  const resolution = masking.resolveQuery(describeSubject(request), text, shown);
  if (resolution.kind !== 'pending') return tell(toResolved(resolution, text));
  resolution.resolution.then(
    (resolved) => tell(toResolved(resolved, text)),
    () => tell({ kind: 'unavailable' }),
  );
}

function toResolved(resolution: QueryResolution, text: string): Resolved {
  switch (resolution.kind) {
    case 'unchanged':
      return { kind: 'resolved', text, askedBy: [] };
    case 'changed':
      return { kind: 'resolved', text: resolution.query, askedBy: resolution.askedBy };
    case 'refused':
      return resolution;
  }
}

/** A search of FHIR whose parameters are its body. @see https://hl7.org/fhir/R4/http.html#search */
function isSearch({ method, path }: HttpRequestHead): boolean {
  return method === 'POST' && SEARCH.test(path);
}

/** Where FHIR is spoken, servers may read a body as a resource whatever it says of itself. */
function takesResources({ masking }: RequestCheckParts, path: string): boolean {
  return masking.findContent?.(path)?.format === 'fhir' && !takesAnything(path);
}

/** Nobody knows what a body is that does not say so. */
function isTextual(mediaType: MediaType | undefined): boolean {
  if (mediaType === undefined) return true;
  return TEXTUAL.test(mediaType.essence) || TEXTUAL_SUFFIXES.has(structuredSuffix(mediaType));
}
