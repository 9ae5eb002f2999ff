import { seal } from '../../audit/seal.ts';
import type { Principal } from '../../identity/principal.ts';
import { SIGNED_IN_PATH, SITE_SIGN_IN_PATH } from '../../identity/site-sign-ins.ts';
import type { ControlPlaneServices } from '../services.ts';
import { answerText, type BrowserAnswer } from './browser-answer.ts';
import { findOwnOrigin } from './own-origin.ts';
import { readSignInCookie } from './sign-in-cookie.ts';
import { signInPath } from './sign-in-providers.ts';
import type { BrowserCall } from './sign-in-routes.ts';

/** A host of a target that a browser comes from and goes back to. */
interface Site {
  /** Host, and port if it has one. */
  readonly to: string;
  /** Hash of what the browser keeps there. */
  readonly state: string;
}

const TO = /^(?:[a-z0-9][a-z0-9-]*\.)*[a-z0-9][a-z0-9-]*(?::\d{1,5})?$/;
const STATE = /^[A-Za-z0-9_-]{43}$/;

/**
 * How far a browser is. The cookie of a sign-in does not come along when another site sends the browser here, so that
 * a page of ours has it ask again (`look`): as it arrives, and once more after it has signed in.
 */
const STEPS = ['arrive', 'look', 'return', 'look-again'] as const;

type Step = (typeof STEPS)[number];

/** `GET /sign-in/site?to=&state=`: signs a browser in at the host of a target, if it is signed in here. */
export async function signInToSite(
  services: ControlPlaneServices,
  call: BrowserCall,
): Promise<BrowserAnswer> {
  const { siteSignIns, signIns, consoleOrigin } = services;
  const [to, state] = [call.query.get('to') ?? '', call.query.get('state') ?? ''];
  const step = STEPS.find((one) => one === (call.query.get('step') ?? 'arrive'));
  if (findOwnOrigin(call.host, consoleOrigin()) === undefined || siteSignIns === undefined) {
    return answerText(421, 'Nobody signs in to targets here.');
  }
  if (!TO.test(to) || !STATE.test(state) || step === undefined) return answerText(400, MALFORMED);
  const site = { to, state };
  const secret = readSignInCookie(call.cookie);
  const signIn = secret === undefined ? undefined : await signIns.authenticate(secret);
  if (secret === undefined || signIn === undefined) return sendOn(services, site, step);
  const target = findTarget(services, site, signIn.principal, call.clientAddress);
  if (target === undefined) return answerText(404, UNKNOWN);
  const host = to.replace(/:\d+$/, '');
  await seal(services.ledger, {
    kind: 'sign-in',
    principal: signIn.principal.id,
    signIn: signIn.id,
    method: signIn.principal.signIn,
    via: 'console',
    target,
    client: call.clientAddress,
  });
  const code = siteSignIns.mintCode(secret, host, state);
  return {
    kind: 'redirect',
    location: `https://${to}${SIGNED_IN_PATH}?code=${code}`,
    cookies: [],
  };
}

const MALFORMED = 'This is no address to begin at. Open the page of the target anew.';
/** The same for targets that do not exist and for those that are forbidden. */
const UNKNOWN = 'There is no such target, or you may not connect to it.';
const NO_COOKIE =
  'This browser does not keep the cookie of a sign-in. Allow cookies for this address, and open the page anew.';

/** What a browser does next that is not known to be signed in. */
function sendOn({ signInProviders }: ControlPlaneServices, site: Site, step: Step): BrowserAnswer {
  switch (step) {
    case 'arrive':
      return { kind: 'page', title: 'Signing in', goOn: addressOf(site, 'look'), links: [] };
    case 'return':
      return { kind: 'page', title: 'Signing in', goOn: addressOf(site, 'look-again'), links: [] };
    case 'look-again':
      return answerText(400, NO_COOKIE);
    case 'look': {
      const back = encodeURIComponent(addressOf(site, 'return'));
      const links = signInProviders().map(({ name }) => ({
        text: name,
        href: `${signInPath(name)}&return=${back}`,
      }));
      const [only, ...others] = links;
      if (only === undefined) return answerText(404, 'Nobody can sign in by a browser here.');
      if (others.length === 0) return { kind: 'redirect', location: only.href, cookies: [] };
      return { kind: 'page', title: 'Sign in with', goOn: undefined, links };
    }
  }
}

function addressOf({ to, state }: Site, step: Step): string {
  return `${SITE_SIGN_IN_PATH}?${new URLSearchParams({ to, state, step }).toString()}`;
}

function findTarget(
  { findSite, authorize }: ControlPlaneServices,
  { to }: Site,
  principal: Principal,
  clientAddress: string,
): string | undefined {
  const target = findSite(to);
  if (target === undefined) return undefined;
  const decision = authorize({ action: 'connect', principal, target, clientAddress });
  return decision.kind === 'allow' ? target : undefined;
}
