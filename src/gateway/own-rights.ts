import type { Principal } from '../identity/principal.ts';
import type { Decision } from '../policy/decision.ts';
import type { Revelation } from '../policy/reveal.ts';
import type { GuardedAction } from '../protocols/guard.ts';
import type { GuestRights } from '../protocols/guests.ts';
import { describeTarget, type GatewaySession } from './gateway-session.ts';
import type { GrantsInForce } from './grants-in-force.ts';
import type { Policies, PolicyScope } from './policies.ts';

export interface OwnRightsParts {
  readonly policies: Policies;
  readonly grants: Pick<GrantsInForce, 'find'>;
  readonly nowMs: () => number;
  /** Where the guest is, without port. */
  readonly clientAddress: string;
}

/** The program with which guests come, in policies. */
const APPLICATION = 'sallyport join';

/** What a principal may do by itself where a session of another is: as if it had connected there, at each moment. */
export class OwnRights implements GuestRights {
  readonly #session: Pick<GatewaySession, 'target' | 'database' | 'account'>;
  readonly #principal: Principal;
  readonly #parts: OwnRightsParts;
  #scope: PolicyScope | undefined;
  /** Whether it was permitted in that scope. What was denied is asked again: it may have been for a while only. */
  #mayConnect = false;

  constructor(
    session: Pick<GatewaySession, 'target' | 'database' | 'account'>,
    principal: Principal,
    parts: OwnRightsParts,
  ) {
    this.#session = session;
    this.#principal = principal;
    this.#parts = parts;
  }

  get key(): string {
    return this.#currentScope().key;
  }

  decide(key: object, actions: () => readonly GuardedAction[]): Decision {
    const { nowMs, policies } = this.#parts;
    if (nowMs() >= this.#principal.expiresAtMs) return this.#deny('the sign-in has expired');
    const scope = this.#currentScope();
    this.#mayConnect ||= this.#decideConnect(scope).kind === 'allow';
    if (!this.#mayConnect) return this.#deny('may not connect to this target');
    const decision = policies.decide(key, scope, actions);
    return decision.kind === 'deny'
      ? { ...decision, reason: this.#name(decision.reason) }
      : decision;
  }

  reveal(classNames: ReadonlySet<string>): Revelation {
    return this.#parts.policies.reveal(this.#currentScope(), classNames);
  }

  #currentScope(): PolicyScope {
    const { policies, grants } = this.#parts;
    const { target, database, account } = this.#session;
    const names = grants.find(this.#principal.id, target.name);
    if (this.#scope?.policySet !== policies.current || this.#scope.grants !== names) {
      const place = { database, account };
      this.#scope = policies.scope(this.#principal, describeTarget(target), place, names);
      this.#mayConnect = false;
    }
    return this.#scope;
  }

  #decideConnect(scope: PolicyScope): Decision {
    const client = {
      address: this.#parts.clientAddress,
      applicationName: APPLICATION,
      isEncrypted: true,
    };
    return this.#parts.policies.decideConnect(scope, client);
  }

  #deny(reason: string): Decision {
    return { kind: 'deny', policyId: undefined, reason: this.#name(reason) };
  }

  /** Two are decided about: so it says for whom it is denied. */
  #name(reason: string): string {
    return `${this.#principal.displayName}: ${reason}`;
  }
}
