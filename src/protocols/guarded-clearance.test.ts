import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReviewOutcome } from '../access/review-desk.ts';
import { LedgerError } from '../audit/ledger-error.ts';
import { compileDetectors } from '../masking/detectors/detectors.ts';
import { GuardedClearance } from './guarded-clearance.ts';
import type { GuardedOperation, PendingClearance, Verdict } from './operation-clearance.ts';
import { SSH_REFUSAL_WORDS } from './ssh/refusal.ts';
import {
  type Behaviour,
  createFakeDoor,
  createFakeLog,
  type FakeLog,
  PRINCIPAL,
} from './ssh/session.fixture.ts';

const DETECTORS = compileDetectors();
const OPERATION: GuardedOperation = {
  actions: [{ action: 'ssh.exec', facts: { account: 'deploy', text: 'id' } }],
  text: 'id',
  meaning: { account: 'deploy' },
};
const APPROVED: ReviewOutcome = {
  kind: 'approved',
  requestId: 'req_1',
  reviewers: ['idp:petra'],
  policyVersion: '1',
};

/** One operation that was tried. */
interface Trial {
  readonly log: FakeLog;
  readonly verdicts: Verdict[];
  readonly waiting: string[];
  readonly pending: PendingClearance;
  readonly failures: unknown[];
}

async function tryOut(behaviour: Behaviour, operation = OPERATION): Promise<Trial> {
  const log = createFakeLog();
  const admission = await createFakeDoor(log, behaviour).admit({
    principal: PRINCIPAL,
    targetName: 'ward',
    applicationName: '',
    isEncrypted: true,
  });
  assert(admission.kind === 'admitted');
  const failures: unknown[] = [];
  const clearance = new GuardedClearance({
    session: admission.session,
    protocol: 'ssh',
    words: SSH_REFUSAL_WORDS,
    reason: 'ticket 4711',
    detectors: () => DETECTORS,
    isolate(act) {
      try {
        act();
      } catch (error) {
        failures.push(error);
      }
    },
  });
  const verdicts: Verdict[] = [];
  const waiting: string[] = [];
  const pending = clearance.clear(operation, {
    onVerdict: (verdict) => verdicts.push(verdict),
    onWaiting: (message) => waiting.push(message),
  });
  return { log, verdicts, waiting, pending, failures };
}

