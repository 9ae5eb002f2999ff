import { RESOURCE_TYPES } from '../../../masking/fhir/element-types.ts';

/** What a request to a FHIR server is, in the words of policies. */
export interface FhirFacts {
  /** Type of the resources that it is about: `Patient`; "" where it is about the server, or of any type. */
  readonly fhirType: string;
  /** "" for what FHIR does not know. */
  readonly fhirInteraction: FhirInteraction | '';
}

/** @see https://hl7.org/fhir/R4/http.html */
export type FhirInteraction =
  | 'read'
  | 'vread'
  | 'search'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'history'
  | 'operation'
  | 'batch'
  | 'capabilities';

const NONE: FhirFacts = { fhirType: '', fhirInteraction: '' };
/** Of what R4 does not have. */
const TYPE = /^[A-Z][A-Za-z]{1,63}$/;
/** Types of R4, by themselves in lower case. */
const TYPES: ReadonlyMap<string, string> = new Map(
  [...RESOURCE_TYPES].map((type) => [type.toLowerCase(), type]),
);
/** What is done with one resource, or with those that a query finds. */
const CHANGES: ReadonlyMap<string, FhirInteraction> = new Map([
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);

/**
 * Says which interaction of FHIR R4 a request is, by its method and path. To some servers case makes no difference: what it
 * may be is decided on.
 *
 * @param base Canonical path under which FHIR is spoken, without a slash at its end; "" for all.
 * @param path Canonical.
 */
export function findFhirFacts(base: string, method: string, path: string): FhirFacts {
  if (!`${path}/`.toLowerCase().startsWith(`${base}/`.toLowerCase())) return NONE;
  const segments = path
    .slice(base.length)
    .split('/')
    .slice(1)
    .map((segment) => findType(segment) || segment.toLowerCase());
  // A slash at the end names nothing.
  if (segments.at(-1) === '') segments.pop();
  const [first = '', id] = segments;
  const fhirType = findType(first);
  const about = (fhirInteraction: FhirInteraction | ''): FhirFacts => ({
    fhirType,
    fhirInteraction,
  });
  // Operations have whatever comes behind their names, and are called with any method.
  if (segments.some((segment) => segment.startsWith('$'))) return about('operation');
  const reads = method === 'GET' || method === 'HEAD';
  if (first === 'metadata') return about(reads && segments.length === 1 ? 'capabilities' : '');
  if (segments.at(-1) === '_search') {
    const isSearch = method === 'POST' || reads;
    return segments.length <= 2 ? about(isSearch ? 'search' : '') : findPosted(segments, isSearch);
  }
  if (segments.includes('_history')) return about(findHistory(segments, reads, method));
  if (first === '') return about(reads ? 'search' : method === 'POST' ? 'batch' : '');
  if (fhirType === '') return NONE;
  if (segments.length > 2) return findInCompartment(segments, reads);
  if (reads) return about(id === undefined ? 'search' : 'read');
  if (method === 'POST') return about(id === undefined ? 'create' : '');
  return about(CHANGES.get(method) ?? '');
}

/** "" for what is no type. */
function findType(segment: string): string {
  return TYPES.get(segment.toLowerCase()) ?? (TYPE.test(segment) ? segment : '');
}

function findHistory(
  segments: readonly string[],
  reads: boolean,
  method: string,
): FhirInteraction | '' {
  if (method === 'DELETE') return 'delete';
  if (!reads) return '';
  return segments.at(-1) === '_history' ? 'history' : 'vread';
}

/** `Patient/1/Observation/_search` is asked as `Patient/1/Observation`; `Patient/1/_search` as `Patient/1/*`. */
function findPosted(segments: readonly string[], isSearch: boolean): FhirFacts {
  const searched = segments.slice(0, -1);
  return findInCompartment(searched.length === 2 ? [...searched, '*'] : searched, isSearch);
}

/** `Patient/1/Observation` finds observations; `Patient/1/*` resources of any type. */
function findInCompartment(segments: readonly string[], reads: boolean): FhirFacts {
  const [, , type = '', ...more] = segments;
  const isSearch = reads && more.length === 0 && (type === '*' || TYPE.test(type));
  if (!isSearch) return NONE;
  return { fhirType: type === '*' ? '' : type, fhirInteraction: 'search' };
}
