import { seal } from '../audit/seal.ts';
import { exchangeToken } from '../identity/exchange-token.ts';
import type { Principal } from '../identity/principal.ts';
import { hashToken, isSallyportToken } from '../identity/sallyport-token.ts';
import type { TokenRecord } from '../identity/token-store.ts';
import type { Decision } from '../policy/decision.ts';
import { type Answer, answerJson } from './answer.ts';
import type { Call } from './handler.ts';
import type { ControlPlaneServices } from './services.ts';

/** Thrown where an issue is sealed, to stop it before anything is issued. */
export class IssueRefused extends Error {
  override readonly name = 'IssueRefused';
  readonly code = 'ERR_ISSUE_REFUSED';
  readonly decision: Exclude<Decision, { kind: 'allow' }>;

  constructor(decision: Exclude<Decision, { kind: 'allow' }>) {
    super('Cannot issue token: refused by policy');
    this.decision = decision;
  }
}

/** Answers the token endpoint. The issue is in the ledger before the token exists. */
export async function handleExchange(services: ControlPlaneServices, call: Call): Promise<Answer> {
  const { authenticator, tokens, nowMs, tokenLifetimeSecondsMax, authorize, ledger, refusals } =
    services;
  let signedIn: Principal | undefined;
  try {
    const answer = await exchangeToken(
      call.form,
      {
        authenticator,
        tokens,
        nowMs,
        lifetimeSecondsMax: tokenLifetimeSecondsMax,
        seal: async (record) => {
          const lifetimeSeconds = (record.expiresAtMs - record.issuedAtMs) / 1000;
          const principal = toPrincipal(record);
          const decision = authorize({ action: 'token.issue', principal, lifetimeSeconds });
          if (decision.kind !== 'allow') throw new IssueRefused(decision);
          await seal(ledger, {
            kind: 'token.issue',
            principal: principal.id,
            token: record.id,
            expiresAt: new Date(record.expiresAtMs).toISOString(),
            client: call.clientAddress,
          });
          signedIn = principal;
        },
      },
      call.signal,
    );
    if (answer.kind === 'issued') {
      if (signedIn !== undefined) await services.access.noteSignIn(signedIn);
      return answerJson(answer.body);
    }
    if (answer.reason !== undefined) {
      const { reason } = answer;
      refusals.note({ reason, clientAddress: call.clientAddress, via: 'token-exchange' });
    }
    return answerJson(answer.body, answer.status);
  } catch (error) {
    if (!(error instanceof IssueRefused)) throw error;
    return answerJson({ error: 'access_denied', error_description: error.decision.reason }, 403);
  }
}

/**
 * Answers the revocation endpoint. Whoever has a token may end it, and learns nothing from the
 * answer: unknown tokens are answered alike (RFC 7009 section 2.2).
 */
export async function handleRevocation(
  { tokens, ledger, nowMs, forgetCachedTokens }: ControlPlaneServices,
  { form, clientAddress }: Call,
): Promise<Answer> {
  const presented = form.getAll('token');
  const token = presented[0];
  if (token === undefined || presented.length > 1) {
    return answerJson({ error: 'invalid_request', error_description: 'token is missing' }, 400);
  }
  if (!isSallyportToken(token)) {
    return answerJson(
      {
        error: 'unsupported_token_type',
        error_description: "only Sallyport tokens can be revoked here, not an identity provider's",
      },
      400,
    );
  }
  const record = await tokens.find(hashToken(token));
  if (record === undefined || record.revokedAtMs !== undefined) return answerJson({});
  await seal(ledger, {
    kind: 'token.revoke',
    principal: record.principal.id,
    token: record.id,
    client: clientAddress,
  });
  await tokens.revoke(record.id, nowMs());
  forgetCachedTokens();
  return answerJson({});
}

function toPrincipal({ principal, expiresAtMs }: TokenRecord): Principal {
  return { ...principal, signIn: 'oidc-token', expiresAtMs };
}
