import {
  type EntityJson,
  preparsePolicySet,
  preparseSchema,
  statefulIsAuthorized,
  type TypeAndId,
} from '@cedar-policy/cedar-wasm/nodejs';

import { POLICY_SCHEMA } from './schema.ts';

/** Policies by id, as Cedar evaluates them together. Compared by identity: keep one object per set. */
export interface CedarPolicies {
  readonly texts: Readonly<Record<string, string>>;
}

/** A question as Cedar takes it. */
export interface CedarRequest {
  readonly principal: TypeAndId;
  readonly action: TypeAndId;
  readonly resource: TypeAndId;
  readonly context: Readonly<Record<string, boolean | number | string | string[]>>;
  readonly entities: EntityJson[];
}

/** Cedar's answer. `policyIds` are the permits of an allow, the forbids of a deny. */
export type CedarAnswer =
  | { readonly kind: 'allow'; readonly policyIds: readonly string[] }
  | { readonly kind: 'deny'; readonly policyIds: readonly string[] }
  | {
      readonly kind: 'failed';
      /** The policy that could not be evaluated, if it was one. */
      readonly policyId: string | undefined;
      readonly message: string;
    };

const SCHEMA_NAME = 'sallyport';

/**
 * Policy sets that Cedar holds parsed. It has no call to forget one, only to replace one of the same
 * name, so the names are few and used in turn: reloading for ever takes no more memory.
 */
const PREPARED_MAX = 8;

const nameOfPrepared = new Map<CedarPolicies, string>();
let preparations = 0;
let schemaPrepared = false;

/**
 * Asks Cedar. Never throws: what cannot be evaluated is `failed`.
 *
 * Cedar leaves out a policy that fails to evaluate, a forbid too; here that fails the question.
 */
export function evaluate(policies: CedarPolicies, request: CedarRequest): CedarAnswer {
  try {
    const answer = statefulIsAuthorized({
      ...request,
      context: { ...request.context },
      preparsedSchemaName: SCHEMA_NAME,
      preparsedPolicySetId: nameOfPrepared.get(policies) ?? prepare(policies),
      validateRequest: true,
    });
    if (answer.type === 'failure') {
      return { kind: 'failed', policyId: undefined, message: answer.errors[0]?.message ?? '' };
    }
    const { decision, diagnostics } = answer.response;
    const [error] = diagnostics.errors;
    if (error !== undefined) {
      return { kind: 'failed', policyId: error.policyId, message: error.error.message };
    }
    return { kind: decision, policyIds: diagnostics.reason };
  } catch (error) {
    return { kind: 'failed', policyId: undefined, message: String(error) };
  }
}

/**
 * Parses policies ahead of their first question and returns the name Cedar knows them by.
 *
 * @throws {PolicyEvaluatorError} If Cedar does not take them.
 */
export function prepare(policies: CedarPolicies): string {
  if (!schemaPrepared) {
    const schema = preparseSchema(SCHEMA_NAME, POLICY_SCHEMA);
    if (schema.type === 'failure') throw new PolicyEvaluatorError(schema.errors[0]?.message);
    schemaPrepared = true;
  }
  const name = `policies-${preparations % PREPARED_MAX}`;
  const answer = preparsePolicySet(name, { staticPolicies: { ...policies.texts } });
  if (answer.type === 'failure') throw new PolicyEvaluatorError(answer.errors[0]?.message);
  for (const [other, taken] of nameOfPrepared) if (taken === name) nameOfPrepared.delete(other);
  nameOfPrepared.set(policies, name);
  preparations++;
  return name;
}

/** Cedar refused to take a schema or a policy set that it had validated before. */
export class PolicyEvaluatorError extends Error {
  override readonly name = 'PolicyEvaluatorError';
  readonly code = 'ERR_POLICY_EVALUATOR';

  constructor(reason = 'no reason given') {
    super(`Cannot prepare policies: ${reason}`);
  }
}
