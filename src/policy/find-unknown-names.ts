import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyProblem, PolicySet } from './policy-set.ts';

/** What there is that policies can name. */
export interface KnownNames {
  readonly targets: readonly string[];
  readonly grants: readonly string[];
}

interface EntityName {
  readonly type: string;
  readonly id: string;
}

/**
 * Policies about a target or a grant that there is not: a forbid with a slip in the name forbids nothing, and nobody is told.
 * No error, as a policy may be there before its target.
 */
export function findUnknownNames(
  { policies }: PolicySet,
  { targets, grants }: KnownNames,
): readonly PolicyProblem[] {
  const isUnknown = ({ type, id }: EntityName): boolean => {
    switch (type) {
      case 'Target':
        return !targets.includes(id);
      case 'DataClass':
        return !targets.some((target) => id.startsWith(`${target}/`));
      case 'Grant':
        return !grants.includes(id);
      default:
        return false;
    }
  };
  return [...policies.values()].flatMap(({ id: policyId, effect, text, file, line }) => {
    const unknown = new Set(
      listEntities(text)
        .filter(isUnknown)
        .map(({ type, id }) => `${type}::${JSON.stringify(id)}`),
    );
    return [...unknown].map((name) => ({
      file,
      line,
      column: 1,
      message: `policy "${policyId}" names ${name}, which there is not: for that, it ${effect}s nothing`,
    }));
  });
}

function listEntities(text: string): readonly EntityName[] {
  const converted = policyToJson(text);
  return converted.type === 'failure' ? [] : [...walk(converted.json)];
}

/** Cedar writes them as `{"type", "id"}`, in expressions within `__entity`. */
function* walk(value: unknown): Generator<EntityName, void> {
  if (typeof value !== 'object' || value === null) return;
  const { type, id } = value as { readonly type?: unknown; readonly id?: unknown };
  if (typeof type === 'string' && typeof id === 'string') yield { type, id };
  for (const inner of Object.values(value)) yield* walk(inner);
}
