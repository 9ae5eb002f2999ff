import { seal } from '../../audit/seal.ts';
import type { NewSignIn } from '../../identity/browser-sign-ins.ts';
import type { SamlService } from '../../identity/saml-provider.ts';
import { describeSamlService } from '../../identity/saml-sign-in.ts';
import { logUnexpectedError } from '../../telemetry/events.ts';
import { formatCookie } from '../../wire/http/set-cookie.ts';
import type { ControlPlaneServices } from '../services.ts';
import { answerText, type BrowserAnswer } from './browser-answer.ts';
import { findOwnOrigin } from './own-origin.ts';
import {
  formatNoPendingCookie,
  formatPendingCookie,
  type PendingSignIn,
  readPendingSignIn,
} from './pending-sign-in.ts';
import { checkReturnPath } from './return-path.ts';
import { readSignInCookie, SIGN_IN_COOKIE } from './sign-in-cookie.ts';

/** A request of a browser for a page of ours that is not in the contract. */
export interface BrowserCall {
  /** Path and query, as sent. */
  readonly target: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  /** Every header of that name. */
  readonly cookie: readonly string[];
  readonly host: readonly string[];
  readonly userAgent: string;
  /** Without port. */
  readonly clientAddress: string;
  readonly signal: AbortSignal;
}

/** Where providers send browsers back to, and where they learn of us: they are told once, and keep it. */
export const CALLBACK_PATH = '/sign-in/callback';
export const METADATA_PATH = '/saml/metadata';
export const ACS_PATH = '/saml/acs';

const NO_ORIGIN =
  'The console has no address here: set reviews.consoleUrl in sallyport.yaml to the one that people use.';

/** `GET /sign-in?provider=&return=`: sends the browser to the identity provider. */
export async function beginSignIn(
  { signInProviders, consoleOrigin, log }: ControlPlaneServices,
  call: BrowserCall,
): Promise<BrowserAnswer> {
  const origin = findOwnOrigin(call.host, consoleOrigin());
  if (origin === undefined) return answerText(421, NO_ORIGIN);
  const providers = signInProviders();
  const name = call.query.get('provider') ?? providers[0]?.name;
  const provider = providers.find((one) => one.name === name);
  if (provider === undefined) return answerText(404, 'There is no such identity provider.');
  const returnPath = checkReturnPath(call.query.get('return') ?? undefined);
  try {
    let pending: PendingSignIn;
    let location: string;
    if (provider.kind === 'oidc') {
      const begun = await provider.begin(origin + CALLBACK_PATH);
      location = begun.url;
      pending = { kind: 'oidc', provider: provider.name, challenge: begun.challenge, returnPath };
    } else {
      const begun = await provider.begin(samlServiceAt(origin));
      location = begun.url;
      pending = { kind: 'saml', provider: provider.name, requestId: begun.requestId, returnPath };
    }
    return { kind: 'redirect', location, cookies: [formatPendingCookie(pending)] };
  } catch (error) {
    logUnexpectedError(log, 'sign-in', error);
    return answerText(502, 'The identity provider cannot be reached. Try again later.');
  }
}

/** `GET /sign-in/callback`: the browser comes back from an OpenID provider. */
export async function finishOidc(
  services: ControlPlaneServices,
  call: BrowserCall,
): Promise<BrowserAnswer> {
  const origin = findOwnOrigin(call.host, services.consoleOrigin());
  if (origin === undefined) return answerText(421, NO_ORIGIN);
  const pending = readPendingSignIn(call.cookie);
  const provider = services.signInProviders().find(({ name }) => name === pending?.provider);
  if (pending?.kind !== 'oidc' || provider?.kind !== 'oidc') return answerNotBegun();
  let idToken: string;
  try {
    idToken = await provider.finish(new URL(call.target, origin), pending.challenge);
  } catch {
    // A code of somebody else, a declined sign-in, a provider that fails: nobody is signed in.
    return refuse(services, call, 'not-accepted');
  }
  const result = await services.authenticator.authenticate(idToken, call.signal);
  if (result.kind === 'rejected') return refuse(services, call, result.reason);
  const { signIn: _, expiresAtMs: __, ...principal } = result.principal;
  if (principal.kind !== 'person' || principal.issuer !== provider.name) {
    return refuse(services, call, 'claims-not-accepted');
  }
  return open(services, call, pending, { principal, method: 'oidc-browser' });
}

