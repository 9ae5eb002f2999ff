import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Principal } from '../identity/principal.ts';
import { CANNOT_EVALUATE_REASON, decide, NO_PERMIT_REASON } from './decide.ts';
import type { Facts, Operation } from './operation.ts';
import { loadPolicySet, type PolicySet } from './policy-set.ts';

const ALICE: Principal = {
  id: 'okta:alice',
  issuer: 'okta',
  subject: 'alice',
  kind: 'person',
  displayName: 'Alice',
  groups: ['analysts'],
  signIn: 'oidc-token',
  expiresAtMs: 0,
};

const SQL_FACTS: Facts = {
  database: 'hospital',
  protocol: 'postgres',
  statements: 1,
  command: 'SELECT',
  reads: ['public.patients'],
  writes: [],
  relations: ['public.patients'],
  columns: ['public.patients.id'],
  functions: [],
  objectKind: '',
  objects: [],
  hasWhere: true,
  limit: -1,
  bulk: false,
  opaque: false,
  ambiguous: false,
};

const PERMIT = '@id("permit") permit(principal in Group::"analysts", action, resource);';

function load(text: string): PolicySet {
  const loading = loadPolicySet([{ path: 'policies/p.cedar', text }]);
  assert.equal(loading.kind, 'loaded', JSON.stringify(loading));
  return loading.policySet;
}

function select(changes: Partial<Operation> = {}): Operation {
  return {
    principal: ALICE,
    target: { name: 'hospital', kind: 'postgres', labels: { environment: 'production' } },
    action: 'sql.select',
    facts: SQL_FACTS,
    ...changes,
  };
}

describe('decide', () => {
  it('denies what no policy mentions', () => {
    const expected = { kind: 'deny', policyId: undefined, reason: NO_PERMIT_REASON };
    assert.deepEqual(decide(load(''), select()), expected);
  });

  it('allows what a permit covers and names it', () => {
    const expected = { kind: 'allow', policyIds: ['permit'], obligations: [] };
    assert.deepEqual(decide(load(PERMIT), select()), expected);
  });

  it('asks for the raw track if one of the permits does, and after an approval, too', () => {
    const raw = '@id("raw") @record("raw") permit(principal, action, resource);';
    const obligations = [{ kind: 'record', track: 'raw' }];
    const expected = { kind: 'allow', policyIds: ['permit', 'raw'], obligations };
    assert.deepEqual(decide(load(`${PERMIT} ${raw}`), select()), expected);
    const review = '@id("r") @review("officers") forbid(principal, action, resource);';
    const held = decide(load(`${raw} ${review}`), select());
    assert.deepEqual(held.kind === 'review' && held.obligations, obligations);
    const plain = decide(load(`${PERMIT} ${review}`), select());
    assert.equal(plain.kind === 'review' && plain.obligations, undefined);
  });

  it('lets a forbid win and tells its reason', () => {
    const policySet = load(
      `${PERMIT} @id("no") @reason("Not here") forbid(principal, action, resource);`,
    );
    const expected = { kind: 'deny', policyId: 'no', reason: 'Not here' };
    assert.deepEqual(decide(policySet, select()), expected);
  });

  it('knows actions by their groups, and set-role by no group', () => {
    const policySet = load(
      'permit(principal, action in [Action::"sql.read", Action::"sql.session"], resource);',
    );
    assert.equal(decide(policySet, select()).kind, 'allow');
    assert.equal(decide(policySet, select({ action: 'sql.transaction' })).kind, 'allow');
    for (const action of ['sql.delete', 'sql.set-role', 'sql.set-lexing', 'sql.unknown']) {
      assert.equal(decide(policySet, select({ action })).kind, 'deny', action);
    }
  });

  it('reads labels, addresses and the kind of principal', () => {
    const policySet = load(`
      permit(principal is User, action == Action::"connect", resource) when {
        resource.hasTag("environment") && resource.getTag("environment") == "production" &&
        context.clientAddress.isInRange(ip("10.0.0.0/8")) && context.tls
      };`);
    const connect = (clientAddress: string, changes: Partial<Operation> = {}): string =>
      decide(
        policySet,
        select({
          action: 'connect',
          facts: {
            database: 'hospital',
            account: '',
            applicationName: 'psql',
            clientAddress,
            tls: true,
          },
          ...changes,
        }),
      ).kind;
    assert.equal(connect('10.1.2.3'), 'allow');
    assert.equal(connect('::ffff:10.1.2.3'), 'allow');
    assert.equal(connect('fe80::1%eth0'), 'deny');
    assert.equal(connect('not an address'), 'deny');
    assert.equal(connect('10.1.2.3', { principal: { ...ALICE, kind: 'workload' } }), 'deny');
    const target = { name: 'hospital', kind: 'postgres', labels: {} };
    assert.equal(connect('10.1.2.3', { target }), 'deny');
  });

  it('answers about the gateway itself', () => {
    const policySet = load(
      'permit(principal, action == Action::"token.issue", resource == Gateway::"main") when { context.lifetimeSeconds <= 3600 };',
    );
    const issue = (lifetimeSeconds: number): string =>
      decide(
        policySet,
        select({
          action: 'token.issue',
          target: { name: 'main', kind: 'gateway', labels: {} },
          facts: { lifetimeSeconds },
        }),
      ).kind;
    assert.equal(issue(3600), 'allow');
    assert.equal(issue(3601), 'deny');
  });
});

