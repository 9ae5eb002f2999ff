import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Entry } from '../../src/audit/decode-entry.ts';
import { LedgerReader } from '../../src/audit/ledger-reader.ts';
import { readSessionEntries } from '../../src/audit/read-session-entries.ts';
import { type SshEnvironment, startSshEnvironment } from './environment.ts';
import { findLiveSession } from './find-live-session.ts';
import { JoinedCli } from './joined-cli.ts';
import { openPromptedShell } from './shell-session.ts';

const POLICIES = `
@id("all") permit (principal, action, resource) unless { action == Action::"reveal" };
@id("no-joining")
forbid (principal == User::"clinic:petra", action == Action::"session.join", resource);
@id("no-deleting") @reason("nothing is deleted here")
forbid (principal, action == Action::"ssh.command", resource)
when { context.effects.contains("delete-recursive") };
@id("not-for-noor") @reason("noor starts no network programs")
forbid (principal == User::"clinic:noor", action == Action::"ssh.command", resource)
when { context.commands.contains("curl") };
`;

const CLOSED = `
@id("closed") forbid (principal, action == Action::"session.join", resource);
`;

for (const workers of [1, 2]) {
  describe(`somebody who joins a shell, with ${workers} processes`, () => {
    let world: SshEnvironment;
    before(async () => {
      world = await startSshEnvironment({
        policies: POLICIES,
        gateway: [[['gateway', 'workers'], workers]],
      });
    });
    after(() => world[Symbol.asyncDispose]());

    it('sees the terminal, types in it once both may, and leaves by ~.', async () => {
      await using shell = await openPromptedShell(world, 'ana');
      shell.type('echo before\r');
      await shell.waitFor(/^before$/m);
      const session = await findLiveSession(world, 'ana');
      await using guest = await JoinedCli.start(world, 'noor', session);
      await guest.waitFor(/^before$/m);
      await shell.waitFor(/\S+ has joined, and sees this terminal/);

      guest.type('ls\r');
      await guest.waitFor(/You have not got the keyboard/);
      guest.type('~k');
      await shell.waitFor(/\S+ has the keyboard/);
      await guest.waitFor(/You have the keyboard/);
      guest.type('echo from the "guest"\r');
      await shell.waitFor(/^from the guest$/m);
      await guest.waitFor(/^from the guest$/m);

      guest.type('rm -rf keep\r');
      await shell.waitFor(/refused by policy "no-deleting"/);
      guest.type('curl localhost\r');
      await shell.waitFor(/refused by policy "not-for-noor"/);

      shell.type('x');
      await shell.waitFor(/the keyboard is yours again/);
      await guest.waitFor(/The session’s principal has the keyboard/);
      shell.type('echo and "back"\r');
      await shell.waitFor(/^and back$/m);
      guest.type('\r~.');
      assert.equal(await guest.ended(), 0);
      await shell.waitFor(/\S+ has left/);

      const entries = await readEntries(world, session);
      const kinds = entries.map(({ kind }) => kind);
      const joined = kinds.indexOf('session.join');
      const left = kinds.indexOf('session.leave');
      const typed = entries.filter(({ typedBy }) => typedBy !== undefined);
      assert(joined !== -1 && joined < entries.indexOf(typed[0] as never) && left > joined);
      assert.deepEqual(
        typed.map(({ kind, actions, typedBy }) => [kind, actions, typedBy]),
        [
          ['operation', ['ssh.shell'], ['clinic:noor']],
          ['operation', ['ssh.command'], ['clinic:noor']],
          ['operation.refuse', ['ssh.command'], ['clinic:noor']],
          ['operation.refuse', ['ssh.command'], ['clinic:noor']],
        ],
      );
    });

    it('is gone with the session, and cannot join one that is over', async () => {
      let session = '';
      {
        await using shell = await openPromptedShell(world, 'ana');
        session = await findLiveSession(world, 'ana');
        await using guest = await JoinedCli.start(world, 'noor', session);
        await shell.waitFor(/noor has joined/);
        shell.type('exit\r');
        await guest.waitFor(/The session, or this terminal of it, is over/);
        assert.equal(await guest.ended(), 0);
      }
      await using late = await JoinedCli.start(world, 'noor', session);
      assert.equal(await late.ended(), 1);
      assert.match(late.printed, /Not done: the session has ended/);
    });

    it('is gone with the right to join, and the keyboard is the client’s again', async () => {
      const file = join(world.configurationDirectory, 'policies/closed.cedar');
      await using shell = await openPromptedShell(world, 'ana');
      const session = await findLiveSession(world, 'ana');
      await using guest = await JoinedCli.start(world, 'noor', session);
      await shell.waitFor(/noor has joined/);
      guest.type('~k');
      await shell.waitFor(/noor has the keyboard/);
      await writeFile(file, CLOSED);
      await guest.waitFor(/You may not take part in the session any more/);
      await shell.waitFor(/the keyboard is yours again[\s\S]*noor has left/);
      shell.type('echo alone "again"\r');
      await shell.waitFor(/^alone again$/m);
      await rm(file);
    });

    it('may not come where policy does not name joining for them', async () => {
      await using shell = await openPromptedShell(world, 'ana');
      const session = await findLiveSession(world, 'ana');
      await using guest = await JoinedCli.start(world, 'petra', session);
      assert.equal(await guest.ended(), 4);
      assert.doesNotMatch(await shell.text(), /petra/);
    });
  });
}

/** What the ledgers of all processes hold of a session, oldest first. */
async function readEntries(world: SshEnvironment, session: string): Promise<readonly Entry[]> {
  const ledger = join(world.dataDirectory, 'ledger');
  const entries: Entry[] = [];
  for (const { name } of await new LedgerReader(ledger).listLogs()) {
    const span = { logName: name, session, startedAtMs: 0 };
    for await (const { entry } of readSessionEntries(ledger, span)) entries.push(entry);
  }
  return entries;
}
