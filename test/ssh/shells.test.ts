import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type SshEnvironment, startSshEnvironment } from './environment.ts';
import { ShellSession } from './shell-session.ts';

const POLICIES = `
@id("all") permit (principal, action, resource) unless { action == Action::"reveal" };
@id("no-deleting") @reason("nothing is deleted here")
forbid (principal, action == Action::"ssh.command", resource)
when { context.effects.contains("delete-recursive") };
@id("ask-for-services") @review("operators") @reason("services are stopped by two")
forbid (principal, action == Action::"ssh.command", resource)
when { context.subcommands.contains("systemctl stop") };
`;
const SSN = '633-80-8456';

describe('a shell on a host', () => {
  let world: SshEnvironment;
  before(async () => {
    world = await startSshEnvironment({
      policies: POLICIES,
      target: [[['dataMap'], { output: 'inspect' }]],
    });
  });
  after(() => world[Symbol.asyncDispose]());

  /** A shell with a prompt of its own, so that it is known when it waits. */
  async function openShell(shell = 'bash --norc'): Promise<ShellSession> {
    const session = await ShellSession.open(world, 'ana');
    await session.waitFor(/[$#] ?$/);
    session.type(`exec env PS1='host$ ' ${shell}\r`);
    await session.waitFor(/host\$ *$/);
    session.type('clear\r');
    await session.waitFor(/^host\$ *$/);
    return session;
  }

  for (const shell of ['bash --norc', 'dash']) {
    it(`runs what is allowed and clears what is refused, in ${shell}`, async () => {
      await using session = await openShell(shell);
      session.type('echo one two\r');
      await session.waitFor(/^one two$/m);
      session.type('mkdir -p keep/me; ls\r');
      await session.waitFor(/^keep$/m);
      session.type('rm -rf keep\r');
      await session.waitFor(/refused by policy "no-deleting"[\s\S]*host\$ *$/);
      session.type('ls -d keep && echo "still" there\r');
      await session.waitFor(/^still there$/m);
    });
  }

  it('masks what is shown', async () => {
    await using session = await openShell();
    session.type(`printf '%s-80-%s\\n' 633 8456\r`);
    await session.waitFor(/^\*{11}$/m);
    assert.doesNotMatch(session.received, new RegExp(SSN));
  });
});
