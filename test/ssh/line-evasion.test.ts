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

const WAYS: Readonly<Record<string, Steps>> = {
  'another screen with a prompt that was never seen': [
    ["printf '\\033[?1049h'; cd /tmp\r", 600],
    [`${DELETE}\r`, 0],
  ],
  'another screen without a prompt': [
    ["PS1=; printf '\\033[?1049h'\r", 600],
    [`${DELETE}\r`, 0],
  ],
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
    ['exec env TERM=dumb bash --norc\r', 700],
    ["printf '\\033[?2004h'\r", 500],
    [`\x1b[200~${DELETE}\x0f\x1b[201~`, 0],
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
      await using session = await ShellSession.open(describeGateway(world, 'ana'));
      await session.waitFor(/[$#] ?$/);
      for (const [keys, waitMs] of steps) {
        session.type(keys);
        await sleep(waitMs);
      }
      await session.waitFor(/refused/);
      await access(kept);
    });
  }
});
