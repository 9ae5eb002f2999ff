import type { PersonQuery } from '../../api/person.ts';
import { type Answer, answerJson, answerProblem } from '../answer.ts';
import type { SignedInCall } from '../handler.ts';
import type { ControlPlaneServices } from '../services.ts';
import { actorOf } from './actor.ts';

/** Lists principals that the gateway has seen; those seen last first. */
export async function listPeople(
  { access, isDisabled }: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const { q, ...page } = call.query as PersonQuery;
  const found = await access.listPeople(actorOf(call), { query: q, ...page });
  if (found === undefined) return answerProblem('refused', 'policy does not let you see people');
  return answerJson({
    people: found.items.map(({ id, name, kind, groups, firstSeenAtMs, lastSeenAtMs }) => ({
      id,
      name,
      kind,
      provider: id.slice(0, id.indexOf(':')),
      groups,
      firstSeenAt: new Date(firstSeenAtMs).toISOString(),
      lastSeenAt: new Date(lastSeenAtMs).toISOString(),
      disabled: isDisabled(id),
    })),
    nextCursor: found.nextCursor,
  });
}
