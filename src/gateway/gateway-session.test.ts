import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EXPORT } from '../access/request.fixture.ts';
import type { ReviewDesk, ReviewQuestion } from '../access/review-desk.ts';
import type { SpoolState } from '../archive/spool-gate.ts';
import { encodeContent } from '../audit/encode-content.ts';
import { encodeEntry } from '../audit/encode-entry.ts';
import type { Decision } from '../policy/decision.ts';
import { SELECT_FACTS } from '../policy/select-facts.fixture.ts';
import type { GuardedAction, OperationEntry } from '../protocols/guard.ts';
import type { RecordingSummary } from '../recording/recorder.ts';
import type { OpenedRecording } from './door.ts';
import type { GatewaySession } from './gateway-session.ts';
import { Policies } from './policies.ts';
import {
  ALICE,
  FakeLedger,
  FakeRecorder,
  HOSPITAL,
  loadPolicies,
  makeSession,
  PERMIT_ALL,
  SUMMARY,
  turn,
} from './session.fixture.ts';

const CONNECT: GuardedAction = {
  action: 'connect',
  facts: {
    database: 'hospital',
    account: '',
    applicationName: '',
    clientAddress: '127.0.0.1',
    tls: true,
  },
};
const SELECT: GuardedAction = {
  action: 'sql.select',
  facts: { database: 'hospital', protocol: 'postgres', statements: 1, ...SELECT_FACTS },
};
const ENTRY: OperationEntry = {
  text: 'SELECT 1',
  textSha256: 'ab'.repeat(32),
  actions: ['sql.select'],
  relations: ['public.patients'],
  detail: { portal: 'p' },
};
const CONTENT = { text: ENTRY.text, textSha256: ENTRY.textSha256 };
const ALLOW: Decision = { kind: 'allow', policyIds: ['all'], obligations: [] };

const RAW: Decision = { ...ALLOW, obligations: [{ kind: 'record', track: 'raw' }] };

