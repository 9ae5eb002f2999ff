import type { Fact, Facts } from '../policy/operation.ts';

/** Facts that say that nothing is left to be known: where one of several does not, not all is known of them. */
const KNOWN: ReadonlySet<string> = new Set(['known', 'bodyKnown', 'hasWhere']);

/** The facts of things that happen together in one, as people are told: what any of them is said to do. */
export function mergeFacts(all: readonly Facts[]): Facts {
  const merged: Record<string, Fact> = {};
  for (const facts of all) {
    for (const [name, fact] of Object.entries(facts)) {
      const before = Object.hasOwn(merged, name) ? merged[name] : undefined;
      merged[name] = before === undefined ? fact : mergeFact(name, before, fact);
    }
  }
  return merged;
}

function mergeFact(name: string, before: Fact, fact: Fact): Fact {
  if (typeof before === 'boolean' && typeof fact === 'boolean') {
    return KNOWN.has(name) ? before && fact : before || fact;
  }
  if (typeof before === 'number' && typeof fact === 'number') return Math.max(before, fact);
  const values = [...new Set([...listOf(before), ...listOf(fact)])];
  const [only = '', ...others] = values;
  return typeof fact === 'string' && others.length === 0 ? only : values;
}

function listOf(fact: Fact): readonly string[] {
  return typeof fact === 'object' ? fact : [String(fact)];
}
