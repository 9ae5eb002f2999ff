import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { JobThread } from './job-thread.ts';

/** Policies that take long to check. */
const LONG = Array.from({ length: 1_500 }, (_, index) => ({
  path: `policies/p${index}.cedar`,
  text: 'permit (principal, action == Action::"connect", resource) when { context.tls };',
}));
const PERMIT = [{ path: 'policies/a.cedar', text: 'permit (principal, action, resource);' }];

describe('JobThread', () => {
  it('computes while the event loop goes on', async () => {
    await using thread = new JobThread({ deadlineMs: 60_000, waitingMax: 2 });
    let isDone = false;
    const long = thread.run('checkPolicies', LONG).finally(() => {
      isDone = true;
    });
    const short = thread.run('checkPolicies', PERMIT);
    let turns = 0;
    while (!isDone) {
      turns += 1;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.ok(turns > 10, `${turns} turns`);
    assert.equal((await long).kind, 'done');
    const outcome = await short;
    assert.ok(outcome.kind === 'done' && outcome.output.version !== undefined);
  });

  it('says what is wrong with policies, and decides by those that are right', async () => {
    await using thread = new JobThread({ deadlineMs: 60_000, waitingMax: 2 });
    const wrong = await thread.run('checkPolicies', [{ path: 'policies/a.cedar', text: 'permit' }]);
    assert.ok(wrong.kind === 'done' && wrong.output.version === undefined);
    assert.equal(wrong.output.problems[0]?.file, 'policies/a.cedar');
    const files = wrong.output.problems.map(({ file: path }) => ({ path, text: 'permit' }));
    await assert.rejects(thread.run('decideAll', { files, operations: [] }), /have problems/);
    const tested = await thread.run('testPolicies', { files: PERMIT, tests: [] });
    assert.ok(tested.kind === 'done');
    assert.deepEqual(tested.output.untested, ['policies/a.cedar#1']);
  });

  it('lets few wait', async () => {
    await using thread = new JobThread({ deadlineMs: 60_000, waitingMax: 1 });
    const all = Array.from({ length: 4 }, () => thread.run('checkPolicies', PERMIT));
    const kinds = (await Promise.all(all)).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['done', 'done', 'busy', 'busy']);
  });

  it('gives up what takes too long, and begins anew', async () => {
    await using thread = new JobThread({ deadlineMs: 1, waitingMax: 1 });
    assert.equal((await thread.run('checkPolicies', LONG)).kind, 'given-up');
    assert.equal((await thread.run('checkPolicies', LONG)).kind, 'given-up');
  });

  it('leaves nobody waiting when it is closed', async () => {
    const thread = new JobThread({ deadlineMs: 60_000, waitingMax: 1 });
    const all = [thread.run('checkPolicies', LONG), thread.run('checkPolicies', PERMIT)];
    await thread[Symbol.asyncDispose]();
    assert.deepEqual(
      (await Promise.all(all)).map(({ kind }) => kind),
      ['given-up', 'given-up'],
    );
  });
});
