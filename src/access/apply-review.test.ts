import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AccessRequest, OperationRequest } from './access-request.ts';
import {
  applyReview,
  type Candidate,
  endRequest,
  findCommentProblem,
  findOpenRules,
  findStanding,
  isUsable,
  useApproval,
} from './apply-review.ts';
import {
  BOB,
  BREAK_GLASS,
  DELEGATION,
  GRANT_REQUEST,
  MINUTE_MS,
  OPERATION,
  T0,
} from './request.fixture.ts';
import type { Review, Verdict } from './review.ts';

const OLGA: Candidate = {
  id: 'okta:olga',
  person: 'olga@hospital.example',
  name: 'Olga',
  groups: ['officers'],
  delegations: [],
};
const PAT: Candidate = {
  id: 'okta:pat',
  person: undefined,
  name: 'Pat',
  groups: ['leads'],
  delegations: [DELEGATION],
};

let reviewCount = 0;

/** What the service does: looks for a standing, and adds the review if there is one. */
function review<Request extends AccessRequest>(
  request: Request,
  candidate: Candidate,
  verdict: Verdict = 'approve',
  atMs: number = T0 + MINUTE_MS,
): Request | string {
  const standing = findStanding(request, candidate, atMs);
  if (typeof standing === 'string') return standing;
  const { id, person, name } = candidate;
  return applyReview(request, {
    id: `rev_${reviewCount++}`,
    reviewer: { id, person, name, groups: standing.groups },
    verdict,
    comment: verdict === 'reject' ? 'no' : '',
    atMs,
    onBehalfOf: standing.onBehalfOf,
  });
}

function reviewed<Request extends AccessRequest>(
  request: Request,
  candidate: Candidate,
  verdict: Verdict = 'approve',
): Request {
  const next = review(request, candidate, verdict);
  assert(typeof next !== 'string', `${candidate.name} may review`);
  return next;
}

