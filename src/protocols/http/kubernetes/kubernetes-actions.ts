import type { ResourceRequest } from './resource-request.ts';

/** The verbs that have an action of their own name. */
const VERBS: ReadonlySet<string> = new Set([
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
]);

/**
 * What a subresource is for, whatever the method: a terminal begins with a GET where WebSockets are spoken and
 * with a POST where they are not.
 */
const SUBRESOURCES: ReadonlyMap<string, string> = new Map([
  ['pods/exec', 'k8s.exec'],
  ['pods/attach', 'k8s.attach'],
  ['pods/portforward', 'k8s.port-forward'],
  ['pods/ephemeralcontainers', 'k8s.ephemeral-containers'],
  ['pods/eviction', 'k8s.evict'],
  ['pods/binding', 'k8s.bind'],
  ['bindings', 'k8s.bind'],
  ['serviceaccounts/token', 'k8s.token'],
  ['tokenreviews', 'k8s.token'],
  ['certificatesigningrequests/approval', 'k8s.approve'],
]);

/** Whose writes hand out rights: allowed only where that is, too. */
const RIGHTS: ReadonlyMap<string, string> = new Map([
  ['roles', 'k8s.escalate'],
  ['clusterroles', 'k8s.escalate'],
  ['rolebindings', 'k8s.bind'],
  ['clusterrolebindings', 'k8s.bind'],
]);

const READ_VERBS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
/** Subresources that are read and written like the object. */
const PARTS: ReadonlySet<string> = new Set(['finalize', 'resize']);

/**
 * Names the actions of a request; all have to be allowed. A subresource that is not known, as other API servers
 * behind this one have them, is `k8s.raw`: nobody can say what it does.
 */
export function findActions(request: ResourceRequest): readonly string[] {
  const { verb, resource, subresource } = request;
  const [part = ''] = subresource.split('/');
  const place = part === '' ? resource : `${resource}/${part}`;
  if (verb === 'proxy' || part === 'proxy') return ['k8s.proxy'];
  const special = SUBRESOURCES.get(place);
  if (special !== undefined) return [special];
  const action = VERBS.has(verb) ? `k8s.${verb}` : 'k8s.raw';
  const isRead = READ_VERBS.has(verb);
  // Only these have nothing behind them: more segments are a path of somebody else's.
  if (subresource !== part) return ['k8s.raw'];
  switch (part) {
    case '': {
      const right = RIGHTS.get(resource);
      return isRead || right === undefined ? [action] : [action, right];
    }
    case 'log':
      return [place === 'pods/log' && isRead ? 'k8s.log' : 'k8s.raw'];
    case 'scale':
    case 'status':
      return [isRead ? action : `k8s.${part}`];
    default:
      return [PARTS.has(part) ? action : 'k8s.raw'];
  }
}
