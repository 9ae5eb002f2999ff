import type { HoldEnd, HoldPath, HoldSubmission } from '../api/hold.ts';
import { type Answer, answerJson, answerProblem } from './answer.ts';
import type { SignedInCall } from './handler.ts';
import type { ControlPlaneServices } from './services.ts';

/** Lists the legal holds in force. */
export async function listHolds({
  retention,
}: Pick<ControlPlaneServices, 'retention'>): Promise<Answer> {
  return answerJson({ holds: await retention.listHolds() });
}

/** Begins a hold. It is in the ledger before the answer, and from then on nothing of its days expires. */
export async function startHold(
  { retention }: ControlPlaneServices,
  { json, principal, clientAddress }: SignedInCall,
): Promise<Answer> {
  const { from, until, reason } = json as HoldSubmission;
  const actor = { principal: principal.id, clientAddress, reason };
  return answerJson(await retention.startHold({ from, until }, actor));
}

/** Ends a hold, and answers with those that are left. */
export async function endHold(
  { retention }: ControlPlaneServices,
  { path, json, principal, clientAddress }: SignedInCall,
): Promise<Answer> {
  const { id } = path as HoldPath;
  const { reason } = json as HoldEnd;
  const actor = { principal: principal.id, clientAddress, reason };
  if (!(await retention.endHold(id, actor))) {
    return answerProblem('not-found', 'there is no such hold in force');
  }
  return listHolds({ retention });
}
