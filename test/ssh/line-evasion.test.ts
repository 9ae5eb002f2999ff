import assert from 'node:assert/strict';
import { access, chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SshEnvironment, startSshEnvironment } from './environment.ts';
import { describeGateway, ShellSession } from './shell-session.ts';

/** Nothing is deleted, and nothing is run that cannot be seen. */
const POLICIES = `
@id("all") permit (principal, action, resource);
@id("no-deleting")
forbid (principal, action == Action::"ssh.command", resource)
when { context.effects.contains("delete-recursive") };
@id("no-hidden")
forbid (principal, action == Action::"ssh.command", resource) when { context.opaque };
`;
const DELETE = 'rm -rf ~/keep';

/** Keys, and how long to wait behind them, in milliseconds. */
type Steps = readonly (readonly [keys: string, waitMs: number])[];

/** An editor of lines that minds no marks around pastes. */
const UNMARKED = 'env TERM=dumb bash --norc';

/** In which shell, where it is not the account's own. Steps before the last one are allowed. */
const SHELLS: Readonly<Record<string, string>> = {
  'a shell without a prompt': 'env PS1= bash --norc',
  'a paste with operate-and-get-next in it': UNMARKED,
  'a paste with shell-expand-line in it': UNMARKED,
  'a paste of nothing but the end of what was typed': 'dash',
};

const WAYS: Readonly<Record<string, Steps>> = {
  'another screen with a prompt that was never seen': [
    ["printf '\\033[?1049h'; cd /tmp\r", 600],
    [`${DELETE}\r`, 0],
  ],
  'a shell without a prompt': [[`${DELETE}\r`, 0]],
  'a directory whose name ends like a prompt': [
    ["mkdir -p '/tmp/ev/a' '/tmp/ev/a$ echo '; cd /tmp/ev/a\r", 500],
    ['true\r', 400],
    ["cd '../a$ echo '\r", 500],
    [`${DELETE}\r`, 0],
  ],
  'another line painted over what is typed': [
    [`(sleep 1; printf '\\r\\033[K%s' "$(whoami)@$(hostname):~$ ls") &\r`, 500],
    [DELETE, 1_500],
    ['\r', 0],
  ],
  'another line painted over what is edited': [
    [`(sleep 1; printf '\\r\\033[K%s' "$(whoami)@$(hostname):~$ ls") &\r`, 300],
    [`${DELETE}x\x7f`, 1_500],
    ['\r', 0],
  ],
  'a line painted where nothing is echoed': [
    ['stty -echo; (sleep 1; printf ls) &\r', 500],
    [DELETE, 1_500],
    ['\r', 0],
  ],
  'shell-expand-line': [
    [`$(${DELETE})`, 300],
    ['\x1b\x05', 0],
  ],
  'insert-comment with an argument': [
    [`#${DELETE}`, 300],
    ['\x1b1\x1b#', 0],
  ],
  'a paste with operate-and-get-next in it': [
    ["printf '\\033[?2004h'\r", 500],
    [`\x1b[200~${DELETE}\x0f\x1b[201~`, 0],
  ],
  'a paste with shell-expand-line in it': [
    ["printf '\\033[?2004h'\r", 500],
    [`\x1b[200~$(${DELETE})\x1b\x05\x1b[201~`, 0],
  ],
  'a paste of nothing but the end of what was typed': [
    ["printf '\\033[?2004h'\r", 500],
    [`${DELETE} #`, 300],
    ['\x1b[200~\r\x1b[201~', 0],
  ],
};

/**
 * If a key waits behind Ctrl-C, bash 5.2 keeps the line, shows it as it was, and runs it without its first character.
 */
const BEHIND_CTRL_C: Readonly<Record<string, Steps>> = {
  Enter: [['\x03\r', 400]],
  'more of the line': [
    ['\x03 ', 2],
    ['\x05 #', 300],
    ['\r', 400],
  ],
  'a move': [
    ['\x03\x01', 400],
    ['\r', 400],
  ],
};

describe('somebody who wants a line to be taken for another', () => {
  let world: SshEnvironment;
  before(async () => {
    world = await startSshEnvironment({ policies: POLICIES });
  });
  after(() => world[Symbol.asyncDispose]());

  for (const [way, steps] of Object.entries(WAYS)) {
    it(`fails by ${way}`, async () => {
      const kept = join(world.sshd.home, 'keep');
      await mkdir(kept, { recursive: true });
      await chmod(kept, 0o777);
      const command = SHELLS[way];
      const options = command === undefined ? {} : { command };
      await using session = await ShellSession.open(describeGateway(world, 'ana'), options);
      if (command?.includes('PS1=') === true) await sleep(700);
      else await session.waitFor(/[$#] ?$/);
      for (const [keys, waitMs] of steps) {
        assert.doesNotMatch(session.received, /refused/);
        session.type(keys);
        await sleep(waitMs);
      }
      await session.waitFor(/refused/);
      await access(kept);
    });
  }

  for (const [keys, steps] of Object.entries(BEHIND_CTRL_C)) {
    it(`gets no line run that they gave up: ${keys} behind Ctrl-C`, async () => {
      const kept = join(world.sshd.home, 'keep');
      await mkdir(kept, { recursive: true });
      await chmod(kept, 0o777);
      await using session = await ShellSession.open(describeGateway(world, 'ana'));
      await session.waitFor(/[$#] ?$/);
      session.type(`x${DELETE}`);
      await session.waitFor(/xrm -rf ~\/keep$/);
      for (const [typed, waitMs] of steps) {
        session.type(typed);
        await sleep(waitMs);
      }
      session.type('echo al""ive\r');
      await session.waitFor(/^alive$/m);
      assert.doesNotMatch(session.received, /refused/);
      await access(kept);
    });
  }
});
