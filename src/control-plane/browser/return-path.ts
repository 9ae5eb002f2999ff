import { SITE_SIGN_IN_PATH } from '../../identity/site-sign-ins.ts';

/** Pages of the console. Nothing else gets its document, and nobody is sent elsewhere after a sign-in. */
const CONSOLE_PAGE =
  /^\/(?:(?:requests|alerts|sessions|targets|gateways|policies|ledger|exports|reports|people|account)(?:\/[A-Za-z0-9._~%-]{1,200}){0,3})?$/;

const QUERY_LENGTH_MAX = 1_000;

/** Whether a path is that of a page of the console. */
export function isConsolePage(path: string): boolean {
  return CONSOLE_PAGE.test(path);
}

/**
 * Where to go after a sign-in: a page of ours, on this server, whatever was asked for. A browser
 * reads `//host`, `/\host` and control characters as an address elsewhere.
 */
export function checkReturnPath(asked: string | undefined): string {
  if (asked === undefined) return '/';
  const [path = '', query] = asked.split('?', 2);
  if (!isConsolePage(path) && path !== SITE_SIGN_IN_PATH) return '/';
  if (query === undefined) return path;
  const isPlain = /^[A-Za-z0-9._~%&=+:,-]*$/.test(query) && query.length <= QUERY_LENGTH_MAX;
  return isPlain ? `${path}?${query}` : path;
}
