import { isPath, type PathMapping } from './url-fields.ts';

/** How clients call the paths of a target that they reach beneath a prefix; cookies stay beneath it. */
export function addPrefix(prefix: string): PathMapping {
  return {
    url: (url) => (isPath(url) ? `${prefix}${url}` : url),
    cookiePath: (path = '/') => (path === '/' ? prefix : `${prefix}${path}`),
  };
}
