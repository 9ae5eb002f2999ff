import assert from 'node:assert/strict';
import { it } from 'node:test';
import { analyseTestCommand } from './analyse-test-command.ts';

it('Commands of policy tests are analysed as those that clients send', () => {
  assert.deepEqual(analyseTestCommand('cat /etc/passwd | sudo tee /srv/x'), [
    {
      action: 'ssh.exec',
      facts: {
        text: 'cat /etc/passwd | sudo tee /srv/x',
        commands: ['cat', 'sudo', 'tee'],
        subcommands: ['cat', 'sudo', 'tee'],
        effects: ['privilege'],
        paths: ['/etc/passwd', '/srv/x'],
        reads: ['/etc/passwd', '/srv/x'],
        writes: ['/srv/x'],
        opaque: false,
        pipeline: true,
        recognised: '',
        observed: false,
      },
    },
  ]);
  const [hidden] = analyseTestCommand('echo x | sh');
  assert.equal(hidden?.facts['opaque'], true);
  const [copy] = analyseTestCommand('scp -t /srv');
  assert.equal(copy?.facts['recognised'], 'scp');
});
