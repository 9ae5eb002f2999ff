import type { IdPath } from '../api/identifiers.ts';
import type { TokenView } from '../api/token.ts';
import { seal } from '../audit/seal.ts';
import type { TokenRecord } from '../identity/token-store.ts';
import { type Answer, answerJson, answerProblem } from './answer.ts';
import type { SignedInCall } from './handler.ts';
import type { ControlPlaneServices } from './services.ts';

/** Lists the asker's own tokens that still count. */
export async function listTokens(
  services: ControlPlaneServices,
  { principal }: SignedInCall,
): Promise<Answer> {
  const standing = await findStanding(services, principal.id);
  return answerJson({ tokens: standing.map(viewToken) });
}

/** Ends one of the asker's own. Sessions that live on it end within half a minute. */
export async function endToken(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const { principal, clientAddress: client } = call;
  const { id } = call.path as IdPath;
  const standing = await findStanding(services, principal.id);
  if (!standing.some((token) => token.id === id)) {
    return answerProblem('not-found', 'there is no such token of yours');
  }
  const { ledger, tokens, nowMs, forgetCachedTokens } = services;
  await seal(ledger, { kind: 'token.revoke', principal: principal.id, token: id, client });
  await tokens.revoke(id, nowMs());
  forgetCachedTokens();
  return listTokens(services, call);
}

async function findStanding(
  { tokens, nowMs }: ControlPlaneServices,
  principalId: string,
): Promise<readonly TokenRecord[]> {
  const all = await tokens.list(principalId);
  return all.filter(
    ({ revokedAtMs, expiresAtMs }) => revokedAtMs === undefined && nowMs() < expiresAtMs,
  );
}

function viewToken({ id, kind, issuedAtMs, expiresAtMs }: TokenRecord): TokenView {
  return {
    id,
    kind,
    issuedAt: new Date(issuedAtMs).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
  };
}
