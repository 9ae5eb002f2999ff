import type { IdPath } from '../../api/identifiers.ts';
import type { SignInView } from '../../api/sign-in.ts';
import { seal } from '../../audit/seal.ts';
import type { BrowserSignIn } from '../../identity/browser-sign-in.ts';
import { logUnexpectedError } from '../../telemetry/events.ts';
import { formatCookie } from '../../wire/http/set-cookie.ts';
import { type Answer, answerJson, answerProblem } from '../answer.ts';
import type { SignedInCall } from '../handler.ts';
import type { ControlPlaneServices } from '../services.ts';
import { SIGN_IN_COOKIE } from './sign-in-cookie.ts';

/** Lists the asker's own sign-ins. */
export async function listSignIns(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const signIns = await services.signIns.list(call.principal.id);
  return answerJson({ signIns: signIns.map((signIn) => viewSignIn(services, call, signIn)) });
}

/** Ends one of the asker's own. */
export async function endSignIn(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const { id } = call.path as IdPath;
  const known = await services.signIns.list(call.principal.id);
  if (!known.some((signIn) => signIn.id === id)) {
    return answerProblem('not-found', 'there is no such sign-in of yours');
  }
  await end(services, call, id);
  return listSignIns(services, call);
}

/** Ends the sign-in by which the asker asks, and has the browser forget it. */
export async function signOut(services: ControlPlaneServices, call: SignedInCall): Promise<Answer> {
  if (call.signIn === undefined) {
    return answerProblem('bad-request', 'this is not a sign-in in a browser');
  }
  await end(services, call, call.signIn.id);
  const providerUrl = await findSignOutUrl(services, call.principal.issuer);
  return {
    kind: 'json',
    status: 200,
    body: { ...(providerUrl !== undefined && { providerUrl }) },
    cookies: [formatCookie(SIGN_IN_COOKIE, '', { sameSite: 'Strict', maxAgeSeconds: 0 })],
  };
}

async function end(
  { signIns, ledger }: ControlPlaneServices,
  { principal, clientAddress }: SignedInCall,
  signIn: string,
): Promise<void> {
  await seal(ledger, { kind: 'sign-out', principal: principal.id, signIn, client: clientAddress });
  await signIns.end(signIn, principal.id);
}

/** A provider that does not answer must not keep anybody signed in here. */
async function findSignOutUrl(
  { signInProviders, log }: ControlPlaneServices,
  issuer: string,
): Promise<string | undefined> {
  const provider = signInProviders().find(({ name }) => name === issuer);
  if (provider?.kind !== 'oidc') return undefined;
  try {
    return await provider.findSignOutUrl();
  } catch (error) {
    logUnexpectedError(log, 'sign-out', error);
    return undefined;
  }
}

function viewSignIn(
  { signIns }: ControlPlaneServices,
  call: SignedInCall,
  signIn: BrowserSignIn,
): SignInView {
  return {
    id: signIn.id,
    kind: signIn.method === 'saml' ? 'saml' : 'oidc',
    provider: signIn.principal.issuer,
    clientAddress: signIn.clientAddress,
    userAgent: signIn.userAgent,
    createdAt: new Date(signIn.createdAtMs).toISOString(),
    lastUsedAt: new Date(signIn.lastUsedAtMs).toISOString(),
    endsAt: new Date(signIn.endsAtMs).toISOString(),
    idleEndsAt: new Date(signIns.idleEndsAtMs(signIn)).toISOString(),
    current: call.signIn?.id === signIn.id,
  };
}