describe('applyReview', () => {
  it('approves by one member of a group, and says who', () => {
    const next = reviewed(OPERATION, OLGA);
    assert.equal(next.state, 'approved');
    assert.deepEqual(next.reviews[0]?.reviewer, {
      id: 'okta:olga',
      person: 'olga@hospital.example',
      name: 'Olga',
      groups: ['officers'],
    });
  });

  it('rejects by one, whatever the quorum, and keeps the comment', () => {
    const request = { ...OPERATION, rules: [{ groups: ['officers'], quorum: 3 }] };
    const next = reviewed(request, OLGA, 'reject');
    assert.equal(next.state, 'rejected');
    assert.equal(next.end?.outcome, 'rejected');
    assert.equal(next.reviews[0]?.comment, 'no');
  });

  it('keeps the first outcome: nothing is reviewed once it is decided', () => {
    for (const first of ['approve', 'reject'] as const) {
      for (const second of ['approve', 'reject'] as const) {
        const decided = reviewed(OPERATION, OLGA, first);
        const late = { ...OLGA, id: 'okta:omar', person: undefined };
        assert.equal(review(decided, late, second), 'over');
      }
    }
  });

  it('refuses the verdict on an own request, by this and by any other identity of the person', () => {
    const officer = { ...OLGA, id: BOB.id, person: undefined };
    assert.equal(review(OPERATION, officer), 'own-request');
    const other = { ...OLGA, id: 'ldap:robert', person: BOB.person };
    assert.equal(review(OPERATION, other), 'own-request');
  });

  it('refuses the verdict of who typed it as a guest, by any identity and delegation', () => {
    const request = { ...OPERATION, guests: [{ id: OLGA.id, person: 'olga' }] };
    assert.equal(review(request, OLGA), 'own-request');
    assert.equal(review(request, { ...OLGA, id: 'ldap:o', person: 'olga' }), 'own-request');
    assert.equal(review(request, PAT), 'own-request');
  });

  it('does not take the absence of a person for a person', () => {
    const request = { ...OPERATION, requester: { ...BOB, person: undefined } };
    assert.equal(reviewed(request, { ...OLGA, person: undefined }).state, 'approved');
  });

  it('counts persons: not groups, not identities', () => {
    const rules = [{ groups: ['officers', 'leads'], quorum: 2 }];
    const once = reviewed({ ...OPERATION, rules }, { ...OLGA, groups: ['leads', 'officers'] });
    assert.equal(once.state, 'pending');
    assert.equal(review(once, OLGA), 'already-reviewed');
    assert.equal(review(once, { ...OLGA, id: 'ldap:olga' }), 'already-reviewed');
    assert.equal(reviewed(once, { ...PAT, delegations: [] }).state, 'approved');
  });

  it('wants every rule fulfilled: who may lift one forbid does not lift another', () => {
    const rules = [
      { groups: ['officers'], quorum: 1 },
      { groups: ['leads'], quorum: 1 },
    ];
    const half = reviewed({ ...OPERATION, rules }, OLGA);
    assert.equal(half.state, 'pending');
    assert.deepEqual(findOpenRules(half), [rules[1]]);
    assert.equal(reviewed(half, { ...PAT, delegations: [] }).state, 'approved');
  });

  it('refuses who is in none of the groups', () => {
    assert.equal(review(OPERATION, { ...OLGA, groups: ['analysts'] }), 'not-a-reviewer');
  });

  it('refuses what comes at or after the deadline', () => {
    assert.equal(review(OPERATION, OLGA, 'approve', OPERATION.expiresAtMs), 'over');
    const last = review(OPERATION, OLGA, 'approve', OPERATION.expiresAtMs - 1);
    assert(typeof last !== 'string');
  });

  it('gives who comes back for an approval as long as the reviewers had', () => {
    const filed: OperationRequest = { ...OPERATION, onReview: 'fail' };
    const next = reviewed(filed, OLGA);
    assert.equal(next.expiresAtMs, T0 + 31 * MINUTE_MS);
    assert.equal(reviewed(OPERATION, OLGA).expiresAtMs, OPERATION.expiresAtMs);
  });

  it('ends a request for a grant as granted', () => {
    const next = reviewed(GRANT_REQUEST, OLGA);
    assert.equal(next.state, 'granted');
    assert.equal(next.end?.outcome, 'granted');
  });

  it('keeps break-glass to be reviewed for ever, and takes an objection as a review', () => {
    const late = BREAK_GLASS.expiresAtMs + 1_000_000 * MINUTE_MS;
    for (const verdict of ['approve', 'reject'] as const) {
      const next = review(BREAK_GLASS, OLGA, verdict, late);
      assert(typeof next !== 'string');
      assert.equal(next.state, 'reviewed');
    }
    const end = { atMs: late, outcome: 'expired', reason: undefined } as const;
    assert.equal(endRequest(BREAK_GLASS, end), undefined);
  });
});

