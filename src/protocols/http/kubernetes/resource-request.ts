/**
 * What a request asks of which object, as the API server's own authorization reads it off method, path and query.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
 */
export interface ResourceRequest {
  /** Of Kubernetes: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, `proxy`. */
  readonly verb: string;
  /** `apps`; "" for the core group. */
  readonly group: string;
  readonly version: string;
  /** In the plural, lower case: `pods`. */
  readonly resource: string;
  /** Segments behind the name: `log`, `exec`; "" where there are none. */
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly fieldSelector: string;
  readonly labelSelector: string;
}

/** A request of which the path names no object: `/version`, `/openapi/v2`, `/apis/apps/v1`. */
export interface PlainRequest {
  /** The method in lower case, as authorization has it for such paths. */
  readonly verb: string;
}

const VERBS: ReadonlyMap<string, string> = new Map([
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['POST', 'create'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);

/** In the place of a resource, in paths of old; they say what is done with what follows. */
const VERB_SEGMENTS: ReadonlySet<string> = new Set(['proxy', 'watch']);
/** Of a namespace itself, where other words are resources in it. */
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize']);
const METADATA_NAME = /^metadata\.name==?([^,=!]+)$/;

/**
 * Reads what a request asks of which object.
 *
 * @param path Canonical, without the prefix of the target.
 * @returns A `PlainRequest` where the path names no object.
 */
export function readResourceRequest(
  method: string,
  path: string,
  query: URLSearchParams,
): ResourceRequest | PlainRequest {
  const plain = { verb: method.toLowerCase() };
  const segments = path.split('/').filter((segment) => segment !== '');
  const prefix = segments.shift();
  if (prefix !== 'api' && prefix !== 'apis') return plain;
  const group = prefix === 'api' ? '' : (segments.shift() ?? '');
  const version = segments.shift();
  if (version === undefined || segments.length === 0) return plain;

  let verb = VERBS.get(method) ?? '';
  if (VERB_SEGMENTS.has(segments[0] ?? '')) {
    verb = segments.shift() ?? '';
    // The API server knows no such path.
    if (segments.length === 0) return plain;
  }
  const namespace = takeNamespace(segments);
  const [resource = '', ownName = '', ...rest] = segments;
  const selectors = {
    fieldSelector: query.get('fieldSelector') ?? '',
    labelSelector: query.get('labelSelector') ?? '',
  };
  const subresource = rest.join('/');
  const request = { group, version, resource, subresource, namespace, ...selectors };
  if (ownName !== '') return { ...request, verb, name: ownName };
  return {
    ...request,
    verb: verbOfCollection(verb, query),
    name: METADATA_NAME.exec(selectors.fieldSelector)?.[1] ?? '',
  };
}

/** Whether a request names an object, or objects of a kind. */
export function namesResource(request: ResourceRequest | PlainRequest): request is ResourceRequest {
  return 'resource' in request;
}

/** Takes `namespaces/<name>` off the front, where something in the namespace follows. */
function takeNamespace(segments: string[]): string {
  const [first, namespace, next] = segments;
  if (first !== 'namespaces' || namespace === undefined) return '';
  if (next !== undefined && !NAMESPACE_SUBRESOURCES.has(next)) segments.splice(0, 2);
  return namespace;
}

/** Of requests without a name. */
function verbOfCollection(verb: string, query: URLSearchParams): string {
  if (verb === 'delete') return 'deletecollection';
  if (verb !== 'get') return verb;
  // Everything but what Go's strconv takes for false: whoever means to list, says nothing.
  return query.getAll('watch').some((value) => !IS_FALSE.test(value)) ? 'watch' : 'list';
}

const IS_FALSE = /^(?:0|f|false|F|False|FALSE)$/;
