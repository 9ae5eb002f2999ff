import { canonicalizePath } from '../../../wire/http/canonical-path.ts';
import { HttpMessageError } from '../../../wire/http/http-message-error.ts';
import { parseMediaType } from '../../../wire/http/media-type.ts';
import type { GuardedAction } from '../../guard.ts';
import type { HttpRequestHead } from '../exchange.ts';
import type { HttpOperation, RequestDescriber } from '../http-operation.ts';
import { ProblemError } from '../problem.ts';
import type { KindDescriber } from '../service-describer.ts';
import { type FhirFacts, findFhirFacts } from './find-fhir-facts.ts';
import { type BundleRequest, readBundle } from './read-bundle.ts';

/** What {@link BatchDescriber} works with. */
export interface BatchDescriberParts {
  /** Canonical path under which FHIR is spoken, without a slash at its end; "" for all. */
  readonly base: string;
  /** Describes each request of a batch as if it had come by itself. */
  readonly plain: RequestDescriber;
}

/** Bytes of a Bundle that is read for what it asks. */
const BUNDLE_BYTES_MAX = 1_048_576;
/** What takes a resource and writes none. */
const ASKING: ReadonlySet<string> = new Set(['operation', 'search']);
const JSON_TYPES: ReadonlySet<string> = new Set(['application/fhir+json', 'application/json']);

/** Describes FHIR's batches and transactions: each of their entries is an operation, and all have to be allowed. */
export class BatchDescriber implements KindDescriber {
  readonly #parts: BatchDescriberParts;

  constructor(parts: BatchDescriberParts) {
    this.#parts = parts;
  }

  handles({ method, path }: HttpRequestHead): boolean {
    return findFhirFacts(this.#parts.base, method, path).fhirInteraction === 'batch';
  }

  describe(request: HttpRequestHead): HttpOperation {
    return { ...this.#parts.plain.describe(request), bodyBytesMax: BUNDLE_BYTES_MAX };
  }

  describeWithBody(request: HttpRequestHead, body: Buffer): HttpOperation {
    const type = parseMediaType(request.fields.get('content-type') ?? '')?.essence ?? '';
    if (!JSON_TYPES.has(type)) throw refuse('is not in JSON');
    const reading = readBundle(body);
    if (reading.kind === 'unreadable') throw refuse(reading.reason);
    const own = this.#parts.plain.describe(request);
    const entries = reading.requests.map((entry) => this.#describeEntry(request, entry));
    return {
      ...own,
      actions: [...own.actions, ...entries.flatMap(({ actions }) => actions)],
      detail: { ...own.detail, entries: entries.length },
    };
  }

  #describeEntry(
    request: HttpRequestHead,
    { method, url, resourceType }: BundleRequest,
  ): { readonly actions: readonly GuardedAction[] } {
    // Absolute ones lead to this server or elsewhere, by names that only it knows.
    if (/^[a-z][a-z0-9+.-]*:/i.test(url)) throw refuse('has an entry with an absolute URL');
    const { path, query } = this.#resolve(url);
    const facts = findFhirFacts(this.#parts.base, method, path);
    if (facts.fhirInteraction === 'batch') throw refuse('has a batch within it');
    if (!agrees(method, facts, resourceType)) {
      throw refuse('has an entry that writes another type of resource than its URL says');
    }
    return this.#parts.plain.describe({
      ...request,
      ...{ method, path, query, upgrade: undefined },
      // Its own body is within that of all.
      bodyBytes: method === 'GET' || method === 'HEAD' || method === 'DELETE' ? 0 : -1,
    });
  }

  #resolve(url: string): { readonly path: string; readonly query: string } {
    const { base } = this.#parts;
    const relative = url.startsWith('/') ? url : `/${url}`;
    try {
      const place = canonicalizePath(base + relative, { pathParameters: false });
      const isFromRoot = url.startsWith('/') && !isWithinFhir(base, place.path.slice(base.length));
      if (!isFromRoot) return place;
    } catch (error) {
      if (error instanceof HttpMessageError) throw refuse('has an entry whose URL is ambiguous');
      throw error;
    }
    throw refuse('has an entry whose URL may begin at the root of the server');
  }
}

/**
 * Whether a path that begins with a slash can only be one beneath where FHIR is spoken: to some servers it begins at their root,
 * as that of any other URL does (RFC 3986 section 5.2).
 */
function isWithinFhir(base: string, path: string): boolean {
  const { fhirType, fhirInteraction } = findFhirFacts('', 'GET', path);
  const isBase = base !== '' && `${path}/`.toLowerCase().startsWith(`${base}/`.toLowerCase());
  return !isBase && (fhirType !== '' || fhirInteraction !== '');
}

/** Whether an entry writes what its URL says: some servers go by the one, some by the other. */
function agrees(
  method: string,
  { fhirType, fhirInteraction }: FhirFacts,
  written: string | undefined,
): boolean {
  const writes = (method === 'POST' || method === 'PUT') && !ASKING.has(fhirInteraction);
  return !writes || written === undefined || written === fhirType;
}

function refuse(reason: string): ProblemError {
  return new ProblemError({
    status: 400,
    title: 'Batch not understood',
    detail: `What this batch asks cannot be told, since it ${reason}. Nothing of it was passed on.`,
  });
}