/** `POST /saml/acs`: the browser brings the answer of a SAML provider. */
export async function finishSaml(
  services: ControlPlaneServices,
  call: BrowserCall,
): Promise<BrowserAnswer> {
  const origin = findOwnOrigin(call.host, services.consoleOrigin());
  if (origin === undefined) return answerText(421, NO_ORIGIN);
  const pending = readPendingSignIn(call.cookie);
  const provider = services.signInProviders().find(({ name }) => name === pending?.provider);
  if (pending?.kind !== 'saml' || provider?.kind !== 'saml') return answerNotBegun();
  const responses = call.form.getAll('SAMLResponse');
  const [response] = responses;
  if (response === undefined || responses.length > 1) return answerNotBegun();
  const outcome = await provider.finish(samlServiceAt(origin), pending.requestId, response);
  if (outcome.kind === 'rejected') return refuse(services, call, outcome.reason);
  const { principal, endsAtMs } = outcome;
  if (services.isDisabled(principal.id)) return refuse(services, call, 'disabled');
  return open(services, call, pending, { principal, method: 'saml', endsAtMs });
}

/** `GET /saml/metadata`: what a SAML provider is told of us. */
export function describeSaml(
  { consoleOrigin }: ControlPlaneServices,
  call: BrowserCall,
): BrowserAnswer {
  const origin = findOwnOrigin(call.host, consoleOrigin());
  if (origin === undefined) return answerText(421, NO_ORIGIN);
  return { kind: 'xml', text: describeSamlService(samlServiceAt(origin)) };
}

function samlServiceAt(origin: string): SamlService {
  return { entityId: origin + METADATA_PATH, acsUrl: origin + ACS_PATH };
}

/** A sign-in always gets an id and a secret of its own; one that the browser had is ended. */
async function open(
  { signIns, access, ledger, log }: ControlPlaneServices,
  { cookie, clientAddress, userAgent }: BrowserCall,
  { returnPath, provider }: PendingSignIn,
  who: Pick<NewSignIn, 'principal' | 'method' | 'endsAtMs'>,
): Promise<BrowserAnswer> {
  const { secret, signIn } = signIns.prepare({ ...who, clientAddress, userAgent });
  await seal(ledger, {
    kind: 'sign-in',
    principal: signIn.principal.id,
    signIn: signIn.id,
    method: signIn.method,
    provider,
    via: 'console',
    client: clientAddress,
  });
  const before = readSignInCookie(cookie);
  const earlier = before === undefined ? undefined : await signIns.authenticate(before);
  if (earlier !== undefined) {
    const { id, principal } = earlier;
    await seal(ledger, {
      kind: 'sign-out',
      principal: principal.id,
      signIn: id,
      client: clientAddress,
    });
    await signIns.end(id, principal.id);
  }
  await signIns.open(signIn);
  try {
    await access.noteSignIn({ ...signIn.principal, expiresAtMs: signIn.endsAtMs });
  } catch (error) {
    // The list of people is a convenience.
    logUnexpectedError(log, 'people', error);
  }
  const maxAgeSeconds = Math.floor((signIn.endsAtMs - signIn.createdAtMs) / 1_000);
  return {
    kind: 'redirect',
    location: checkReturnPath(returnPath),
    cookies: [
      // Pages are the same for everybody and ask for what they show by themselves, so no link from
      // elsewhere needs the cookie.
      formatCookie(SIGN_IN_COOKIE, secret, { sameSite: 'Strict', maxAgeSeconds }),
      formatNoPendingCookie(),
    ],
  };
}

/** A browser that began nothing here: its cookie is gone, or somebody else began the sign-in. */
function answerNotBegun(): BrowserAnswer {
  return answerText(
    400,
    'This sign-in was not begun in this browser, or took too long. Begin again at the console.',
  );
}

function refuse(
  { refusals }: ControlPlaneServices,
  { clientAddress }: BrowserCall,
  reason: string,
): BrowserAnswer {
  refusals.note({ clientAddress, reason, via: 'console' });
  const text = 'The sign-in was not accepted. Begin again at the console.';
  return answerText(403, text, [formatNoPendingCookie()]);
}
