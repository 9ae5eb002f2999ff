import type { Principal } from '../identity/principal.ts';
import type { TargetPlace } from '../targets/target.ts';
import type { Decision } from './decision.ts';
import type { OperationTarget } from './operation.ts';

/** What a decision depends on beside the statement. Equal scopes have equal keys. */
export interface DecisionScope {
  readonly key: string;
}

/** The parts of a scope. */
export interface DecisionScopeParts {
  readonly principal: Principal;
  /** Names of the principal's grants in force on the target. Default: none. */
  readonly grants?: readonly string[];
  readonly target: OperationTarget;
  readonly place: TargetPlace;
  readonly policyVersion: string;
  /** Version of the target's catalog that the statement was analysed against. */
  readonly catalogVersion: string;
}

/**
 * Builds the key of a scope. Costs microseconds: keep the result for a session and build it anew
 * when the policy or the catalog changes.
 */
export function buildDecisionScope(parts: DecisionScopeParts): DecisionScope {
  const { principal, target } = parts;
  const key = JSON.stringify([
    [principal.id, principal.kind, principal.issuer, principal.subject, principal.signIn],
    principal.groups.toSorted(),
    (parts.grants ?? []).toSorted(),
    [
      target.name,
      target.kind,
      Object.entries(target.labels).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ],
    [parts.place.database, parts.place.account, parts.policyVersion, parts.catalogVersion],
  ]);
  return { key };
}

const ENTRIES_MAX = 20_000;

/**
 * Decisions already made, by statement (compared by identity: an analysis is shared through its own
 * cache and never changes) and scope. Principals expire; whoever asks has to check that first.
 *
 * Two generations bound it: when the young one is full it becomes the old one, and what was in the
 * old one and has not been asked for since is dropped. So a hit costs two look-ups and no upkeep.
 */
export class DecisionCache {
  readonly #generationMax: number;
  #young = new Map<object, Map<string, Decision>>();
  #old = new Map<object, Map<string, Decision>>();
  #youngEntries = 0;

  /** @param entriesMax Decisions kept at most; half of them may be lost at once. */
  constructor(entriesMax: number = ENTRIES_MAX) {
    this.#generationMax = Math.max(1, Math.floor(entriesMax / 2));
  }

  find(statement: object, scope: DecisionScope): Decision | undefined {
    const young = this.#young.get(statement)?.get(scope.key);
    if (young !== undefined) return young;
    const old = this.#old.get(statement)?.get(scope.key);
    if (old !== undefined) this.store(statement, scope, old);
    return old;
  }

  store(statement: object, scope: DecisionScope, decision: Decision): void {
    if (this.#youngEntries >= this.#generationMax) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngEntries = 0;
    }
    let decisions = this.#young.get(statement);
    if (decisions === undefined) {
      decisions = new Map();
      this.#young.set(statement, decisions);
    }
    if (!decisions.has(scope.key)) this.#youngEntries++;
    decisions.set(scope.key, decision);
  }

  /** Decisions held; never more than the limit. */
  get size(): number {
    let size = this.#youngEntries;
    for (const decisions of this.#old.values()) size += decisions.size;
    return size;
  }
}
