import type { Actor, RevokeAnswer } from '../../access/access-service.ts';
import { COMMENT_LENGTH_MAX } from '../../access/apply-review.ts';
import { isInForce } from '../../access/grant.ts';
import { seal } from '../../audit/seal.ts';
import { describeGrantEnd, describeRevocation } from './access-entries.ts';
import type { AgreementParts } from './agreement-parts.ts';

/** Ends a grant before its time: one's own, or another's with a permit. */
export async function revokeGrant(
  { grants, ledger, rights, nowMs }: AgreementParts,
  actor: Actor,
  id: string,
  reason: string,
): Promise<RevokeAnswer> {
  const comment = reason.trim().slice(0, COMMENT_LENGTH_MAX);
  const { id: actorId, displayName } = actor.principal;
  let answer: RevokeAnswer = { kind: 'not-found' };
  const revoked = await grants.change(id, async (grant) => {
    if (grant.holder.id !== actorId) {
      const facts = { owner: grant.holder.id, grant: grant.name };
      const decision = rights.decide(actor.principal, grant.target, 'grant.revoke', facts);
      if (decision.kind !== 'allow') {
        const owner = grant.holder.id;
        const mayRead = rights.decide(actor.principal, grant.target, 'request.read', { owner });
        if (mayRead.kind === 'allow') answer = { kind: 'denied', reason: decision.reason };
        return undefined;
      }
    }
    const atMs = nowMs();
    if (!isInForce(grant, atMs)) {
      answer = { kind: 'ended' };
      return undefined;
    }
    await seal(ledger, describeRevocation(grant, actor, comment));
    const by = { id: actorId, name: displayName };
    return { ...grant, end: { atMs, cause: 'revoked', by, comment } };
  });
  return revoked === undefined ? answer : { kind: 'revoked', grant: revoked };
}

/** Enters the end of a grant whose time is over. It permits nothing since then, whoever looks when. */
export async function expireGrant(
  { grants, ledger, nowMs }: Pick<AgreementParts, 'grants' | 'ledger' | 'nowMs'>,
  id: string,
): Promise<void> {
  await grants.change(id, async (grant) => {
    const atMs = nowMs();
    if (grant.end !== undefined || atMs < grant.endsAtMs) return undefined;
    await seal(ledger, describeGrantEnd(grant, 'expired'));
    return {
      ...grant,
      end: { atMs: grant.endsAtMs, cause: 'expired', by: undefined, comment: '' },
    };
  });
}