describe('GuardedClearance', () => {
  it('allows at once what is permitted, and has it sealed before', async () => {
    const { log, verdicts } = await tryOut({});
    assert.deepEqual(verdicts, [{ kind: 'allowed' }]);
    assert.equal(log.entries[0]?.text, 'id');
    assert.equal(log.sessions[0]?.counts.operations, 1);
  });

  it('allows nothing that cannot be sealed, counts it as refused and enters that', async () => {
    const tooLong = new LedgerError('ERR_LEDGER_ENTRY', 'Cannot encode operation entry');
    for (const [sealError, outcome, words] of [
      [new Error('disk full'), 'unsealed', /goes on by itself/],
      [tooLong, 'too-long', /more in it than an entry .*\n.*several steps/],
    ] as const) {
      const { log, verdicts } = await tryOut({ sealError });
      const [verdict] = verdicts;
      assert(verdict?.kind === 'refused');
      assert.match(verdict.message, words);
      assert.equal(log.sessions[0]?.counts.refused, 1);
      assert.equal(log.refusals[0]?.text, 'id');
      assert.deepEqual(log.refusals[0].detail, { outcome });
    }
  });

  it('refuses what is denied, enters it and counts it', async () => {
    const { log, verdicts } = await tryOut({ decide: () => 'deny' });
    assert.equal(verdicts[0]?.kind, 'refused');
    assert.equal(log.refusals[0]?.text, 'id');
    assert.equal(log.sessions[0]?.counts.refused, 1);
    assert.deepEqual(log.entries, []);
  });

  it('waits for people, and runs what they approved under the review it names', async () => {
    const { log, verdicts, waiting } = await tryOut({ decide: () => 'review' });
    assert.deepEqual(verdicts, []);
    assert.equal(waiting.length, 1);
    log.reviews[0]?.answer(APPROVED);
    assert.deepEqual(verdicts, [{ kind: 'allowed', approvedUnder: 'rights' }]);
    assert.deepEqual(log.entries[0]?.detail, {
      review: 'req_1',
      outcome: 'approved',
      reviewers: ['idp:petra'],
    });
  });

  it('does not run what was approved under rights that changed meanwhile', async () => {
    const behaviour: Behaviour = { decide: () => 'review', rights: 'before' };
    const { log, verdicts } = await tryOut(behaviour);
    behaviour.rights = 'after';
    log.reviews[0]?.answer(APPROVED);
    assert.equal(verdicts[0]?.kind, 'refused');
    assert.deepEqual(log.entries, []);
  });

  it('does not run what was given up, even if people agree at the same instant', async () => {
    const { log, verdicts, pending } = await tryOut({ decide: () => 'review' });
    pending.withdraw('cancelled');
    log.reviews[0]?.answer(APPROVED);
    assert.deepEqual(verdicts, []);
    assert.deepEqual(log.entries, []);
    assert.equal(log.reviews[0]?.withdrawn, 'cancelled');
    assert.deepEqual(log.refusals[0]?.detail, { withdrawn: 'cancelled' });
  });

  it('does not run what was given up while its approval was being sealed', async () => {
    let whileSealing = (): void => undefined;
    const behaviour: Behaviour = {
      decide: () => 'review',
      isLedgerWritable() {
        whileSealing();
        return true;
      },
    };
    const { log, verdicts, pending } = await tryOut(behaviour);
    whileSealing = () => pending.withdraw('cancelled');
    log.reviews[0]?.answer(APPROVED);
    assert.equal(log.entries.length, 1);
    assert.deepEqual(verdicts, []);
    assert.deepEqual(log.refusals[0]?.detail, { withdrawn: 'cancelled' });
  });

  it('enters no withdrawal of what ran', async () => {
    const { log, verdicts, pending } = await tryOut({ decide: () => 'review' });
    log.reviews[0]?.answer(APPROVED);
    pending.withdraw('cancelled');
    assert.equal(verdicts[0]?.kind, 'allowed');
    assert.deepEqual(log.refusals, []);
    assert.equal(log.reviews[0]?.withdrawn, undefined);
  });

  it('shows people the operation itself, and binds the approval to what it depends on', async () => {
    const { log } = await tryOut({ decide: () => 'review' });
    const held = log.reviews[0]?.held;
    assert.equal(held?.sentText, 'id');
    assert.equal(held.justification, 'ticket 4711');
    assert.deepEqual(held.meaning, { account: 'deploy' });
    assert.equal(held.operation.protocol, 'ssh');
    assert.deepEqual(held.operation.facts, { account: 'deploy', text: 'id' });
  });

  it('shows people what is sent beside the text as values of no known class, and none of it as facts', async () => {
    const facts = { path: '/Patient', body: ['family=Okafor'] };
    const { log } = await tryOut(
      { decide: () => 'review' },
      {
        actions: [{ action: 'http.post', facts }],
        text: 'POST https://fhir/Patient',
        values: [Buffer.from('{"family":"Okafor"}'), Buffer.of(0xff, 0)],
      },
    );
    const operation = log.reviews[0]?.held.operation;
    assert.deepEqual(operation?.parameters, [
      { text: '{"family":"Okafor"}', className: undefined },
      { text: '\\xff00', className: undefined },
    ]);
    assert.deepEqual(operation.facts, { path: '/Patient' });
  });

  it('tells people what any operation of several does, not the last one alone', async () => {
    const actions = [
      { action: 'graphql.mutation', facts: { fields: ['deletePatients'], known: true } },
      { action: 'graphql.query', facts: { fields: ['ward.name'], known: true } },
    ];
    const { log } = await tryOut({ decide: () => 'review' }, { actions, text: 'POST /graphql' });
    assert.deepEqual(log.reviews[0]?.held.operation.facts, {
      fields: ['deletePatients', 'ward.name'],
      known: true,
    });
  });

  it('shows people no identifiers that they may not see, and runs what was tried', async () => {
    const text = 'grep 212-55-1234 notes';
    const actions = [{ action: 'ssh.exec', facts: { text } }];
    const { log } = await tryOut({ decide: () => 'review' }, { actions, text });
    const held = log.reviews[0]?.held;
    assert.equal(held?.sentText, text);
    assert.deepEqual(held.operation.literals, [{ start: 5, end: 16, className: 'ssn' }]);
    assert.deepEqual(held.operation.facts, { text: 'grep [ssn] notes' });
    assert.deepEqual(held.operation.classesTouched, ['ssn']);
  });
});
