import { readPlainJson } from '../../../masking/detectors/read-plain-json.ts';

/** One request of a batch or transaction. */
export interface BundleRequest {
  readonly method: string;
  /** Relative to where FHIR is spoken, as it was sent, with a query if it has one. */
  readonly url: string;
  /** Of what it writes; undefined where it brings nothing, "" where that does not say. */
  readonly resourceType: string | undefined;
}

/** The requests of a Bundle, in their order, or why they cannot be told. */
export type BundleReading =
  | { readonly kind: 'read'; readonly requests: readonly BundleRequest[] }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Requests of one Bundle: each is decided. */
const REQUESTS_MAX = 500;
const METHODS: ReadonlySet<unknown> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Reads the requests of a Bundle in JSON.
 *
 * @see https://hl7.org/fhir/R4/http.html#transaction
 */
export function readBundle(body: Buffer): BundleReading {
  const reading = readPlainJson(body);
  if (reading.kind === 'unreadable') return reading;
  const bundle = reading.value;
  if (!isRecord(bundle) || bundle['resourceType'] !== 'Bundle') return unreadable('is no Bundle');
  if (bundle['type'] !== 'batch' && bundle['type'] !== 'transaction') {
    return unreadable('is neither a batch nor a transaction');
  }
  const entries = bundle['entry'] ?? [];
  if (!Array.isArray(entries) || entries.length > REQUESTS_MAX) {
    return unreadable(`has no list of at most ${REQUESTS_MAX} entries`);
  }
  const requests = entries.map(readRequest);
  return requests.every((request) => request !== undefined)
    ? { kind: 'read', requests }
    : unreadable('has an entry without a request');
}

function readRequest(entry: unknown): BundleRequest | undefined {
  if (!isRecord(entry)) return undefined;
  const { request, resource } = entry;
  if (!isRecord(request)) return undefined;
  const { method, url } = request;
  return typeof method === 'string' && METHODS.has(method) && typeof url === 'string'
    ? { method, url, resourceType: typeOf(resource) }
    : undefined;
}

function typeOf(resource: unknown): string | undefined {
  if (resource === undefined) return undefined;
  const type = isRecord(resource) ? resource['resourceType'] : undefined;
  return typeof type === 'string' ? type : '';
}

function unreadable(reason: string): BundleReading {
  return { kind: 'unreadable', reason };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
