import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Operations } from './operations.ts';

const START = { account: 'deploy', environment: new Map<string, string>(), terminal: undefined };

describe('Operations', () => {
  it('describe a command by what it would do', () => {
    const operation = new Operations().describe({ kind: 'exec', command: 'rm -r /srv' }, START);
    assert.equal(operation?.text, 'rm -r /srv');
    assert.equal(operation.remark, undefined);
    const [action, ...others] = operation.actions;
    assert.deepEqual(others, []);
    assert.equal(action?.action, 'ssh.exec');
    assert.deepEqual(action.facts['effects'], ['delete', 'delete-recursive']);
    assert.equal(action.facts['account'], 'deploy');
    assert.equal(action.facts['observed'], false);
  });

  it('say what of a command cannot be seen', () => {
    const operation = new Operations().describe({ kind: 'exec', command: 'eval "$x"' }, START);
    assert.equal(operation?.actions[0]?.facts['opaque'], true);
    assert.match(operation.remark ?? '', /a text is evaluated as a command/);
  });

  it('analyse a command once', () => {
    const operations = new Operations();
    const facts = operations.analyze('cat /srv/a');
    operations.describe({ kind: 'exec', command: 'cat /srv/a' }, START);
    assert.equal(operations.analyze('cat /srv/a'), facts);
    assert.deepEqual(facts.reads, ['/srv/a']);
  });

  it('are found in the decision cache by command and account, and by nothing else', () => {
    const operations = new Operations();
    const keyOf = (command: string, account = 'deploy'): object | undefined =>
      operations.describe({ kind: 'exec', command }, { ...START, account })?.key;
    assert.equal(keyOf('ls'), keyOf('ls'));
    assert.notEqual(keyOf('ls'), keyOf('ls -l'));
    assert.notEqual(keyOf('ls'), keyOf('ls', 'root'));
  });

  it('are approved for the account, the terminal and the variables that they have', () => {
    const environment = new Map([['LANG', 'C.UTF-8']]);
    const operation = new Operations().describe(
      { kind: 'exec', command: 'ls' },
      { ...START, environment, terminal: { name: 'xterm', columns: 80, rows: 24 } },
    );
    assert.deepEqual(operation?.meaning, {
      account: 'deploy',
      environment: '[["LANG","C.UTF-8"]]',
      terminal: 'yes',
    });
    assert.deepEqual(operation.detail, { environment: ['LANG'] });
  });

  it('of a shell are opaque; those of files are described when they are tried', () => {
    const operations = new Operations();
    const shell = operations.describe({ kind: 'shell' }, START);
    assert.equal(shell?.actions[0]?.action, 'ssh.shell');
    assert.equal(shell.actions[0].facts['opaque'], true);
    assert.equal(operations.describe({ kind: 'subsystem', name: 'sftp' }, START), undefined);
  });
});