describe('decide with forbids that people can lift', () => {
  const REVIEW = `@id("bulk") @review("officers, leads") @quorum("2") @expires("30m") @reason("Bulk reads need a review")
    forbid(principal, action, resource) when { context has bulk && context.bulk };`;
  const bulk = select({ facts: { ...SQL_FACTS, bulk: true } });

  it('asks for review when only they stand in the way', () => {
    assert.deepEqual(decide(load(PERMIT + REVIEW), bulk), {
      kind: 'review',
      policyIds: ['bulk'],
      rules: [{ groups: ['officers', 'leads'], quorum: 2 }],
      groups: ['officers', 'leads'],
      quorum: 2,
      at: 'statement',
      reason: 'Bulk reads need a review',
      expiresAfterMs: 1_800_000,
    });
  });

  it('denies when no permit covers the operation anyway', () => {
    assert.equal(decide(load(REVIEW), bulk).kind, 'deny');
  });

  it('denies when another forbid applies, in whatever order they stand', () => {
    const hard = '@id("hard") forbid(principal, action, resource);';
    for (const text of [PERMIT + REVIEW + hard, hard + REVIEW + PERMIT]) {
      assert.equal(decide(load(text), bulk).kind, 'deny');
    }
  });

  it('joins the groups and takes the largest quorum and the shortest lifetime of several', () => {
    const other =
      '@id("other") @review("officers,board") @quorum("3") @expires("1h") forbid(principal, action, resource);';
    const decision = decide(load(PERMIT + REVIEW + other), bulk);
    assert.equal(decision.kind, 'review');
    assert.deepEqual(decision.groups, ['officers', 'leads', 'board']);
    assert.equal(decision.quorum, 3);
    assert.equal(decision.expiresAfterMs, 1_800_000);
    assert.deepEqual(decision.policyIds, ['bulk', 'other']);
  });
});

describe('decide against an attacker', () => {
  /** Overflows, so Cedar would leave the forbid out and allow. */
  const ERRING =
    '@id("erring") forbid(principal, action == Action::"sql.select", resource) when { context.limit * 9223372036854775807 > 5 };';
  const erringOperation = select({ facts: { ...SQL_FACTS, limit: 2 } });

  it('denies when a forbid cannot be evaluated', () => {
    const expected = { kind: 'deny', policyId: 'erring', reason: CANNOT_EVALUATE_REASON };
    assert.deepEqual(decide(load(PERMIT + ERRING), erringOperation), expected);
    assert.equal(decide(load(PERMIT + ERRING), select()).kind, 'allow');
  });

  it('denies when a reviewable forbid or a permit cannot be evaluated', () => {
    const reviewable = ERRING.replace('forbid', '@review("officers") forbid');
    assert.equal(decide(load(PERMIT + reviewable), erringOperation).kind, 'deny');
    const permit = ERRING.replace('forbid', 'permit');
    assert.equal(decide(load(PERMIT + permit), erringOperation).kind, 'deny');
  });

  it('denies on facts that are missing, unknown, of another type or not whole numbers', () => {
    const policySet = load(PERMIT);
    const { bulk: _, ...withoutBulk } = SQL_FACTS;
    for (const facts of [
      {},
      withoutBulk,
      { ...SQL_FACTS, extra: true },
      { ...SQL_FACTS, bulk: 'false' },
      { ...SQL_FACTS, limit: 1.5 },
      { ...SQL_FACTS, limit: Number.NaN },
      { ...SQL_FACTS, limit: 2 ** 60 },
      { ...SQL_FACTS, command: '\ud800' },
    ]) {
      assert.equal(decide(policySet, select({ facts })).kind, 'deny', JSON.stringify(facts));
    }
    assert.equal(decide(policySet, select()).kind, 'allow');
  });

  it('denies actions that do not exist, and actions on the wrong kind of thing', () => {
    const policySet = load('permit(principal, action, resource);');
    for (const action of ['sql.nope', '', 'sql.read', 'token.issue', 'reveal', '__proto__']) {
      assert.equal(decide(policySet, select({ action })).kind, 'deny', action);
    }
  });

  it('never takes a group claim for another entity', () => {
    const policySet = load(`
      permit(principal == User::"okta:root", action, resource);
      permit(principal in Grant::"break-glass", action, resource);
      permit(principal in Group::"analysts", action, resource);`);
    for (const group of [
      'User::"okta:root"',
      'okta:root',
      'Grant::"break-glass"',
      'break-glass',
      'Group::"analysts"',
      'analysts"',
      'analysts\0',
      'Analysts',
      'ana1ysts',
      'а\u043dalysts',
      '',
    ]) {
      const principal = { ...ALICE, groups: [group] };
      assert.equal(decide(policySet, select({ principal })).kind, 'deny', group);
    }
    assert.equal(decide(policySet, select()).kind, 'allow');
  });

  it('compares ids whole, whatever characters they hold', () => {
    const policySet = load('permit(principal == User::"okta:é\\"x\\\\", action, resource);');
    const ask = (id: string): string =>
      decide(policySet, select({ principal: { ...ALICE, id } })).kind;
    assert.equal(ask('okta:é"x\\'), 'allow');
    for (const id of ['okta:e\u0301"x\\', 'okta:é', 'okta:é"x\\\\', 'OKTA:é"x\\', 'okta:é"x\\\0']) {
      assert.equal(ask(id), 'deny', id);
    }
  });

  it('takes labels and relation names as text', () => {
    const policySet = load(
      '@id("p") permit(principal, action == Action::"sql.select", resource) when { ["public.claims"].containsAll(context.relations) && !context.ambiguous };',
    );
    const ask = (relations: readonly string[]): string =>
      decide(policySet, select({ facts: { ...SQL_FACTS, relations } })).kind;
    assert.equal(ask(['public.claims']), 'allow');
    assert.equal(ask(['public.claims', '__entity']), 'deny');
    assert.equal(ask(['public.claims"']), 'deny');
  });

  it('holds with thousands of columns and groups', () => {
    const policySet = load(PERMIT);
    const columns = Array.from({ length: 5_000 }, (_, index) => `public.t.c${index}`);
    const groups = columns.map((column) => `group ${column}`);
    const operation = select({ facts: { ...SQL_FACTS, columns } });
    assert.equal(decide(policySet, operation).kind, 'allow');
    const principal = { ...ALICE, groups };
    assert.equal(decide(policySet, { ...operation, principal }).kind, 'deny');
  });
});

