import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Explanation } from '../api/explanation.ts';
import { Policies } from '../gateway/policies.ts';
import { ALICE, loadPolicies } from '../gateway/session.fixture.ts';
import type { SshTarget } from '../targets/target.ts';
import { explainCommand } from './explain-command.ts';

const POLICIES = new Policies(
  loadPolicies(`
@id("run") permit (principal in Group::"analysts", action == Action::"ssh.exec", resource)
when { context.account == "deploy" && !context.opaque };
@id("no-delete") @reason("Ask first") forbid (principal, action, resource)
when { action in Action::"ssh.run" && context.effects.contains("delete-recursive") };
@id("stop") @review("officers") @reason("Others need it") forbid (principal, action, resource)
when { action in Action::"ssh.run" && context.subcommands.contains("systemctl stop") };`),
);

function explain(command: string, account = 'deploy'): Explanation {
  const target = { kind: 'ssh', name: 'ward', labels: {} } as unknown as SshTarget;
  return explainCommand(POLICIES, { principal: ALICE, grants: [], target, account, command });
}

describe('explainCommand', () => {
  it('says by which policy a command runs, and with which facts', () => {
    const { outcome, sent, refusal, statements } = explain('ls -l /srv');
    assert.deepEqual([outcome, sent, refusal], ['run', 'ls -l /srv', undefined]);
    const [operation] = statements[0]?.operations ?? [];
    assert.deepEqual(operation?.decision, { kind: 'allow', policies: ['run'] });
    assert.deepEqual(operation?.facts['commands'], ['ls']);
    assert.equal(operation?.facts['account'], 'deploy');
  });

  it('says why one is refused, and sends nothing', () => {
    const { outcome, sent, refusal } = explain('cd /tmp; rm -rf /');
    assert.deepEqual([outcome, sent, refusal?.reason], ['refused', undefined, 'Ask first']);
    assert.equal(explain('ls', 'root').outcome, 'refused');
  });

  it('says what of a command cannot be seen', () => {
    const { outcome, refusal } = explain('echo cm0gLXJmIC8= | base64 -d | sh');
    assert.equal(outcome, 'refused');
    assert.match(refusal?.hint ?? '', /^Its text does not show all that it would do: /);
  });

  it('says who would have to agree', () => {
    const { outcome, statements } = explain('systemctl stop nginx');
    assert.equal(outcome, 'review');
    assert.deepEqual(statements[0]?.decision.groups, ['officers']);
  });
});
