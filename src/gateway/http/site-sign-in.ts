import type { HttpSettings } from '../../configuration/http-settings.ts';
import { SITE_SIGN_IN_PATH, type SiteSignIns } from '../../identity/site-sign-ins.ts';
import {
  findCookies,
  findSiteCookie,
  isNavigation,
  PENDING_COOKIE,
  SITE_COOKIE,
} from '../../protocols/http/browser/browser-request.ts';
import type { SiteSignIn } from '../../protocols/http/browser/site-sign-in.ts';
import type { ClientRequest } from '../../protocols/http/client-exchange.ts';
import type { Problem } from '../../protocols/http/problem.ts';
import { formatCookie } from '../../wire/http/set-cookie.ts';

/** What {@link GatewaySiteSignIn} works with. */
export interface SiteSignInParts {
  readonly signIns: SiteSignIns;
  /** Where people sign in: `https://…` without a path. Undefined: nowhere. */
  readonly consoleOrigin: () => string | undefined;
  readonly settings: () => HttpSettings;
}

/** Seconds that somebody has to sign in. */
const PENDING_SECONDS = 600;
/** Characters of a path to come back to; cookies hold 4 KiB. */
const RETURN_LENGTH_MAX = 2_000;
const PENDING = /^([\w-]{43})\.([\w-]+)$/;

/** Signs browsers in at the hosts of targets by way of the control plane. */
export class GatewaySiteSignIn implements SiteSignIn {
  readonly #parts: SiteSignInParts;

  constructor(parts: SiteSignInParts) {
    this.#parts = parts;
  }

  begin(request: ClientRequest): Problem | undefined {
    const { scheme, authority, target, fields } = request;
    const origin = this.#parts.consoleOrigin();
    // Browsers take our cookies over TLS alone, and at a host that targets share they would be good for all of them.
    if (origin === undefined || scheme !== 'https' || !isNavigation(request)) return undefined;
    const { suffix, hostNames } = this.#parts.settings();
    if ([suffix, ...hostNames].includes(hostOf(authority))) return undefined;
    // Kept where it is, so that two pages that are opened at once can both come back.
    const { state, stateHash } = this.#parts.signIns.makeState(readPending(fields)?.state);
    const location = new URL(SITE_SIGN_IN_PATH, origin);
    location.search = new URLSearchParams({ to: authority, state: stateHash }).toString();
    return redirect(location.href, [formatPending(state, target)]);
  }

  async finish(request: ClientRequest): Promise<Problem> {
    const { authority, fields, target } = request;
    const { signIns } = this.#parts;
    const host = hostOf(authority);
    const pending = readPending(fields);
    const code = new URL(target, 'https://host.invalid').searchParams.get('code');
    const cookie =
      pending && code !== null ? await signIns.redeem(code, host, pending.state) : undefined;
    if (cookie !== undefined) {
      const { value, maxAgeSeconds } = cookie;
      return redirect(pending?.returnPath ?? '/', [
        formatCookie(SITE_COOKIE, value, { sameSite: 'Lax', maxAgeSeconds }),
        formatCookie(PENDING_COOKIE, '', { sameSite: 'Lax', maxAgeSeconds: 0 }),
      ]);
    }
    const own = findSiteCookie(fields);
    const known = own === undefined ? undefined : await signIns.authenticate(own, host);
    return known?.kind === 'authenticated' ? redirect('/', []) : NOT_BEGUN;
  }
}

const NOT_BEGUN: Problem = {
  status: 400,
  title: 'Sign-in not finished',
  detail: 'It was not begun in this browser, took too long, or was used. Open the page anew.',
};

function redirect(location: string, cookies: readonly string[]): Problem {
  return {
    // See other: what follows is a request of its own.
    status: 303,
    title: 'See other',
    detail: 'Browsers go on by themselves.',
    fields: [
      ['location', location],
      ['referrer-policy', 'no-referrer'],
      ...cookies.map((cookie) => ['set-cookie', cookie] as const),
    ],
  };
}

function formatPending(state: string, target: string): string {
  const path = Buffer.from(checkReturn(target)).toString('base64url');
  return formatCookie(PENDING_COOKIE, `${state}.${path}`, {
    sameSite: 'Lax',
    maxAgeSeconds: PENDING_SECONDS,
  });
}

/** What the browser has kept since it was sent away. Undefined if that was not here, or is told in two ways. */
function readPending(
  fields: ClientRequest['fields'],
): { readonly state: string; readonly returnPath: string } | undefined {
  const [value = '', ...others] = findCookies(fields, PENDING_COOKIE);
  const [, state, path] = PENDING.exec(value) ?? [];
  if (state === undefined || path === undefined || others.length > 0) return undefined;
  return { state, returnPath: checkReturn(Buffer.from(path, 'base64url').toString('latin1')) };
}

/** A path at this host: browsers read `//host`, `/\host` and control characters as an address elsewhere. */
function checkReturn(target: string): string {
  const isPlain = /^\/(?:[!-.0-[\]-~][!-[\]-~]*)?$/.test(target);
  return isPlain && target.length <= RETURN_LENGTH_MAX ? target : '/';
}

function hostOf(authority: string): string {
  return authority.replace(/:\d+$/, '');
}
