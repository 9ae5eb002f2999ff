import { gzipSync } from 'node:zlib';
import type { UpstreamHandler } from './private-upstream.ts';

const FHIR = 'application/fhir+json';

/** What is looked at of a resource. */
interface Identified {
  readonly resourceType: string;
  readonly id: string;
}

/** Where a resource is read, of a server that speaks FHIR at `/`. @param resource JSON. */
export function pathOf(resource: string): string {
  const { resourceType, id } = JSON.parse(resource) as Identified;
  return `/${resourceType}/${id}`;
}

/**
 * A FHIR server with some resources, byte for byte as they are: each is read, and a search for a type finds all of it. In gzip for
 * clients that take it, as servers do. @param resources JSON.
 */
export function serveFhir(resources: readonly string[]): UpstreamHandler {
  const bodies = new Map(resources.map((resource) => [pathOf(resource), resource]));
  for (const [type = '', found] of Map.groupBy(resources, (one) => pathOf(one).split('/')[1])) {
    const entries = found.map((resource) => `{"resource":${resource}}`).join(',');
    const total = `"total":${found.length},"entry":[${entries}]`;
    bodies.set(`/${type}`, `{"resourceType":"Bundle","type":"searchset",${total}}`);
  }
  return (request, response) => {
    const body = bodies.get(request.url ?? '');
    response.statusCode = body === undefined ? 404 : 200;
    response.setHeader('content-type', FHIR);
    const isCoded = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    if (isCoded) response.setHeader('content-encoding', 'gzip');
    const bytes = Buffer.from(body ?? '{"resourceType":"OperationOutcome","issue":[]}');
    response.end(isCoded ? gzipSync(bytes) : bytes);
  };
}
