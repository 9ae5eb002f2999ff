import type { AccessRequest } from '../../access/access-request.ts';
import type { Actor, SharedReading } from '../../access/access-service.ts';
import type { Candidate } from '../../access/apply-review.ts';
import type { Delegation } from '../../access/delegation.ts';
import type { Grant } from '../../access/grant.ts';
import { isSamePerson } from '../../access/person.ts';
import type { AgreementParts } from './agreement-parts.ts';

/** Reads what a change is about once, for however many hear of it. */
export function shareReading(parts: AgreementParts): SharedReading {
  const { rights, nowMs } = parts;
  const requests = new Map<string, Promise<AccessRequest | undefined>>();
  const grants = new Map<string, Promise<Grant | undefined>>();
  let running: Promise<readonly Delegation[]> | undefined;
  const isHolder = async (own: Candidate): Promise<boolean> => {
    running ??= parts.delegations.list({ runningAtMs: nowMs() });
    return (await running).some(({ to }) => isSamePerson(to, own));
  };
  return {
    async findRequest(actor, id) {
      const request = await readOnce(requests, id, () => parts.requests.find(id));
      if (request === undefined) return undefined;
      const own = rights.findOwnCandidate(actor);
      if (own !== undefined) {
        if (rights.mayRead(actor, own, request)) return request;
        if (!(await isHolder(own))) return undefined;
      }
      const candidate = await rights.findCandidate(actor);
      return rights.mayRead(actor, candidate, request) ? request : undefined;
    },
    async findGrant(actor, id) {
      const grant = await readOnce(grants, id, () => parts.grants.find(id));
      return grant !== undefined && mayReadGrant(parts, actor, grant) ? grant : undefined;
    },
  };
}

/** One's own, and those on targets of which one may read requests. */
export function mayReadGrant(
  { rights }: Pick<AgreementParts, 'rights'>,
  { principal }: Actor,
  { holder, target }: Grant,
): boolean {
  return holder.id === principal.id || rights.mayReadOf(principal, target, holder.id);
}

function readOnce<Value>(
  known: Map<string, Promise<Value>>,
  id: string,
  read: () => Promise<Value>,
): Promise<Value> {
  let reading = known.get(id);
  if (reading === undefined) {
    reading = read();
    known.set(id, reading);
  }
  return reading;
}
