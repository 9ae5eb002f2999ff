/** What kind of answer a path of the API has. */
export type ApiPath =
  /** What the cluster can do, and nothing of what is in it. */
  | 'discovery'
  /** Objects; of Secrets where `secrets`. */
  | 'objects'
  | 'secrets'
  /** Text that a program wrote. */
  | 'log'
  /** What another server answers, whatever that is. */
  | 'other';

const RESOURCES =
  /^\/(?:api\/v[^/]+|apis\/[^/]+\/[^/]+)\/(?:watch\/)?(?:namespaces\/[^/]+\/(?=[^/]))?([^/]+)(?:\/[^/]+)?(?:\/([^/]+))?/;
const DISCOVERY =
  /^\/(?:api(?:\/[^/]+)?|apis(?:\/[^/]+){0,2}|version|healthz|livez|readyz|openapi(?:\/.*)?)\/?$/;

/** By which the API server connects its client with another. */
const CONNECTED: ReadonlySet<string> = new Set(['attach', 'exec', 'portforward', 'proxy']);

/** @param path Canonical. */
export function readApiPath(path: string): ApiPath {
  if (DISCOVERY.test(path)) return 'discovery';
  const [, resource = '', subresource = ''] = RESOURCES.exec(path) ?? [];
  if (resource === '' || resource === 'proxy' || CONNECTED.has(subresource)) return 'other';
  if (resource === 'pods' && subresource === 'log') return 'log';
  return resource === 'secrets' ? 'secrets' : 'objects';
}
