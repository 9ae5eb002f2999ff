import type { FieldList } from '../../../wire/http/field-list.ts';
import type { ClientRequest } from '../client-exchange.ts';

/**
 * Names of the cookies that are the gateway's at the hosts of targets. The prefix makes browsers insist on `Secure`,
 * on `Path=/` and on no `Domain`, so that no neighbouring host can set them.
 */
export const SITE_COOKIE = '__Host-sallyport-site';
export const PENDING_COOKIE = '__Host-sallyport-site-pending';

/** What all of our cookies begin with; browsers compare the prefix without regard to case. */
const OWN_COOKIE = /^\s*__host-sallyport/i;

type Head = Pick<ClientRequest, 'method' | 'scheme' | 'authority' | 'upgrade' | 'fields'>;

/** Methods that change nothing by their definition. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a browser asks for a page that a person will look at. */
export function isNavigation({ method, fields, upgrade }: Head): boolean {
  return (
    method === 'GET' &&
    upgrade === undefined &&
    fields.get('sec-fetch-mode') === 'navigate' &&
    fields.all('accept').some((value) => /\btext\/html\b/i.test(value))
  );
}

/**
 * Whether a page of the target itself sent a request that has our cookie, or a person did: browsers add cookies by
 * themselves, whichever page asks, and those of neighbouring hosts count as the same site for them.
 */
export function isFromOwnPages(request: Head): boolean {
  const { method, scheme, authority, fields, upgrade } = request;
  const origins = fields.all('origin');
  const sites = fields.all('sec-fetch-site');
  if (origins.some((origin) => origin.toLowerCase() !== `${scheme}://${authority}`)) return false;
  const isSameOrigin = sites.length === 1 && sites[0] === 'same-origin';
  if (isSameOrigin) return true;
  const isSafe = SAFE.has(method) && upgrade === undefined;
  // Without the field it is an old browser, or none: one that changes something has to name its origin then.
  if (sites.length === 0) return isSafe || origins.length === 1;
  return isSafe && (sites[0] === 'none' || isNavigation(request));
}

/** All values of one cookie. */
export function findCookies(fields: FieldList, name: string): readonly string[] {
  return listPairs(fields).flatMap((pair) => {
    const equals = pair.indexOf('=');
    return equals !== -1 && pair.slice(0, equals).trim() === name
      ? [pair.slice(equals + 1).trim()]
      : [];
  });
}

/** By which cookie a browser says who asks. Undefined if there is none, or more than one: either may be planted. */
export function findSiteCookie(fields: FieldList): string | undefined {
  const [value, ...others] = findCookies(fields, SITE_COOKIE);
  return others.length === 0 ? value : undefined;
}

/** The fields without cookies of ours: a target has no use for them. */
export function withoutOwnCookies(fields: FieldList): FieldList {
  if (!fields.all('cookie').some((value) => /__host-sallyport/i.test(value))) return fields;
  const kept = listPairs(fields).filter((pair) => !OWN_COOKIE.test(pair));
  const others = fields.without('cookie');
  return kept.length === 0
    ? others
    : others.with('cookie', kept.map((pair) => pair.trim()).join('; '));
}

/** Whether a target sets a cookie of ours: nobody but the gateway says who somebody is. @param setCookie Its value. */
export function isOwnCookie(setCookie: string): boolean {
  return OWN_COOKIE.test(setCookie);
}

function listPairs(fields: FieldList): readonly string[] {
  return fields.all('cookie').flatMap((value) => value.split(';'));
}