describe('GatewaySession', () => {
  it('keeps the raw track before it enters an operation whose permit asks for it', async () => {
    const ledger = new FakeLedger();
    const opening = Promise.withResolvers<OpenedRecording>();
    const session = makeSession({ ledger, openRawTrack: () => opening.promise });
    const sealed: (Error | undefined)[] = [];
    session.seal(ALLOW, ENTRY, (error) => sealed.push(error));
    session.seal(RAW, ENTRY, (error) => sealed.push(error));
    await turn();
    assert.equal(ledger.entries.length, 1);
    assert.equal(session.rawTrack, undefined);
    const recorder = new FakeRecorder();
    opening.resolve({ recorder, path: 'raw', onFailure() {} });
    await turn();
    assert.equal(session.rawTrack, recorder);
    assert.deepEqual(sealed, [undefined, undefined]);
  });

  it('refuses what it is asked while the spool is full, and no longer', () => {
    const spool: { state: SpoolState } = { state: 'refuse' };
    const session = makeSession({ spool });
    const decide = (): string => {
      const decision = session.decide({}, () => [CONNECT]);
      return decision.kind === 'deny' ? decision.reason : decision.kind;
    };
    assert.match(decide(), /no room for its recordings/);
    spool.state = 'end-recording';
    assert.equal(decide(), 'allow');
    spool.state = 'open';
    assert.equal(decide(), 'allow');
  });

  it('lets no operation happen whose raw track cannot be kept', async () => {
    const ledger = new FakeLedger();
    const openRawTrack = (): Promise<never> => Promise.reject(new Error('disk full'));
    const session = makeSession({ ledger, openRawTrack });
    for (let attempt = 0; attempt < 2; attempt++) {
      const error = await new Promise((done) => session.seal(RAW, ENTRY, done));
      assert.match(String(error), /disk full/);
    }
    assert.deepEqual(ledger.entries, []);
    session.seal(ALLOW, ENTRY, (error) => assert.equal(error, undefined));
    assert.equal(ledger.entries.length, 1);
  });

  it('enters what is too long for an entry with less of it, and says that there was more', async () => {
    const ledger = new FakeLedger();
    ledger.findRefusal = (entry) => {
      try {
        encodeEntry(entry, { seq: 0, at: '', n: 1, prev: undefined }, undefined);
        encodeContent(entry.content ?? {});
        return undefined;
      } catch (error) {
        return error as Error;
      }
    };
    const session = makeSession({ ledger });
    const hashes = Array.from({ length: 3_000 }, (_, index) => `hash number ${index} of a patient`);
    const patients = { form: 'exact', key: 'k', hashes };
    session.note('result', { operation: 1, rows: 3_000, raw: { name: hashes }, patients });
    const relations = hashes;
    const deny: Decision = { kind: 'deny', policyId: 'p', reason: 'no' };
    session.sealRefusal(deny, { ...ENTRY, relations });
    session.sealRefusal(deny, { ...ENTRY, orTexts: ['x'.repeat(100_000)] });
    await turn();
    assert.deepEqual(ledger.ofKind('result'), [
      {
        ...{ kind: 'result', session: session.id, operation: 1, rows: 3_000 },
        ...{ raw: { name: [] }, unseen: true, shortened: true },
      },
    ]);
    const refused = ledger.ofKind('operation.refuse');
    assert.deepEqual(
      refused.map((entry) => [entry['relations'], entry['shortened'], entry.content]),
      [relations.slice(0, 100), ENTRY.relations].map((named) => [named, true, CONTENT]),
    );
  });

  it('denies the next operation once the principal has expired, cached or not', () => {
    let nowMs = ALICE.expiresAtMs - 1;
    const session = makeSession({ nowMs: () => nowMs });
    const key = {};
    assert.equal(session.decide(key, () => [CONNECT]).kind, 'allow');
    nowMs = ALICE.expiresAtMs;
    assert.equal(session.decide(key, () => [CONNECT]).kind, 'deny');
  });

  it('asks a replaced policy set from the next operation on', () => {
    const policies = new Policies(loadPolicies(PERMIT_ALL));
    const session = makeSession({ policies });
    const key = {};
    assert.equal(session.decide(key, () => [CONNECT]).kind, 'allow');
    policies.replace(loadPolicies('@id("none") forbid(principal, action, resource);'));
    assert.deepEqual(withoutReason(session.decide(key, () => [CONNECT])), ['deny', 'none']);
    policies.replace(loadPolicies(PERMIT_ALL));
    assert.equal(session.decide(key, () => [CONNECT]).kind, 'allow');
  });

  it('decides by the grants in force at each operation, and ends if it could not be opened without one', () => {
    const text = '@id("g") permit(principal in Grant::"on-call", action, resource);';
    const policies = new Policies(loadPolicies(text));
    let held: readonly string[] = ['on-call'];
    const grants = { find: () => held };
    const session = makeSession({ policies, grants, grantsAtAdmission: held });
    const key = {};
    assert.equal(session.decide(key, () => [CONNECT]).kind, 'allow');
    held = [];
    assert.equal(session.decide(key, () => [CONNECT]).kind, 'deny');
    assert.equal(session.abortReason, 'grant-ended');
  });

  it('denies whatever is tried in it once it has to end without its grant, also what others may do', () => {
    const text = `
      @id("g") permit(principal in Grant::"on-call", action == Action::"connect", resource);
      @id("read") permit(principal, action == Action::"sql.select", resource);`;
    const policies = new Policies(loadPolicies(text));
    let held: readonly string[] = ['on-call'];
    const session = makeSession({
      policies,
      grants: { find: () => held },
      grantsAtAdmission: held,
    });
    const decide = (): Decision => session.decide({}, () => [SELECT]);
    assert.equal(decide().kind, 'allow');
    held = [];
    assert.deepEqual(decide(), {
      kind: 'deny',
      policyId: undefined,
      reason: 'the grant that permitted this session is over',
    });
  });

  it('ends if the grant that it was admitted with was over before it began', () => {
    const text = '@id("g") permit(principal in Grant::"on-call", action, resource);';
    const policies = new Policies(loadPolicies(text));
    const session = makeSession({ policies, grantsAtAdmission: ['on-call'] });
    session.checkGrants();
    assert.equal(session.abortReason, 'grant-ended');
  });

  it('goes on without a grant that it does not need', () => {
    const policies = new Policies(loadPolicies(PERMIT_ALL));
    const session = makeSession({ policies, grantsAtAdmission: ['on-call'] });
    assert.equal(session.decide({}, () => [CONNECT]).kind, 'allow');
    assert.equal(session.abortReason, undefined);
  });

  it('holds an operation with all that its approval is bound to, and says when that changed', () => {
    const questions: ReviewQuestion[] = [];
    const desk: ReviewDesk = {
      open(question) {
        questions.push(question);
        return { id: 'req_1', onReview: 'wait', url: undefined, expiresAtMs: 0, withdraw() {} };
      },
    };
    let held: readonly string[] = [];
    let nowMs = 0;
    const policies = new Policies(loadPolicies(PERMIT_ALL));
    const grants = { find: () => held };
    const session = makeSession({ desk, policies, grants, nowMs: () => nowMs });
    const decision = {
      kind: 'review',
      policyIds: ['bulk'],
      rules: [{ groups: ['officers'], quorum: 1 }],
      groups: ['officers'],
      quorum: 1,
      at: 'statement',
      reason: 'Bulk',
    } as const;
    const hold = (sentText: string, others: { readonly mayWait?: false } = {}): ReviewQuestion => {
      const sent = { sentText, sentParameters: [], justification: undefined, meaning: {} };
      session.hold(decision, { operation: EXPORT, ...sent, ...others }, () => undefined);
      return questions.at(-1) ?? assert.fail('nothing was asked');
    };
    const question = hold('SELECT 1');
    assert.equal(question.requester.id, ALICE.id);
    assert.equal(question.requester.clientAddress, '127.0.0.1');
    assert.equal(question.target, 'hospital');
    assert.equal(question.onReview, 'wait');
    assert.equal(hold('SELECT 1', { mayWait: false }).onReview, 'fail');
    assert.equal(question.findChange(), undefined);
    assert.equal(hold('SELECT 1').digest, question.digest);
    assert.notEqual(hold('SELECT  1').digest, question.digest);
    held = ['on-call'];
    assert.equal(question.findChange(), 'rights-changed');
    assert.notEqual(hold('SELECT 1').digest, question.digest);
    held = [];
    policies.replace(loadPolicies(`${PERMIT_ALL} @id("x") permit(principal, action, resource);`));
    assert.equal(question.findChange(), 'rights-changed');
    policies.replace(loadPolicies(PERMIT_ALL));
    assert.equal(question.findChange(), undefined);
    nowMs = ALICE.expiresAtMs;
    assert.equal(question.findChange(), 'sign-in-expired');
    session.abort('idle-timeout');
    assert.equal(question.findChange(), 'disconnected');
  });

  it('enters an allowed operation with the policies that allowed it', async () => {
    const ledger = new FakeLedger();
    const session = makeSession({ ledger });
    const outcomes: (Error | undefined)[] = [];
    session.seal(ALLOW, ENTRY, (error) => outcomes.push(error));
    assert.deepEqual(outcomes, []);
    await turn();
    assert.deepEqual(outcomes, [undefined]);
    assert.deepEqual(ledger.entries, [
      {
        kind: 'operation',
        session: 's1',
        policies: ['all'],
        actions: ['sql.select'],
        relations: ['public.patients'],
        portal: 'p',
        content: {
          text: 'SELECT 1',
          textSha256: ENTRY.textSha256,
          parameters: undefined,
          orTexts: undefined,
        },
      },
    ]);
  });

  it('says that an operation could not be sealed', async () => {
    const ledger = new FakeLedger();
    ledger.isWritable = () => false;
    const failed = Promise.withResolvers<Error | undefined>();
    makeSession({ ledger }).seal(ALLOW, ENTRY, failed.resolve);
    assert.equal((await failed.promise)?.message, 'disk full');
  });

  it('enters a refusal with what decided and why', () => {
    const ledger = new FakeLedger();
    const session = makeSession({ ledger });
    session.sealRefusal({ kind: 'deny', policyId: 'night', reason: 'not at night' }, ENTRY);
    session.sealRefusal({ kind: 'deny', policyId: undefined, reason: 'no permit' }, ENTRY);
    const seen = ledger.entries.map(({ kind, decision, policies, reason }) => [
      ...[kind, decision, policies, reason],
    ]);
    assert.deepEqual(seen, [
      ['operation.refuse', 'deny', ['night'], 'not at night'],
      ['operation.refuse', 'deny', [], 'no permit'],
    ]);
  });

  it('keeps the first reason for its end', () => {
    const session = makeSession();
    assert.equal(session.finish('idle-timeout'), 'idle-timeout');
    assert.equal(session.finish('client-left'), 'idle-timeout');
    assert.equal(session.end, 'idle-timeout');
  });

  it('tells what runs it that it has to end, and why: once, and at once where it was so before', () => {
    const session = makeSession();
    const heard: string[] = [];
    session.onAbort((reason) => heard.push(`before: ${reason}`));
    assert.equal(heard.length, 0);
    session.abort('principal-disabled');
    session.abort('idle-timeout');
    session.onAbort((reason) => heard.push(`after: ${reason}`));
    assert.deepEqual(heard, ['before: principal-disabled', 'after: principal-disabled']);
    assert.equal(session.abortReason, 'principal-disabled');
  });

  it('enters one end with its counts, however often it is closed', async () => {
    const ledger = new FakeLedger();
    const recorder = new FakeRecorder();
    const closed: unknown[] = [];
    const onClosed = (one: GatewaySession, summary: RecordingSummary | undefined): void => {
      closed.push([one.id, summary]);
    };
    const session = makeSession({ ledger, recorder, onClosed });
    session.counts.operations = 3;
    session.finish('client-left');
    session.close();
    session.close();
    await turn();
    session.close();
    await turn();
    assert.equal(recorder.finished, 1);
    assert.deepEqual(closed, [['s1', SUMMARY]]);
    assert.equal(ledger.entries.length, 1);
    const [end] = ledger.entries;
    assert.deepEqual(
      [end?.kind, end?.['reason'], end?.['operations'], end?.['recording']],
      ['session.end', 'client-left', 3, SUMMARY],
    );
  });

  it('ends as our own fault if nobody said how', () => {
    const ledger = new FakeLedger();
    makeSession({ ledger }).close();
    assert.equal(ledger.entries[0]?.['reason'], 'internal-error');
  });

  it('enters its end although the recording could not be finished', async () => {
    const ledger = new FakeLedger();
    const recorder = new FakeRecorder();
    recorder.finish = () => Promise.reject(new Error('disk full'));
    let closed = 0;
    const session = makeSession({ ledger, recorder, onClosed: () => void closed++ });
    session.finish('recording-failed');
    session.close();
    await turn();
    assert.equal(closed, 1);
    assert.deepEqual(
      ledger.entries.map(({ kind, reason, recording }) => [kind, reason, recording]),
      [['session.end', 'recording-failed', undefined]],
    );
  });

  it('gives up its place while the ledger fails, and enters its end once when it can', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const ledger = new FakeLedger();
    ledger.isWritable = () => false;
    let closed = 0;
    const session = makeSession({ ledger, onClosed: () => void closed++ });
    session.close();
    assert.equal(closed, 1);
    for (let count = 0; count < 3; count++) {
      await turn();
      t.mock.timers.tick(1_000);
    }
    assert.equal(ledger.entries.length, 0);
    ledger.isWritable = () => true;
    for (let count = 0; count < 3; count++) {
      await turn();
      t.mock.timers.tick(1_000);
    }
    assert.deepEqual(
      ledger.entries.map(({ kind }) => kind),
      ['session.end'],
    );
    assert.equal(closed, 1);
  });

  it('counts the patients of its results, for the next decision', () => {
    const text = `${PERMIT_ALL} @id("budget") forbid(principal, action in Action::"sql.read", resource)
      when { context.patientsToday >= 2 };`;
    const session = makeSession({ policies: new Policies(loadPolicies(text)) });
    const key = {};
    const decide = (): string => session.decide(key, () => [SELECT]).kind;
    const detail = { patients: { form: 'exact', key: 'k', hashes: ['a', 'b'] } };
    session.note('cancel', detail);
    assert.equal(decide(), 'allow');
    session.note('result', detail);
    assert.equal(decide(), 'deny');
  });

  it('notes what else happened in it', () => {
    const ledger = new FakeLedger();
    makeSession({ ledger, target: { ...HOSPITAL, seal: 'written' } }).note('cancel', { by: 'key' });
    assert.deepEqual(ledger.entries, [{ kind: 'cancel', session: 's1', by: 'key' }]);
  });
});

function withoutReason(decision: Decision): readonly unknown[] {
  return [decision.kind, decision.kind === 'deny' ? decision.policyId : undefined];
}
