import type { BodyMasking } from '../../../masking/bodies/body-masking.ts';
import type { BodySubject, QueryResolution } from '../../../masking/bodies/body-subject.ts';
import type { ShownClasses } from '../../../masking/content/content-masks.ts';
import { type MediaType, parseMediaType, structuredSuffix } from '../../../wire/http/media-type.ts';
import type { HttpRequestHead } from '../exchange.ts';

/** Bytes of a body that is looked through for masks. */
export const WRITTEN_BYTES_MAX: number = 4 * 1024 * 1024;

const WRITES: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
/** What can hold masks as they are shown. */
const TEXTUAL =
  /^(?:text\/.*|application\/(?:json|xml|yaml|x-ndjson|ndjson|graphql|hl7-v2|edi-x12|x-www-form-urlencoded))$/;
const TEXTUAL_SUFFIXES: ReadonlySet<string> = new Set(['json', 'xml', 'yaml']);

/** What becomes of the request of somebody from whom something is hidden. */
export type CheckedRequest =
  /** With the query, and the body if it was looked at, that the target is to get. */
  | { readonly kind: 'permitted'; readonly query: string; readonly body: Buffer | undefined }
  | { readonly kind: 'refused'; readonly reason: string }
  /** The store cannot be asked what pseudonyms stand for. */
  | { readonly kind: 'unavailable' };

export interface RequestCheckParts {
  readonly masking: BodyMasking;
  readonly shown: ShownClasses;
  readonly request: HttpRequestHead;
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
  { masking, shown, request, readBody }: RequestCheckParts,
  tell: (checked: CheckedRequest) => void,
): void {
  const { method, path, query, fields, bodyBytes } = request;
  const mediaType = parseMediaType(fields.get('content-type') ?? '');
  const subject: BodySubject = { method, path, mediaType };
  whenResolved(masking.resolveQuery(subject, query, shown), query, (resolved) => {
    if (resolved.kind !== 'resolved') return tell(resolved);
    const permitted = { kind: 'permitted', query: resolved.text } as const;
    if (bodyBytes === 0 || !WRITES.has(method) || !isTextual(mediaType)) {
      return tell({ ...permitted, body: undefined });
    }
    readBody(WRITTEN_BYTES_MAX, (body) => {
      if (!isSearch(request)) {
        const reason = masking.checkWrite(subject, body, shown);
        if (reason !== undefined) return tell({ kind: 'refused', reason });
        return tell({ ...permitted, body: undefined });
      }
      const text = body.toString('latin1');
      whenResolved(masking.resolveQuery(subject, text, shown), text, (searched) => {
        if (searched.kind !== 'resolved') return tell(searched);
        const isChanged = searched.text !== text;
        tell({ ...permitted, body: isChanged ? Buffer.from(searched.text) : undefined });
      });
    });
  });
}

type Resolved =
  | { readonly kind: 'resolved'; readonly text: string }
  | Exclude<CheckedRequest, { kind: 'permitted' }>;

function whenResolved(
  resolution: ReturnType<BodyMasking['resolveQuery']>,
  text: string,
  tell: (resolved: Resolved) => void,
): void {
  if (resolution.kind !== 'pending') return tell(toResolved(resolution, text));
  resolution.resolution.then(
    (resolved) => tell(toResolved(resolved, text)),
    () => tell({ kind: 'unavailable' }),
  );
}

function toResolved(resolution: QueryResolution, text: string): Resolved {
  switch (resolution.kind) {
    case 'unchanged':
      return { kind: 'resolved', text };
    case 'changed':
      return { kind: 'resolved', text: resolution.query };
    case 'refused':
      return resolution;
  }
}

/** A search of FHIR whose parameters are its body. @see https://hl7.org/fhir/R4/http.html#search */
function isSearch({ method, path }: HttpRequestHead): boolean {
  return method === 'POST' && path.endsWith('/_search');
}

/** Nobody knows what a body is that does not say so. */
function isTextual(mediaType: MediaType | undefined): boolean {
  if (mediaType === undefined) return true;
  return TEXTUAL.test(mediaType.essence) || TEXTUAL_SUFFIXES.has(structuredSuffix(mediaType));
}