describe('decide with grants', () => {
  const ON_CALL =
    '@id("call") permit(principal in Grant::"on-call", action == Action::"sql.select", resource);';

  it('permits what a grant in force permits, and nothing to a group of its name', () => {
    const policySet = load(ON_CALL);
    const granted = decide(policySet, select({ grants: ['on-call', 'other'] }));
    assert.deepEqual(granted.kind === 'allow' && granted.policyIds, ['call']);
    assert.equal(decide(policySet, select()).kind, 'deny');
    const principal = { ...ALICE, groups: ['on-call', 'Grant::"on-call"'] };
    assert.equal(decide(policySet, select({ principal })).kind, 'deny');
  });

  it('decides requests for a grant by what is asked for', () => {
    const policySet = load(`
      @id("ask") permit(principal in Group::"analysts", action == Action::"grant.request", resource);
      @id("long") @review("officers") forbid(principal, action == Action::"grant.request", resource)
        when { context.durationSeconds > 3600 || !context.justified };`);
    const ask = (durationSeconds: number, justified: boolean): string =>
      decide(
        policySet,
        select({
          action: 'grant.request',
          facts: { grant: 'on-call', durationSeconds, justified },
        }),
      ).kind;
    assert.equal(ask(3600, true), 'allow');
    assert.equal(ask(3601, true), 'review');
    assert.equal(ask(60, false), 'review');
  });
});

describe('decide where to review', () => {
  const at = (name: string, where: string): string =>
    `@id("${name}") @review("${name}") @review_at("${where}") forbid(principal, action, resource);`;

  it('reviews at COMMIT only if every forbid says so', () => {
    const both = decide(load(PERMIT + at('a', 'commit') + at('b', 'commit')), select());
    assert.equal(both.kind === 'review' && both.at, 'commit');
    const mixed = decide(load(PERMIT + at('a', 'commit') + at('b', 'statement')), select());
    assert.equal(mixed.kind === 'review' && mixed.at, 'statement');
  });

  it('wants each forbid lifted by its own groups', () => {
    const decision = decide(load(PERMIT + at('a', 'commit') + at('b', 'commit')), select());
    assert.deepEqual(decision.kind === 'review' && decision.rules, [
      { groups: ['a'], quorum: 1 },
      { groups: ['b'], quorum: 1 },
    ]);
  });
});

describe('decide over many policy sets', () => {
  it('keeps answering for each after many others were loaded', () => {
    const first = load(PERMIT);
    const sets = Array.from({ length: 40 }, (_, index) =>
      load(`@id("p${index}") permit(principal, action, resource);`),
    );
    for (const round of [1, 2]) {
      for (const [index, policySet] of sets.entries()) {
        const decision = decide(policySet, select());
        assert.equal(decision.kind, 'allow', `round ${round}`);
        assert.deepEqual(decision.policyIds, [`p${index}`]);
      }
    }
    assert.deepEqual(decide(first, select({ principal: { ...ALICE, groups: [] } })), {
      kind: 'deny',
      policyId: undefined,
      reason: NO_PERMIT_REASON,
    });
  });
});
