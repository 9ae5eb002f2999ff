import { beneath, isPath, type PathMapping } from '../../protocols/http/url-fields.ts';

const ORIGIN = /^https?:\/\/([^/?#\\]*)/i;

/**
 * How the gateway calls the paths of a target: without its name, and without what is put before each path on the way there. What
 * leads elsewhere is left as it is.
 *
 * @param authority By which the target is asked, in lower case.
 * @param basePath Without a slash at its end; "" for none.
 */
export function cutBasePath(authority: string, basePath: string): PathMapping {
  return {
    url(url) {
      const [origin = '', host] = ORIGIN.exec(url) ?? [];
      if (host !== undefined && host.toLowerCase() !== authority) return url;
      const path = url.slice(origin.length);
      if (host === undefined && !isPath(path)) return url;
      const own = beneath(basePath, path);
      if (own === undefined) return url;
      const rooted = own.startsWith('/') ? own : `/${own}`;
      // What could be taken for the name of a server stays beneath that of the target.
      return isPath(rooted) ? rooted : url;
    },
    cookiePath(path) {
      if (path === undefined) return undefined;
      const own = beneath(basePath, path);
      if (own !== undefined) return own === '' ? '/' : own;
      return beneath(path.replace(/\/$/, ''), basePath) === undefined ? path : '/';
    },
  };
}