describe('findStanding with delegations', () => {
  it('lets the holder review in place of who delegated', () => {
    const next = reviewed(OPERATION, PAT);
    assert.equal(next.state, 'approved');
    assert.equal(next.reviews[0]?.onBehalfOf?.id, 'okta:olga');
  });

  it('counts who delegated and who holds the delegation once', () => {
    const request = { ...OPERATION, rules: [{ groups: ['officers'], quorum: 2 }] };
    const byOlga = reviewed(request, OLGA);
    assert.equal(review(byOlga, PAT), 'delegator-reviewed');
    const byPat = reviewed(request, PAT);
    assert.equal(review(byPat, OLGA), 'already-reviewed');
    const other = { ...PAT, id: 'okta:paula', delegations: [toPaula()] };
    assert.equal(review(byPat, other), 'delegator-reviewed');
  });

  it('counts a holder of two delegations once', () => {
    const second = {
      ...DELEGATION,
      id: 'del_2',
      from: { ...DELEGATION.from, id: 'okta:omar', person: undefined },
    };
    const request = { ...OPERATION, rules: [{ groups: ['officers'], quorum: 2 }] };
    const candidate = { ...PAT, delegations: [DELEGATION, second] };
    assert.equal(review(reviewed(request, candidate), candidate), 'already-reviewed');
  });

  it('refuses the holder its own request, and the one of who delegated', () => {
    const mine = { ...OPERATION, requester: { ...BOB, id: PAT.id, person: undefined } };
    assert.equal(review(mine, PAT), 'own-request');
    const theirs = { ...OPERATION, requester: { ...BOB, id: 'okta:olga', person: undefined } };
    assert.equal(review(theirs, PAT), 'own-request');
    const otherIdentity = {
      ...OPERATION,
      requester: { ...BOB, id: 'ldap:o', person: OLGA.person },
    };
    assert.equal(review(otherIdentity, PAT), 'own-request');
  });

  it('counts no delegation before, after and when it was ended, nor one to somebody else', () => {
    const pat = (changes: Partial<typeof DELEGATION>): Candidate => ({
      ...PAT,
      delegations: [{ ...DELEGATION, ...changes }],
    });
    assert.equal(review(OPERATION, pat({ endsAtMs: T0 + MINUTE_MS })), 'not-a-reviewer');
    assert.equal(review(OPERATION, pat({ startsAtMs: T0 + 2 * MINUTE_MS })), 'not-a-reviewer');
    assert.equal(review(OPERATION, pat({ endedAtMs: T0 })), 'not-a-reviewer');
    assert.equal(review(OPERATION, pat({ groups: ['leads'] })), 'not-a-reviewer');
    const to = { id: 'okta:quinn', person: undefined, name: 'Quinn' };
    assert.equal(review(OPERATION, pat({ to })), 'not-a-reviewer');
  });

  it('takes the place in which the verdict brings the request on', () => {
    const rules = [
      { groups: ['leads'], quorum: 1 },
      { groups: ['officers'], quorum: 1 },
    ];
    const lead = { ...PAT, id: 'okta:lee', delegations: [] };
    const half = reviewed({ ...OPERATION, rules }, lead);
    const next = reviewed(half, PAT);
    assert.equal(next.reviews[1]?.onBehalfOf?.id, 'okta:olga');
    assert.equal(next.state, 'approved');
  });
});

describe('endRequest', () => {
  const withdrawn = { atMs: T0 + 1, outcome: 'withdrawn', reason: 'disconnected' } as const;

  it('withdraws what waits and what was approved, and nothing that is over', () => {
    assert.equal(endRequest(OPERATION, withdrawn)?.state, 'withdrawn');
    const approved = reviewed(OPERATION, OLGA);
    assert.equal(endRequest(approved, withdrawn)?.state, 'withdrawn');
    for (const over of [
      reviewed(OPERATION, OLGA, 'reject'),
      useApproval(approved, T0 + 2),
      reviewed(GRANT_REQUEST, OLGA),
    ]) {
      assert.equal(endRequest(over, withdrawn), undefined);
    }
  });

  it('expires no request before its time', () => {
    const end = { outcome: 'expired', reason: undefined } as const;
    assert.equal(endRequest(OPERATION, { ...end, atMs: OPERATION.expiresAtMs - 1 }), undefined);
    assert.equal(endRequest(OPERATION, { ...end, atMs: OPERATION.expiresAtMs })?.state, 'expired');
  });
});

describe('isUsable', () => {
  it('lets an approval be used for the same operation, before it expires, once', () => {
    const { digest, expiresAtMs } = OPERATION;
    const approved = reviewed(OPERATION, OLGA);
    assert.equal(isUsable(approved, digest, T0 + 2 * MINUTE_MS), true);
    assert.equal(isUsable(approved, digest, expiresAtMs), false);
    assert.equal(isUsable(approved, 'ef'.repeat(32), T0), false);
    assert.equal(isUsable(OPERATION, digest, T0), false);
    assert.equal(isUsable(useApproval(approved, T0), digest, T0), false);
  });
});

