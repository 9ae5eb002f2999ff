import { DATA_CLASS_NAMES, GIVEN_CLASS_NAMES } from '../configuration/data-class-names.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import { NOBODY } from '../control-plane/access/show-operation.ts';
import type {
  AuthorizationQuestion,
  ControlPlaneServices,
  RevealedClasses,
  RevealedQuestion,
} from '../control-plane/services.ts';
import { describeTarget } from '../gateway/gateway-session.ts';
import type { GrantsInForce } from '../gateway/grants-in-force.ts';
import type { Policies } from '../gateway/policies.ts';
import type { Decision } from '../policy/decision.ts';
import { decideRevelation } from '../policy/reveal.ts';
import { defaultPlace } from '../targets/target.ts';

/** What of a gateway process says who may do what. */
export interface AuthorizationParts {
  /** Of this moment. */
  readonly configuration: Pick<Configuration, 'targets'> & {
    readonly gateway: Pick<Configuration['gateway'], 'name'>;
  };
  readonly services: { readonly policies: Policies };
  readonly access: { readonly grants: Pick<GrantsInForce, 'find'> };
}

/** What callers of the control plane may do and see, by the policies that sessions are decided by. */
export function openAuthorization(
  parts: AuthorizationParts,
): Pick<ControlPlaneServices, 'authorize' | 'revealedClasses'> {
  return {
    authorize: (question) => authorize(parts, question),
    revealedClasses: (question) => findRevealed(parts, question),
  };
}

function authorize(
  { configuration, services: { policies }, access }: AuthorizationParts,
  question: AuthorizationQuestion,
): Decision {
  const { principal, action } = question;
  if (!('target' in question)) {
    const { name } = configuration.gateway;
    const target = { name, kind: 'gateway', labels: {} } as const;
    const facts =
      question.action === 'token.issue' ? { lifetimeSeconds: question.lifetimeSeconds } : {};
    return policies.decideNow({ principal, target, action, facts });
  }
  const found = configuration.targets.find(({ name }) => name === question.target);
  if (found === undefined) {
    return { kind: 'deny', policyId: undefined, reason: 'the target is no longer configured' };
  }
  const target = describeTarget(found);
  const grants = access.grants.find(principal.id, found.name);
  if (question.action === 'connect') {
    const place = defaultPlace(found);
    const { clientAddress, database = place.database } = question;
    const facts = { ...place, database, applicationName: '', clientAddress, tls: true };
    return policies.decideNow({ principal, grants, target, action, facts });
  }
  const { owner } = question;
  const facts = question.action === 'grant.revoke' ? { owner, grant: question.grant } : { owner };
  return policies.decideNow({ principal, grants, target, action, facts });
}

function findRevealed(
  { configuration, services, access }: AuthorizationParts,
  { principal, target: name, database, account }: RevealedQuestion,
): RevealedClasses {
  const found = configuration.targets.find((target) => target.name === name);
  const { inForce } = services.policies;
  if (found === undefined || inForce === undefined) return NOBODY;
  const own = found.dataMap?.customClasses.map((custom) => custom.name) ?? [];
  const classNames = new Set([...DATA_CLASS_NAMES, ...GIVEN_CLASS_NAMES, ...own]);
  const target = describeTarget(found);
  const grants = access.grants.find(principal.id, name);
  const question = { principal, grants, target, place: { database, account }, classNames };
  const { shown } = decideRevelation(inForce, question);
  return { names: new Set(shown.keys()), areAll: shown.size === classNames.size };
}
