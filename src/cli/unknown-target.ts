import { targetListSchema } from '../api/target.ts';
import { findSimilar } from '../configuration/find-similar.ts';
import type { SignedInGateway } from './signed-in-gateway.ts';

/** Names of targets of one kind, or of all, that somebody may connect to. */
export async function listTargetNames(
  opened: SignedInGateway,
  kind?: string,
): Promise<readonly string[]> {
  const { targets } = await opened.get(targetListSchema, { path: '/v1/targets' });
  return targets
    .filter((target) => kind === undefined || target.kind === kind)
    .map(({ name }) => name);
}

/** What to try in place of a name that there is not. Undefined where there is nothing to try. */
export function suggestTarget(wanted: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const similar = findSimilar(wanted, names);
  const question = similar === undefined ? '' : `Did you mean ${similar}? `;
  return `${question}There are: ${names.join(', ')}.`;
}