describe('findCommentProblem', () => {
  it('wants a comment of who rejects', () => {
    for (const nothing of [' \n', '\u200b', '\u00ad\u2060', '\u3164', '\u2800', '\u{e0020}']) {
      assert.equal(
        findCommentProblem('reject', nothing),
        'comment-required',
        JSON.stringify(nothing),
      );
    }
    for (const something of ['\u200bwhy', 'なぜ', '?', '\u{1f6d1}']) {
      assert.equal(findCommentProblem('reject', something), undefined);
    }
    assert.equal(findCommentProblem('reject', 'why'), undefined);
    assert.equal(findCommentProblem('approve', ''), undefined);
    assert.equal(findCommentProblem('approve', 'x'.repeat(2_001)), 'comment-too-long');
  });
});

const GROUPS = ['officers', 'leads', 'board'] as const;
const HUMANS = ['olga', 'pat', 'lee', 'bob'] as const;

const verdicts = fc.array(
  fc.record({
    human: fc.constantFrom(...HUMANS),
    identity: fc.constantFrom('okta', 'ldap'),
    groups: fc.subarray([...GROUPS]),
    from: fc.option(fc.constantFrom(...HUMANS), { nil: undefined }),
    verdict: fc.constantFrom<Verdict>('approve', 'approve', 'approve', 'reject'),
    afterMs: fc.integer({ min: 0, max: 40 * MINUTE_MS }),
  }),
  { maxLength: 30 },
);
const rules = fc.array(
  fc.record({
    groups: fc.subarray([...GROUPS], { minLength: 1 }),
    quorum: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 1, maxLength: 3 },
);

describe('requests under arbitrary reviews', () => {
  it('are approved only by enough persons, none of whom asked, and change no more afterwards', () => {
    fc.assert(
      fc.property(rules, verdicts, (demanded, attempts) => {
        let request: OperationRequest = {
          ...OPERATION,
          requester: { ...BOB, id: 'okta:bob', person: 'bob' },
          rules: demanded,
        };
        for (const attempt of attempts) {
          const before = request;
          const next = review(request, toCandidate(attempt), attempt.verdict, T0 + attempt.afterMs);
          if (typeof next !== 'string') request = next;
          if (before.state !== 'pending') assert.equal(request, before);
        }
        const persons = request.reviews.flatMap(personsOf);
        assert.equal(new Set(persons).size, persons.length, 'nobody counts twice');
        assert(!persons.includes('bob'));
        if (request.state === 'approved') {
          for (const { groups, quorum } of demanded) {
            const agreed = request.reviews.filter(({ reviewer }) =>
              reviewer.groups.some((group) => (groups as readonly string[]).includes(group)),
            );
            assert(agreed.length >= quorum);
          }
          assert(request.reviews.every(({ verdict }) => verdict === 'approve'));
        }
        const rejections = request.reviews.filter(({ verdict }) => verdict === 'reject');
        assert.equal(rejections.length, request.state === 'rejected' ? 1 : 0);
      }),
      { numRuns: 2_000 },
    );
  });
});

function personsOf({ reviewer, onBehalfOf }: Review): readonly (string | undefined)[] {
  return onBehalfOf === undefined ? [reviewer.person] : [reviewer.person, onBehalfOf.person];
}

function toCandidate({
  human,
  identity,
  groups,
  from,
}: {
  readonly human: string;
  readonly identity: string;
  readonly groups: readonly string[];
  readonly from: string | undefined;
}): Candidate {
  const to = { id: `${identity}:${human}`, person: human, name: human };
  const giver = { id: `okta:${from}`, person: from, name: String(from) };
  const delegations =
    from === undefined || from === human
      ? []
      : [{ ...DELEGATION, to, from: giver, groups: GROUPS }];
  return { ...to, groups, delegations };
}

function toPaula(): typeof DELEGATION {
  return { ...DELEGATION, id: 'del_3', to: { id: 'okta:paula', person: undefined, name: 'Paula' } };
}
