import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type SshEnvironment, startSshEnvironment } from './environment.ts';
import { openPromptedShell, type ShellSession } from './shell-session.ts';

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

  const openShell = (shell?: string): Promise<ShellSession> =>
    openPromptedShell(world, 'ana', shell);

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

  describe('reads lines as the screen shows them', () => {
    const refused = /refused by policy "no-deleting"[\s\S]*host\$ *$/;

    const waysToType: Readonly<Record<string, string>> = {
      'byte for byte': 'rm -rf keep',
      'moving to the beginning': 'm -rf keep\x01r',
      'moving by arrows':
        'm -r keep\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[1~r\x1b[4~\x1b[D\x1b[D\x1b[D\x1b[D\x1b[Df',
      'killing and yanking': 'keep\x15rm -rf \x19',
      'killing words': 'rm -rf keep not-this\x17',
      erasing: 'ls\x7f\x7frm -rf keepx\x7f',
      'killing to the end': 'rm -rf keep # all of it\x01\x1bf\x1bf\x1bf\x0b',
      transposing: 'mr\x14 -rf keep',
      completing: 'rm -rf ke\t',
      'listing completions': 'rm -rf k\t\t\teep',
      'the history': "history -s 'rm -rf keep'\r\x10",
      'looking through the history': "history -s 'rm -rf keep'\r\x12-rf",
      'the last argument': 'echo keep\rrm -rf \x1b.',
      'a long line': `: ${'x'.repeat(150)}; rm -rf keep`,
      'a long line, edited': `: ${'x'.repeat(150)}; m -rf keep${'\x1bb'.repeat(3)}r`,
      'a paste': '\x1b[200~rm -rf keep\x1b[201~',
      'a paste of several lines': '\x1b[200~ls\nrm -rf keep\x1b[201~',
      'several lines at once': 'ls -d keep\rrm -rf keep',
      'a line that goes on': 'rm -rf \\\rkeep',
      'a quoted line break': "rm -rf 'kee'\\\r'p'",
      'a loop': 'for f in keep; do\rrm -rf $f\rdone',
    };
    for (const [way, keys] of Object.entries(waysToType)) {
      it(`typed by ${way}`, async () => {
        await using session = await openShell();
        session.type('mkdir -p keep; clear\r');
        await session.waitFor(/^host\$ *$/);
        for (const line of keys.split(/(?<=\r)/)) {
          session.type(line);
          await new Promise((resolve) => setTimeout(resolve, 150));
        }
        session.type('\r');
        await session.waitFor(refused);
        session.type('\x03');
        session.type('clear; ls -d keep && echo "still" there\r');
        await session.waitFor(/^still there$/m);
      });
    }
  });

  it('masks what is shown', async () => {
    await using session = await openShell();
    session.type(`printf '%s-80-%s\\n' 633 8456\r`);
    await session.waitFor(/^\*{11}$/m);
    assert.doesNotMatch(session.received, new RegExp(SSN));
  });
});
